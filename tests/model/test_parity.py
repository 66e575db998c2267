"""`python -m model parity` understands every kind of reference array, by arrays of a literal implementation."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from torch import nn

from model.__main__ import main
from model.bench.speed.literal import LiteralSARB, literal_bce, literal_contrastive

B, C, D, W, M, H = 4, 6, 12, 10, 8, 7


class Stubbed(LiteralSARB):
    """The literal network behind a 1x1 convolution, under the names of the released modules."""

    def __init__(self, words: torch.Tensor, graph: torch.Tensor) -> None:
        super().__init__(D, words, graph, M)
        self.backbone = nn.ModuleDict({"layer4": nn.Conv2d(D, D, 1, bias=False)})

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        own = dict(self.named_parameters())
        return {f"{prefix}__{k.replace('.', '__')}": v.detach().numpy().copy() for k, v in own.items()}

    def grads(self) -> dict[str, np.ndarray]:
        return {
            f"grad__{k.replace('.', '__')}": v.grad.numpy().copy()
            for k, v in self.named_parameters()
            if v.grad is not None
        }


def stub(seed: int = 0) -> tuple[Stubbed, dict[str, np.ndarray]]:
    torch.manual_seed(seed)
    words, graph = torch.randn(C, W), torch.rand(C, C)
    net = Stubbed(words, graph)
    with torch.no_grad():
        net.alpha.fill_(0.6), net.beta.fill_(0.35)
    common = {"words": words.numpy(), "A": graph.numpy()}
    return net, common


def labels(n: int = B) -> torch.Tensor:
    y = torch.where(torch.rand(n, C) < 0.5, 1.0, -1.0)
    y = torch.where(torch.rand(n, C) < 0.5, y, 0.0)
    y[:, 0], y[0, 1] = 0.0, 1.0
    return y


def journal(net: Stubbed) -> dict[str, np.ndarray]:
    """One step of the journal model with recorded draws."""
    x, y = torch.randn(B, D, H, H), labels()
    protos, noise, shift = torch.randn(C, 4, H, H, D), torch.rand(B, C), torch.randint(1, 4, (B, C))
    maps, _ = net.decouple(net.backbone["layer4"](x))
    (fi, ti), (fp, tp) = net.instance_blend(maps, y), net.prototype_blend(maps, y, protos, noise, shift)
    return finish(
        net,
        x,
        y,
        maps.sum((1, 2)),
        fi.sum((1, 2)),
        ti,
        fp.sum((1, 2)),
        tp,
        {"prototype_featuremap": protos, "mask_score": noise, "quad_shift": shift},
    )


def conference_blends(
    net: Stubbed, v: torch.Tensor, y: torch.Tensor, protos: torch.Tensor, index: int, noise: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The conference model's blends on vectors: one prototype index for the batch."""
    sel = ((y == 0) & (y.flip(0) == 1)).float()
    ki = (sel * net.alpha + 1 - sel)[..., None]
    pick = torch.where(y == 0, noise, torch.zeros_like(noise)).argmax(1)
    mask = nn.functional.one_hot(pick, C).float() * (y == 0)
    kp = (mask * net.beta + 1 - mask)[..., None]
    return (
        ki * v + (1 - ki) * v.flip(0),
        y + sel * (1 - net.alpha),
        kp * v + (1 - kp) * protos[None, :, index],
        y + mask * (1 - net.beta),
    )


def conference(net: Stubbed) -> dict[str, np.ndarray]:
    x, y, protos, noise = torch.randn(B, D, H, H), labels(), torch.randn(C, 3, D), torch.rand(B, C)
    v = net.decouple(net.backbone["layer4"](x))[0].sum((1, 2))
    out = finish(
        net,
        x,
        y,
        v,
        *conference_blends(net, v, y, protos, 2, noise),
        {"prototype": protos, "mask_score": noise, "proto_index": torch.tensor([2])},
    )
    return out | {"eval_logits": out["logits"]}


def finish(
    net: Stubbed,
    x: torch.Tensor,
    y: torch.Tensor,
    v: torch.Tensor,
    fi: torch.Tensor,
    ti: torch.Tensor,
    fp: torch.Tensor,
    tp: torch.Tensor,
    extra: dict[str, torch.Tensor],
) -> dict[str, np.ndarray]:
    out = {
        "x": x,
        "y": y,
        "semantic": v,
        "logits": net.recognise(v),
        "logits_ilrb": net.recognise(fi),
        "target_ilrb": ti,
        "logits_plrb": net.recognise(fp),
        "target_plrb": tp,
    } | extra
    terms = [
        literal_bce(out["logits"], y),
        0.05 * literal_contrastive(v, y),
        literal_bce(out["logits_ilrb"], ti),
        literal_bce(out["logits_plrb"], tp),
    ]
    sum(terms, torch.zeros(())).backward()
    arrays = {k: t.detach().numpy() for k, t in out.items()}
    return arrays | {"losses": np.array([t.item() for t in terms], np.float32)} | net.arrays("w") | net.grads()


def prototypes(net: Stubbed) -> dict[str, np.ndarray]:
    """Quadrant means of 24 images with the leading zero row of the released code, in float64 loops."""
    x, y = torch.randn(24, D, H, H), labels(24)
    with torch.no_grad():
        maps, coef = net.decouple(net.backbone["layer4"](x))
    out = np.zeros((C, 4, H, H, D))
    for c in range(C):
        y[c, c] = 1.0
        rows: list[list[np.ndarray]] = [[] for _ in range(4)]
        for i in np.flatnonzero(y[:, c] == 1):
            r, q = np.unravel_index(int(maps[i, :, :, c].sum(2).argmax()), (H, H))
            rows[2 * (r >= 3) + (q >= 3)].append(maps[i, :, :, c].numpy())
        for k in range(4):
            every = [m for part in rows for m in part]
            out[c, k] = np.sum(rows[k], 0) / (len(rows[k]) + 1) if rows[k] else np.mean(every, 0)
    return {
        "x": x.numpy(),
        "y": y.numpy(),
        "prototype_featuremap": out.astype(np.float32),
        "coef": coef.numpy(),
        "semantic": maps.sum((1, 2)).numpy(),
    } | net.arrays("w")


def kmeans(net: Stubbed) -> dict[str, np.ndarray]:
    x, y = torch.randn(24, D, H, H), labels(24)
    y[:8] = 1.0
    with torch.no_grad():
        v = net.decouple(net.backbone["layer4"](x))[0].sum((1, 2)).numpy()
    np.random.seed(0)
    found = [KMeans(n_clusters=3, n_init=1).fit(v[y.numpy()[:, c] == 1, c]).cluster_centers_ for c in range(C)]
    return {"x": x.numpy(), "y": y.numpy(), "prototype": np.stack(found)} | net.arrays("w")


def steps(net: Stubbed) -> dict[str, np.ndarray]:
    x, y = torch.randn(5, B, D, H, H), torch.stack([labels() for _ in range(5)])
    protos, noise, index = torch.randn(C, 3, D), torch.rand(5, B, C), torch.randint(0, 3, (5, 1))
    given = {"x": x, "y": y, "prototype": protos, "mask_score": noise, "proto_index": index}
    arrays = {k: t.numpy() for k, t in given.items()} | net.arrays("w0")
    optimiser, losses, coefficients = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=5e-4), [], []
    for k in range(5):
        net.alpha.data.clamp_(0, 1), net.beta.data.clamp_(0, 1)
        v = net.decouple(net.backbone["layer4"](x[k]))[0].sum((1, 2))
        fi, ti, fp, tp = conference_blends(net, v, y[k], protos, int(index[k]), noise[k])
        terms = [
            literal_bce(net.recognise(v), y[k]),
            0.05 * literal_contrastive(v, y[k]),
            literal_bce(net.recognise(fi), ti),
            literal_bce(net.recognise(fp), tp),
        ]
        optimiser.zero_grad()
        sum(terms, torch.zeros(())).backward()
        optimiser.step()
        losses.append([t.item() for t in terms])
        coefficients.append([net.alpha.item(), net.beta.item()])
    return arrays | {"losses": np.array(losses), "alpha_beta": np.array(coefficients)} | net.arrays("w5")


MADE = {
    "sarb_forward": conference,
    "dsrb_forward": journal,
    "dsrb_prototypes": prototypes,
    "kmeans_protos": kmeans,
    "train_steps": steps,
}


@pytest.mark.parametrize("kind", MADE)
def test_arrays_of_a_literal_network_are_matched(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, common = stub()
    np.savez(tmp_path / f"{kind}.npz", allow_pickle=False, **(common | MADE[kind](net)))
    assert main(["parity", str(tmp_path)]) == 0, capsys.readouterr().out
    assert f"{kind}.npz" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["dsrb_forward", "dsrb_prototypes", "train_steps"])
def test_a_small_change_of_one_array_is_noticed(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, common = stub()
    arrays = common | MADE[kind](net)
    keys = {"dsrb_forward": "logits_plrb", "dsrb_prototypes": "prototype_featuremap", "train_steps": "w5__fc__weight"}
    arrays[keys[kind]] = arrays[keys[kind]] + 1e-4
    np.savez(tmp_path / f"{kind}.npz", allow_pickle=False, **arrays)
    assert main(["parity", str(tmp_path)]) == 1
    assert "not ok" in capsys.readouterr().out


def test_unknown_and_damaged_files_fail_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "novel.npz", x=np.zeros(1))
    (tmp_path / "bce.npz").write_bytes(b"torn")
    assert main(["parity", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "no known kind" in out
    assert out.count("not ok") == 2


def test_an_empty_folder_says_what_is_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", str(tmp_path)]) == 2
    assert "no .npz file" in capsys.readouterr().out


@pytest.mark.data
@pytest.mark.skipif("TERN_DATA" not in os.environ, reason="set TERN_DATA")
def test_arrays_of_the_authors_code_are_matched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", str(Path(os.environ["TERN_DATA"]) / "reference")]) == 0, capsys.readouterr().out
