"""SARB computed literally, as the paper and the released code describe it: a map per category, three full passes.

Slow and large on purpose: it is what the fast path is tested against and measured against. Parameter names follow the
released modules.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LiteralDecoupling(nn.Module):
    """Semantic decoupling with every intermediate tensor built: features [B, D, H, W] to maps [B, H, W, C, D]."""

    def __init__(self, channels: int, words: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(channels, hidden, bias=False), nn.Linear(words, hidden, bias=False)
        self.fc3, self.fc4 = nn.Linear(hidden, hidden), nn.Linear(hidden, 1)

    def forward(self, maps: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        b, d, h, w = maps.shape
        c = len(words)
        rows = maps.permute(0, 2, 3, 1).reshape(b * h * w, d)
        x = self.fc1(rows).view(-1, 1, self.fc1.out_features).repeat(1, c, 1)
        k = self.fc2(words).view(1, c, -1).repeat(b * h * w, 1, 1)
        e = self.fc4(self.fc3(torch.tanh(x * k).view(-1, x.shape[2]))).view(b, h * w, c)
        attention = F.softmax(e, dim=1).view(b, h, w, c)
        copies = rows.view(b, h, w, 1, d).repeat(1, 1, 1, c, 1)
        return copies * attention.view(b, h, w, c, 1).repeat(1, 1, 1, 1, d), attention


class LiteralGraph(nn.Module):
    """Gated graph network with three separate gates."""

    def __init__(self, width: int, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.fc_1_w, self.fc_1_u = nn.Linear(2 * width, width), nn.Linear(width, width)
        self.fc_2_w, self.fc_2_u = nn.Linear(2 * width, width), nn.Linear(width, width)
        self.fc_3_w, self.fc_3_u = nn.Linear(2 * width, width), nn.Linear(width, width)

    def forward(self, h: Tensor, graph: Tensor) -> Tensor:
        for _ in range(self.steps):
            m = torch.cat([torch.stack([graph @ one for one in h]), torch.stack([graph.T @ one for one in h])], 2)
            z = torch.sigmoid(self.fc_1_w(m) + self.fc_1_u(h))
            r = torch.sigmoid(self.fc_2_w(m) + self.fc_2_u(h))
            h = (1 - z) * h + z * torch.tanh(self.fc_3_w(m) + self.fc_3_u(r * h))
        return h


class LiteralSARB(nn.Module):
    """Journal SARB on maps [B, D, H, W] after the projection: base, ILRB and PLRB pass, each over every category."""

    def __init__(self, channels: int, words: Tensor, graph: Tensor, hidden: int, steps: int = 3) -> None:
        super().__init__()
        classes = len(words)
        self.register_buffer("words", words)
        self.register_buffer("conditional", graph)
        self.SemanticDecoupling = LiteralDecoupling(channels, words.shape[1], hidden)
        self.GraphNeuralNetwork = LiteralGraph(channels, steps)
        self.fc = nn.Linear(2 * channels, channels)
        self.classifiers = nn.ParameterDict(
            {"weight": torch.randn(classes, channels) / channels**0.5, "bias": torch.zeros(classes)}
        )
        self.alpha, self.beta = nn.Parameter(torch.tensor(0.5)), nn.Parameter(torch.tensor(0.5))

    def decouple(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Maps [B, H, W, C, D] and attention [B, H, W, C]."""
        maps, attention = self.SemanticDecoupling(x, self.get_buffer("words"))
        return maps, attention

    def recognise(self, vectors: Tensor) -> Tensor:
        """Logits of category vectors [B, C, D]."""
        nodes = self.GraphNeuralNetwork(vectors, self.get_buffer("conditional"))
        out = torch.tanh(self.fc(torch.cat([nodes, vectors], 2)))
        return (out * self.classifiers["weight"]).sum(2) + self.classifiers["bias"]

    def instance_blend(self, maps: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Blend every map with its partner's, coefficient alpha where it applies and 1 elsewhere."""
        chosen = ((y == 0) & (y.flip(0) == 1)).to(maps.dtype)
        keep = chosen * self.alpha + (1 - chosen)
        k = keep[:, None, None, :, None]
        return k * maps + (1 - k) * maps.flip(0), y + chosen * (1 - self.alpha)

    def prototype_blend(
        self, maps: Tensor, y: Tensor, prototypes: Tensor, noise: Tensor, shift: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Blend the chosen category's map with a prototype map [C, 4, H, W, D] of another location."""
        b, h, w, c, _ = maps.shape
        unknown = y == 0
        mask = F.one_hot(torch.where(unknown, noise, torch.zeros_like(noise)).argmax(1), c) * unknown.any(1)[:, None]
        peak = maps.sum(4).flatten(1, 2).argmax(1)
        quadrant = 2 * (peak // w >= h // 2).long() + (peak % w >= w // 2).long()
        mixed = prototypes[torch.arange(c).expand(b, c), (quadrant - shift.long()) % 4].permute(0, 2, 3, 1, 4)
        k = (mask * self.beta + (1 - mask))[:, None, None, :, None]
        return k * maps + (1 - k) * mixed, y + mask * (1 - self.beta)

    def forward(
        self,
        x: Tensor,
        y: Tensor,
        prototypes: Tensor | None = None,
        noise: Tensor | None = None,
        shift: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Loss terms; without prototypes the base pass alone (SSGRL)."""
        maps, _ = self.decouple(x)
        vectors = maps.sum((1, 2))
        out = {"bce": literal_bce(self.recognise(vectors), y)}
        if prototypes is None or noise is None or shift is None:
            return out
        for name, (blended, t) in {
            "ilrb": self.instance_blend(maps, y),
            "plrb": self.prototype_blend(maps, y, prototypes, noise, shift),
        }.items():
            out[name] = literal_bce(self.recognise(blended.sum((1, 2))), t)
        out["contrastive"] = 0.05 * literal_contrastive(vectors, y)
        return out


def literal_bce(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean over known entries of binary cross entropy on the signed logit."""
    present, absent = targets > 0, targets < 0
    terms = torch.cat(
        [
            F.binary_cross_entropy_with_logits(logits[present], targets[present], reduction="none"),
            F.binary_cross_entropy_with_logits(-logits[absent], -targets[absent], reduction="none"),
        ]
    )
    return terms.mean() if len(terms) else logits.sum() * 0


def literal_contrastive(vectors: Tensor, y: Tensor) -> Tensor:
    """Contrastive loss by gathering both sides of every pair [pairs, C, D], random picks in listed order."""
    pairs = [(i, j) for i in range(len(y)) for j in range(i + 1, len(y))]
    first, second = torch.tensor([i for i, _ in pairs]), torch.tensor([j for _, j in pairs])
    cos = F.cosine_similarity(vectors[first], vectors[second], dim=2, eps=1e-9)
    a, b = y[first], y[second]
    alike = (1 - cos)[(a == 1) & (b == 1)]
    kinds = [(1 + cos)[((a == 1) & (b == -1)) | ((a == -1) & (b == 1))], (1 + cos)[(a == -1) & (b == -1)]]
    if (p := len(alike)) > 0:
        kinds = [torch.cat([k[: 2 * p], k.sort(descending=True).values[:p]]) for k in kinds]
    terms = torch.cat([alike, *kinds])
    return terms.mean() if len(terms) else vectors.sum() * 0
