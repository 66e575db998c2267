"""The one training loop: every network, one process or many, resumable at any step.

All randomness of a step comes from (seed, epoch, step), so a checkpoint needs no generator state, and every rank draws
the same permutation and numbers and takes its share.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from model.arrays import F32, I64
from model.networks import group
from model.networks.inputs import Inputs, stream
from model.networks.network import Batch, Draws, Network, Training, View
from model.storage.durable import write_atomic


@dataclass(frozen=True)
class FitConfig:
    """One fit of any network. Defaults are the paper's protocol."""

    epochs: int = 20
    batch: int = 32
    lr: float = 1e-5
    blend_lr: float | None = None
    """Step size of alpha and beta; None uses `lr`, with which they move by less than 0.04 on VOC 2007."""
    weight_decay: float = 5e-4
    drop_every: int = 10
    """Epochs between divisions of the step size by 10; 0 never."""
    decoupled_decay: bool = False
    """AdamW instead of Adam with L2."""
    clip: float | None = None
    amp: Literal["off", "bf16"] = "off"
    seed: int = 0
    workers: int = 0
    device: str = "cpu"


EVALUATION_BATCH = 64


@dataclass
class History:
    """What a fit saw: total loss and single terms per step, seconds per epoch, and whether a stop was asked for."""

    losses: list[float] = field(default_factory=list)
    terms: list[dict[str, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stopped: bool = False


Report = Callable[[int, int, float], None]


class Fit:
    """One fit in progress. `labels` [N, C] in {1, -1, 0}; `scores` [N, C] zero-shot scores or None; `folder` holds the
    checkpoint, if any."""

    def __init__(
        self,
        network: Network,
        inputs: Inputs,
        labels: ArrayLike,
        config: FitConfig,
        scores: ArrayLike | None = None,
        folder: Path | None = None,
    ) -> None:
        group.start(config.device)
        self.network, self.inputs, self.config, self.folder = network.to(config.device), inputs, config, folder
        self.labels = torch.as_tensor(np.asarray(labels), dtype=torch.float32)
        self.scores = None if scores is None else torch.as_tensor(np.asarray(scores), dtype=torch.float32)
        if len(self.labels) != len(inputs):
            raise ValueError(f"{len(inputs)} inputs but {len(self.labels)} rows of labels")
        self.known = max(1, int((self.labels != 0).sum()))
        self.view = View(self.labels, self._clean)
        self.optimiser = self._make_optimiser()
        self.history, self.epoch, self.step = History(), 0, 0

    def _make_optimiser(self) -> torch.optim.Optimizer:
        config, blend = self.config, self.network.blend_parameters()
        own = {id(p) for p in blend}
        groups: list[dict[str, Any]] = [
            {"params": [p for p in self.network.parameters() if p.requires_grad and id(p) not in own], "scale": 1.0}
        ]
        if blend:
            groups.append({"params": blend, "scale": (config.blend_lr or config.lr) / config.lr})
        kind = torch.optim.AdamW if config.decoupled_decay else torch.optim.Adam
        return kind(groups, lr=config.lr, weight_decay=config.weight_decay, fused=True)

    def run(self, stop: Callable[[], bool] = lambda: False, report: Report = lambda epoch, step, loss: None) -> History:
        """Train to the end or to a stop request, from the checkpoint if there is one."""
        self._restore()
        trained = group.wrap(Training(self.network))
        while self.epoch < self.config.epochs:
            began = time.perf_counter()
            if not self._epoch(trained, stop, report):
                self.history.stopped = True
                return self.history
            self.history.seconds.append(time.perf_counter() - began)
        return self.history

    def _epoch(self, trained: torch.nn.Module, stop: Callable[[], bool], report: Report) -> bool:
        config = self.config
        if self.step == 0:
            self.network.eval()
            self.network.prepare(self.epoch, self.view)
        self.network.train()
        self._set_rates()
        order = np.random.default_rng((config.seed, self.epoch)).permutation(len(self.inputs))
        batches = [order[i : i + config.batch] for i in range(0, len(order), config.batch)]
        rest = [rows[group.share(len(rows)).numpy()] for rows in batches[self.step :]]
        inputs = stream(self.inputs, rest, self.epoch, config.seed, config.workers)
        for rows, mine, x in zip(batches[self.step :], rest, inputs, strict=True):
            if group.any(stop()):
                self._save()
                return False
            progress = self.step / len(batches)
            loss = self._train_step(trained, self._batch(len(rows), mine, x, progress))
            self.step += 1
            report(self.epoch, self.step, loss)
        self.epoch, self.step = self.epoch + 1, 0
        self._save()
        return True

    def _set_rates(self) -> None:
        config = self.config
        drop = 0.1 ** (self.epoch // config.drop_every) if config.drop_every else 1.0
        for parameters in self.optimiser.param_groups:
            parameters["lr"] = config.lr * parameters["scale"] * drop

    def _batch(self, size: int, mine: I64, x: Tensor, progress: float) -> Batch:
        seed = int(np.random.SeedSequence((self.config.seed, self.epoch, self.step)).generate_state(1)[0])
        generator, device = torch.Generator().manual_seed(seed), torch.device(self.config.device)
        draws = Draws.make(size, self.labels.shape[1], generator).of(group.share(size), device)
        scores = None if self.scores is None else self.scores[mine].to(device)
        return Batch(
            x.to(device),
            self.view.labels[mine].to(device),
            scores,
            draws,
            self.epoch,
            progress,
            lambda n: torch.randperm(n, generator=generator),
        )

    def _train_step(self, trained: torch.nn.Module, batch: Batch) -> float:
        with torch.autocast(batch.inputs.device.type, torch.bfloat16, enabled=self.config.amp == "bf16"):
            terms: dict[str, Tensor] = trained(batch)
        penalty = self.network.penalty()
        loss = torch.stack([t.float() for t in terms.values()]).sum()
        loss = loss if penalty is None else loss + penalty / self.known
        if not torch.isfinite(loss):
            values = {k: float(v.detach()) for k, v in terms.items()}
            raise FloatingPointError(
                f"the loss became {float(loss.detach())} at epoch {self.epoch}, step {self.step}: "
                f"{values}; lower the step size"
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self.config.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimiser.step()
        self.history.losses.append(float(loss.detach()))
        self.history.terms.append({k: float(v.detach()) for k, v in terms.items()})
        return self.history.losses[-1]

    def _clean(self) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        """This rank's share of the training set in evaluation form: inputs, labels, zero-shot scores."""
        mine = group.share(len(self.inputs)).numpy()
        chunks = [mine[i : i + EVALUATION_BATCH] for i in range(0, len(mine), EVALUATION_BATCH)]
        device = self.config.device
        for rows, x in zip(chunks, stream(self.inputs, chunks, None, 0, self.config.workers), strict=True):
            scores = None if self.scores is None else self.scores[rows].to(device)
            yield x.to(device), self.labels[rows].to(device), scores

    def _save(self) -> None:
        if self.folder is None or group.rank():
            return
        state = {
            "epoch": self.epoch,
            "step": self.step,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "labels": self.view.labels,
            "losses": self.history.losses,
            "terms": self.history.terms,
            "seconds": self.history.seconds,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomic(self.folder / "checkpoint.pt", lambda file: torch.save(state, file))

    def _restore(self) -> None:
        path = None if self.folder is None else self.folder / "checkpoint.pt"
        if path is None or not path.exists():
            return
        state = torch.load(path, map_location=self.config.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch, self.step, self.view.labels = state["epoch"], state["step"], state["labels"].cpu()
        self.history = History(state["losses"], state["terms"], state["seconds"])


@torch.no_grad()
def predict(
    network: Network,
    inputs: Inputs,
    scores: ArrayLike | None = None,
    device: str = "cpu",
    workers: int = 0,
    batch: int = EVALUATION_BATCH,
) -> F32:
    """Logits [N, C] of all items on every rank, each item computed exactly once over the ranks."""
    was_training = network.training
    network.eval()
    z = None if scores is None else torch.as_tensor(np.asarray(scores), dtype=torch.float32)
    mine = group.share(len(inputs)).numpy()
    chunks = [mine[i : i + batch] for i in range(0, len(mine), batch)]
    parts = [
        network(x.to(device), None if z is None else z[rows].to(device)).float()
        for rows, x in zip(chunks, stream(inputs, chunks, None, 0, workers), strict=True)
    ]
    network.train(was_training)
    if not parts and group.size() == 1:
        raise ValueError("nothing to score: the list of inputs is empty")
    return group.gather_batch(torch.cat(parts)).cpu().numpy()
