"""One training step: bare backbone, plain head, SSGRL and SARB literally, and ours; random weights, random images."""

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import ResNet, resnet101

from model.bench.measure import interleaved, peak_bytes, ratio, synchronise
from model.bench.speed.literal import LiteralSARB
from model.networks.network import Batch, Draws
from model.sarb import released
from model.sarb.blending import instance_blend, prototype_blend
from model.sarb.config import named
from model.sarb.network import SARB, Projection
from model.sarb.trunk import FROZEN, PaperTrunk

WIDTH, HIDDEN, WORDS = 1024, 512, 300
MIB = 2**20


class Problem:
    """Random images, labels at a known share, prototypes and draws for `classes` categories."""

    def __init__(self, classes: int, batch: int, size: int, known: float, device: str) -> None:
        y = torch.where(torch.rand(batch, classes) < 2.9 / classes, 1.0, -1.0)
        self.y = torch.where(torch.rand(batch, classes) < known, y, 0.0).to(device)
        self.images = torch.randn(batch, 3, size, size, device=device)
        side = max(1, size // 64)
        self.grid = (side, side)
        self.maps = torch.randn(batch, WIDTH, side, side, device=device)
        self.words, self.graph = torch.randn(classes, WORDS, device=device), torch.rand(classes, classes, device=device)
        self.graph = self.graph / classes * 4 + torch.eye(classes, device=device)
        self.noise, self.shift = torch.rand(batch, classes), torch.randint(1, 4, (batch, classes))
        self.prototypes = torch.randn(classes, 4, *self.grid, WIDTH, device=device)
        self.device = device

    def batch(self, inputs: Tensor) -> Batch:
        draws = Draws(
            self.noise.to(self.device), (self.shift.to(self.device) - 0.5) / 3, torch.zeros((), device=self.device)
        )
        return Batch(inputs, self.y, None, draws, epoch=9)

    def extra(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.prototypes, self.noise.to(self.device), self.shift.to(self.device)


class PlainTrunk(nn.Module):
    """The trunk as published: batch norms unfolded, channels first."""

    def __init__(self, network: ResNet) -> None:
        super().__init__()
        self.frozen = nn.Sequential(*(getattr(network, name) for name in FROZEN)).eval().requires_grad_(False)
        self.layer4, self.pool = network.layer4, nn.AvgPool2d(2, 2)

    def forward(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            x = self.frozen(images)
        return self.pool(self.layer4(x))


class Literal(nn.Module):
    """Published trunk, projection and literal head."""

    def __init__(self, trunk: nn.Module, problem: Problem) -> None:
        super().__init__()
        self.trunk, self.project = trunk, Projection(2048, WIDTH)
        self.head = LiteralSARB(WIDTH, problem.words, problem.graph, HIDDEN)


def ours(problem: Problem, literal: LiteralSARB, trunk: nn.Module | None, project: bool) -> SARB:
    """Our network in the released-code preset with the literal network's weights."""
    config = named("released-code", project=project, contrastive_ramp=False, overwrite_known=False)
    channels = 2048 if project else WIDTH
    network = SARB(config, channels, problem.grid, problem.words.cpu(), problem.graph.cpu(), trunk=trunk)
    plain, network.trunk = network.trunk, nn.Identity()
    released.load(network, dict(literal.named_parameters()))
    network.trunk = plain
    network.register_buffer("prototypes", problem.prototypes.sum((2, 3)))
    network.get_buffer("available").fill_(True)
    return network.to(problem.device)


def stepper(
    module: nn.Module, loss: Callable[[], Tensor], device: str, fused: bool = False
) -> Callable[[], dict[str, float]]:
    """A whole step with Adam as parts: forward, backward, step. `fused` as the loop trains; others by default."""
    trained = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=1e-5, weight_decay=5e-4, fused=fused)

    def step() -> dict[str, float]:
        optimiser.zero_grad(set_to_none=True)
        synchronise(device)
        began = time.perf_counter()
        value = loss()
        synchronise(device)
        middle = time.perf_counter()
        value.backward()
        synchronise(device)
        end = time.perf_counter()
        optimiser.step()
        synchronise(device)
        return {"forward": middle - began, "backward": end - middle, "step": time.perf_counter() - began}

    return step


def contestants(problem: Problem, amp: bool) -> dict[str, Callable[[], dict[str, float]]]:
    """Every contestant with a trunk of its own copy of the same weights."""
    device, base = problem.device, resnet101(weights=None)
    classes = len(problem.words)
    linear = nn.Sequential(
        PlainTrunk(copy.deepcopy(base)), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, classes)
    ).to(device)
    bare = PlainTrunk(copy.deepcopy(base)).to(device)
    ssgrl, sarb = (Literal(PlainTrunk(copy.deepcopy(base)), problem).to(device) for _ in range(2))
    fast = ours(problem, sarb.head, PaperTrunk(copy.deepcopy(base), torch.bfloat16 if amp else None), True)
    known = (problem.y != 0).float()

    def plain_loss() -> Tensor:
        value = nn.functional.binary_cross_entropy_with_logits(
            linear(problem.images), (problem.y > 0).float(), reduction="none"
        )
        return (value * known).sum() / known.sum().clamp(min=1)

    def literal_loss(module: Literal, *extra: Tensor) -> Tensor:
        return sum_of(module.head(module.project(module.trunk(problem.images)), problem.y, *extra))

    return {
        "backbone": stepper(bare, lambda: bare(problem.images).mean(), device),
        "plain head": stepper(linear, plain_loss, device),
        "SSGRL literal": stepper(ssgrl, lambda: literal_loss(ssgrl), device),
        "SARB literal": stepper(sarb, lambda: literal_loss(sarb, *problem.extra()), device),
        "SARB ours": stepper(fast, lambda: sum_of(fast.losses(problem.batch(problem.images))), device, fused=True),
    }


def sum_of(terms: dict[str, Tensor]) -> Tensor:
    """The loss."""
    return torch.stack(list(terms.values())).sum()


def heads(problem: Problem) -> dict[str, Callable[[], dict[str, float]]]:
    """The literal head and ours on given maps, without a trunk."""
    literal = LiteralSARB(WIDTH, problem.words, problem.graph, HIDDEN).to(problem.device)
    fast = ours(problem, literal, None, False)
    maps = problem.maps.requires_grad_()
    return {
        "literal": stepper(literal, lambda: sum_of(literal(maps, problem.y, *problem.extra())), problem.device),
        "ours": stepper(fast, lambda: sum_of(fast.losses(problem.batch(maps))), problem.device),
    }


def blending_memory(problem: Problem) -> dict[str, float]:
    """Peak MiB of decoupling and both blendings, forward and backward, literally and ours."""
    literal = LiteralSARB(WIDTH, problem.words, problem.graph, HIDDEN).to(problem.device)
    fast = ours(problem, literal, None, False)
    maps = problem.maps.requires_grad_()

    def theirs() -> None:
        built, _ = literal.decouple(maps)
        parts = [
            literal.instance_blend(built, problem.y)[0],
            literal.prototype_blend(built, problem.y, *problem.extra())[0],
        ]
        torch.stack([p.sum((1, 2)).square().sum() for p in parts]).sum().backward()

    def mine() -> None:
        found, draws = fast.categories(maps), problem.batch(maps).draws
        blends = [
            instance_blend(found, problem.y, fast.alpha, fast.config),
            prototype_blend(
                found,
                problem.y,
                fast.beta,
                fast.get_buffer("prototypes"),
                fast.get_buffer("available"),
                draws,
                problem.grid,
                fast.config,
            ),
        ]
        value = found.vectors.square().sum() + torch.stack([b.vectors.square().sum() for b in blends]).sum()
        value.backward()

    return {"literal_mib": peak_bytes(theirs, problem.device) / MIB, "ours_mib": peak_bytes(mine, problem.device) / MIB}


def measure_head(args: argparse.Namespace) -> dict[str, Any]:
    """Head alone: seconds forward and backward, the ratio, and the memory of decoupling and blending."""
    problem = Problem(args.classes[0], args.batch[0], args.size, args.known, args.device)
    memory = blending_memory(problem)
    head = interleaved(heads(problem), args.rounds)
    return {
        "head_seconds": {name: statistics.median(r["both"] for r in _whole(rounds)) for name, rounds in head.items()},
        "head_literal_over_ours": ratio(_whole(head["literal"]), _whole(head["ours"]), "both"),
        "memory_ours_over_literal": memory["ours_mib"] / memory["literal_mib"],
        "memory": memory,
    }


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """The head, and whole steps: medians, ratios and memory."""
    head = measure_head(args)
    problem = Problem(args.classes[0], args.batch[0], args.size, args.known, args.device)
    whole = contestants(problem, args.amp)
    found = interleaved(whole, args.rounds)
    peaks = {name: peak_bytes(work, args.device) / MIB for name, work in whole.items()}
    middle = {
        name: {part: statistics.median(r[part] for r in rounds) for part in rounds[0]} | {"peak_mib": peaks[name]}
        for name, rounds in found.items()
    }
    return {
        "seconds": middle,
        "ours_over_literal": ratio(found["SARB ours"], found["SARB literal"]),
        "ours_over_backbone": ratio(found["SARB ours"], found["plain head"]),
        "ours_over_ssgrl": ratio(found["SARB ours"], found["SSGRL literal"]),
    } | head


def _whole(rounds: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{"both": r["forward"] + r["backward"]} for r in rounds]
