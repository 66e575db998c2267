"""SARB: category vectors, blending on instance and prototype level, graph and classifier (paper section IV).

One code path. All passes of a step run as one batch and share what is equal: logits are computed at known labels only;
a blended pass runs for images that have a blended entry, starts from the base pass's first graph step, and everything
else takes the base logits.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks import group, losses
from model.networks.network import Batch, Losses, Network, View
from model.sarb.blending import Blend, instance_blend, prototype_blend
from model.sarb.config import SARBConfig
from model.sarb.csrl import Categories, PriorAttention, SemanticAttention, SemanticDecoupling
from model.sarb.graph import Change
from model.sarb.heads import HeldHead, PaperHead
from model.sarb.prototypes import LocationSums, as_noise, cluster_centres


class Projection(nn.Module):
    """1x1 convolution without bias and batch norm, no rectifier: features stay signed. In training the norm sees the
    whole batch, whatever the number of processes."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width)

    def forward(self, maps: Tensor) -> Tensor:
        x = self.conv(maps)
        if not self.training or group.size() == 1:
            return self.norm(x)
        whole = self.norm(group.gather_batch(x))
        return whole[group.share(len(whole)).to(x.device)]


class SARB(Network):
    """Words [C, W] guide semantic decoupling; graph [C, C] is the conditional matrix of known labels; directions
    [C, channels] are the zero-shot directions of a semantic start."""

    def __init__(
        self,
        config: SARBConfig,
        channels: int,
        grid: tuple[int, int],
        words: Tensor,
        graph: Tensor,
        directions: Tensor | None = None,
        trunk: nn.Module | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(trunk)
        self.config, self.grid, self.seed, classes = config, grid, seed, len(graph)
        width = channels if config.width is None or not config.project else config.width
        self.project: nn.Module = Projection(channels, width) if config.project else nn.Identity()
        self.register_buffer("words", words.float())
        self.csrl = self._attention(width, classes, words.shape[1], directions)
        semantic = config.start == "semantic"
        inner = width + 1 if semantic else width
        self.head = (
            HeldHead(graph.float(), inner, config.steps, config.graph_width, config.hold)
            if semantic
            else PaperHead(graph.float(), inner, config.steps)
        )
        shape = (classes,) if config.per_category else ()
        self.alpha = nn.Parameter(torch.full(shape, config.alpha), requires_grad=config.learn_alpha)
        self.beta = nn.Parameter(torch.full(shape, config.beta), requires_grad=config.learn_beta)
        count = 4**config.grid_power if config.prototypes == "location" else config.clusters
        maps = config.blend_space == "map" and config.pool == "max"
        if maps and semantic:
            raise ValueError("blending maps under max pooling needs start='random': a zero-shot score has no map")
        inside = (grid[0] * grid[1], inner) if maps else (inner,)
        self.register_buffer("prototypes", torch.zeros(classes, count, *inside))
        self.register_buffer("available", torch.zeros(classes, dtype=torch.bool))
        self.register_buffer("center", torch.zeros(classes, width))

    def _attention(self, width: int, classes: int, words: int, directions: Tensor | None) -> nn.Module:
        config = self.config
        if config.csrl == "attention":
            return SemanticAttention(width, classes, width, config.attention_scale, config.pool)
        if config.csrl == "decoupling":
            return SemanticDecoupling(width, words, config.hidden, config.pool)
        if directions is None or directions.shape != (classes, width):
            raise ValueError(
                f"attention from the prior needs directions [{classes}, {width}]; build the task with a "
                "semantic prior, or choose csrl='decoupling'"
            )
        return PriorAttention(directions.float(), pool=config.pool)

    def categories(self, maps: Tensor, scores: Tensor | None = None) -> Categories:
        """Category vectors of maps [B, D, H, W]; a semantic start appends the zero-shot score as a last channel."""
        x = self.project(maps).flatten(2).transpose(1, 2)
        found: Categories = self.csrl(x, self.get_buffer("words"))
        if self.config.start == "random":
            return found
        if scores is None:
            raise ValueError("a semantic start needs the zero-shot scores of the batch")
        unit = F.normalize(found.vectors - self.get_buffer("center"), dim=2)
        return found._replace(vectors=torch.cat([unit, scores[..., None].to(unit.dtype)], 2))

    def logits(self, maps: Tensor, scores: Tensor | None = None) -> Tensor:
        found = self.categories(maps, scores)
        needed = torch.ones(found.vectors.shape[:2], dtype=torch.bool, device=maps.device)
        main = self.head(found.vectors, needed)
        return main if found.scores is None else (main + found.scores) / 2

    def map_losses(self, maps: Tensor, batch: Batch) -> Losses:
        """Terms `bce`, `contrastive`, `ilrb`, `plrb` (paper eq. 15-16)."""
        found, y = self.categories(maps, batch.scores), batch.targets.to(maps.dtype)
        base, blends, passes = self.passes(found, y, batch)
        out = {"bce": self._bce(self._with_scores(base, found, None), y)}
        out |= {
            name: self._bce(self._with_scores(passes[name], found, blend), blend.targets)
            for name, blend in blends.items()
        }
        if self.config.contrastive != "off":
            out["contrastive"] = self._contrast(found.vectors, y, batch)
        return out

    def passes(
        self, found: Categories, y: Tensor, batch: Batch, everywhere: bool = False
    ) -> tuple[Tensor, dict[str, Blend], dict[str, Tensor]]:
        """Base logits, the blends of this step and their logits, all [B, C] and 0 where no label is known unless
        `everywhere`."""
        blends = self._blends(found, y, batch)
        copies = [blend.images.unique(return_inverse=True) for blend in blends.values()]
        known = [y != 0, *(b.targets[images] != 0 for b, (images, _) in zip(blends.values(), copies, strict=True))]
        logits = self.head(found.vectors, torch.cat(known) | everywhere, self._change(list(blends.values()), copies))
        base, *again = logits.split([len(rows) for rows in known])
        return base, blends, {n: base.index_copy(0, i, a) for n, (i, _), a in zip(blends, copies, again, strict=True)}

    @staticmethod
    def _change(blends: list[Blend], copies: list[tuple[Tensor, Tensor]]) -> Change | None:
        """All blended passes as one: their images are copies that run in one batch with the base pass."""
        starts = [0, *torch.tensor([len(images) for images, _ in copies]).cumsum(0).tolist()]
        if not starts[-1]:
            return None
        return Change(
            torch.cat([images for images, _ in copies]),
            torch.cat([rows + start for (_, rows), start in zip(copies, starts, strict=False)]),
            torch.cat([blend.classes for blend in blends]),
            torch.cat([blend.vectors for blend in blends]),
        )

    def _bce(self, logits: Tensor, targets: Tensor) -> Tensor:
        return losses.partial_bce(group.gather_batch(logits), group.gather_batch(targets), self.config.reduction)

    @staticmethod
    def _with_scores(main: Tensor, found: Categories, blend: Blend | None) -> Tensor:
        """Average with the attention's own scores; a blended entry has none and keeps the head's logit."""
        if found.scores is None:
            return main
        mean = (main + found.scores) / 2
        if blend is None:
            return mean
        at = (blend.images, blend.classes)
        return mean.index_put(at, main[at])

    def _contrast(self, vectors: Tensor, y: Tensor, batch: Batch) -> Tensor:
        weight = self.config.contrastive_weight
        if self.config.contrastive_ramp and batch.epoch == 0:
            weight *= batch.progress
        vectors, y = group.gather_batch(vectors), group.gather_batch(y)
        if self.config.contrastive == "all_pairs":
            return weight * losses.contrastive_all_pairs(vectors, y)
        return weight * losses.contrastive(vectors, y, batch.permute)

    def _blends(self, found: Categories, y: Tensor, batch: Batch) -> dict[str, Blend]:
        config = self.config
        blends: dict[str, Blend] = {}
        self.alpha.data.clamp_(0, 1)
        self.beta.data.clamp_(0, 1)
        if batch.epoch < config.blend_from:
            return blends
        if config.ilrb:
            blends["ilrb"] = instance_blend(found, y, self.alpha, config)
        if config.plrb:
            blends["plrb"] = prototype_blend(
                found,
                y,
                self.beta,
                self.get_buffer("prototypes"),
                self.get_buffer("available"),
                batch.draws,
                self.grid,
                config,
            )
        return blends

    def prepare(self, epoch: int, view: View) -> None:
        """Center of a semantic start before epoch 0; prototypes when blending begins and every few epochs after."""
        if epoch == 0 and self.config.start == "semantic":
            self._find_center(view)
        since = epoch - self.config.blend_from
        if self.config.plrb and since >= 0 and since % self.config.recompute_every == 0:
            self._find_prototypes(view)

    @torch.no_grad()
    def _find_center(self, view: View) -> None:
        mean, count = torch.zeros_like(self.get_buffer("center")), 0
        for inputs, _, _ in view.batches():
            x = self.project(self.trunk(inputs)).flatten(2).transpose(1, 2)
            mean += self.csrl(x, self.get_buffer("words")).vectors.sum(0)
            count += len(inputs)
        self.get_buffer("center").copy_(group.total(mean) / group.total(torch.tensor(count)).clamp(min=1))

    @torch.no_grad()
    def _find_prototypes(self, view: View) -> None:
        found = ((self.categories(self.trunk(inputs), scores), labels) for inputs, labels, scores in view.batches())
        if self.config.prototypes == "location":
            store = LocationSums(len(self.get_buffer("words")), self.grid, self.config)
            for categories, labels in found:
                store.add(categories, labels)
            prototypes, available = store.finish()
        else:
            prototypes, available = cluster_centres(found, self.config.clusters, self.seed)
        if self.config.prototype_noise:
            prototypes = as_noise(prototypes, available, self.seed)
        self.get_buffer("prototypes").copy_(prototypes)
        self.get_buffer("available").copy_(available)

    def penalty(self) -> Tensor | None:
        return self.head.penalty()

    def blend_parameters(self) -> list[nn.Parameter]:
        return [p for p in (self.alpha, self.beta) if p.requires_grad]
