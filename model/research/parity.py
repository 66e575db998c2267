"""`python -m model parity DIR`: our released-code settings against arrays of the authors' code, one line per file."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from model.metrics import average_precision
from model.networks import losses
from model.networks.network import Batch, Draws
from model.research.datasets.base import drop_labels
from model.sarb import released
from model.sarb.config import SARBConfig, named
from model.sarb.csrl import SemanticDecoupling
from model.sarb.graph import GatedGraph, conditional
from model.sarb.network import SARB
from model.sarb.prototypes import LocationSums, cluster_centres

TOLERANCE = 1e-5
Arrays = Mapping[str, NDArray]
Differences = Iterator[tuple[str, float]]


def _t(arrays: Arrays, key: str) -> Tensor:
    return torch.as_tensor(np.asarray(arrays[key], dtype=np.float32))


def _named(arrays: Arrays, prefix: str) -> dict[str, Tensor]:
    return {
        key[len(prefix) + 2 :].replace("__", "."): _t(arrays, key) for key in arrays if key.startswith(f"{prefix}__")
    }


def difference(ours: object, theirs: object) -> float:
    """Largest absolute difference; NaN must meet NaN, and a wrong shape is infinitely far."""
    a = np.asarray(ours.detach() if isinstance(ours, Tensor) else ours, dtype=np.float64)
    b = np.asarray(theirs.detach() if isinstance(theirs, Tensor) else theirs, dtype=np.float64)
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        return float("inf")
    return float(np.nanmax(np.abs(a - b), initial=0.0)) if a.size else 0.0


def _grads(module: nn.Module, arrays: Arrays) -> Differences:
    for name, value in _named(arrays, "grad").items():
        yield f"gradient of {name}", difference(dict(module.named_parameters())[name].grad, value)


def decoupling(arrays: Arrays) -> Differences:
    """Semantic decoupling: vectors, attention, maps and gradients."""
    own = _named(arrays, "w")
    module = SemanticDecoupling(own["fc1.weight"].shape[1], own["fc2.weight"].shape[1], len(own["fc1.weight"]))
    module.load_state_dict(own)
    maps = _t(arrays, "featuremap").requires_grad_()
    found = module(maps.flatten(2).transpose(1, 2), _t(arrays, "words"))
    yield "vectors", difference(found.vectors, arrays["semantic"])
    b, c, p = found.attention.shape
    attention = found.attention.transpose(1, 2)
    yield "attention", difference(attention.reshape(arrays["coef"].shape), arrays["coef"])
    category_maps = attention.reshape(b, p, c, 1) * found.features[:, :, None]
    yield "maps", difference(category_maps.reshape(arrays["fmap"].shape), arrays["fmap"])
    (found.vectors * _t(arrays, "w")).sum().backward()
    yield "gradient of featuremap", difference(maps.grad, arrays["grad_featuremap"])
    yield from _grads(module, {key: value for key, value in arrays.items() if key != "grad_featuremap"})


def graph_network(arrays: Arrays) -> Differences:
    """GGNN: output and gradients."""
    h = _t(arrays, "input").requires_grad_()
    width = h.shape[2]
    module, own = GatedGraph(width, 3), _named(arrays, "w")
    fused = {"message": ["fc_1_w", "fc_2_w", "fc_3_w"], "state": ["fc_1_u", "fc_2_u"], "candidate": ["fc_3_u"]}
    module.load_state_dict(
        {
            f"{ours}.{kind}": torch.cat([own[f"{name}.{kind}"] for name in names])
            for ours, names in fused.items()
            for kind in ("weight", "bias")
        }
    )
    a = _t(arrays, "A")
    everything = torch.ones(h.shape[:2], dtype=torch.bool)
    out = module.run(module.start(h, a), a, everything).view_as(h)
    yield "output", difference(out, arrays["output"])
    (out * _t(arrays, "w")).sum().backward()
    yield "gradient of input", difference(h.grad, arrays["grad_input"])
    theirs, parameters = _named(arrays, "grad"), dict(module.named_parameters())
    for ours, names in fused.items():
        for kind in ("weight", "bias"):
            expected = torch.cat([theirs[f"{name}.{kind}"] for name in names])
            yield f"gradient of {ours}.{kind}", difference(parameters[f"{ours}.{kind}"].grad, expected)


def classifier(arrays: Arrays) -> Differences:
    """The per-class classifier."""
    own = _named(arrays, "w")
    weight, bias = own["weight"].requires_grad_(), own["bias"].requires_grad_()
    out = (_t(arrays, "input") * weight).sum(2) + bias
    yield "output", difference(out, arrays["output"])


def bce(arrays: Arrays) -> Differences:
    """Partial BCE with soft targets, margin, sum, elements, gradients and an all-unknown batch."""
    logits, target = _t(arrays, "logits").requires_grad_(), _t(arrays, "target").requires_grad_()
    loss = losses.partial_bce(logits, target)
    loss.backward()
    yield "loss", difference(loss, arrays["loss"])
    yield "gradient of logits", difference(logits.grad, arrays["grad_logits"])
    yield "gradient of target", difference(target.grad, arrays["grad_target"])
    yield "margin 0.4", difference(losses.partial_bce(logits, target, margin=0.4), arrays["loss_margin04"])
    yield "elements", difference(losses.partial_bce(logits, target, "none"), arrays["loss_elem"])
    total = losses.partial_bce(logits, target, "sum")
    yield "sum (relative)", difference(total / float(arrays["loss_sum"]), 1.0)
    yield "all unknown", difference(losses.partial_bce(logits, torch.zeros_like(target)), arrays["loss_all_unknown"])


def contrastive(arrays: Arrays) -> Differences:
    """Contrastive loss on dense, sparse and positive-free labels; all unknown is 0 here, NaN as released."""
    feature = _t(arrays, "feature").requires_grad_()
    for kind in ("dense", "sparse", "nopos"):
        loss = losses.contrastive(feature, _t(arrays, f"{kind}_target"), torch.arange)
        (grad,) = torch.autograd.grad(loss, feature)
        yield f"{kind} loss", difference(loss, arrays[f"{kind}_loss"])
        yield f"{kind} gradient", difference(grad, arrays[f"{kind}_grad"])
    unknown = losses.contrastive(feature, torch.zeros_like(_t(arrays, "dense_target")), torch.arange)
    yield "all unknown (0, released NaN)", difference(unknown, 0.0)
    i, j = np.triu_indices(len(feature), 1)
    yield "cosines", difference(losses.cosines(feature)[:, i, j].T, arrays["cos_pairs"])


def _network(arrays: Arrays, prefix: str, config: SARBConfig, classes: int) -> SARB:
    own = _named(arrays, prefix)
    layer = own["backbone.layer4.weight"]
    trunk = nn.Conv2d(layer.shape[1], layer.shape[0], 1, bias="backbone.layer4.bias" in own)
    words = own["wordFeatures"] if "wordFeatures" in own else _t(arrays, "words")
    graph = own["inMatrix"] if "inMatrix" in own else _t(arrays, "A") if "A" in arrays else torch.eye(classes)
    network = SARB(config, layer.shape[0], (7, 7), words, graph, trunk=trunk)
    released.load(network, own)
    return network


def _conference(**more: object) -> SARBConfig:
    return named(
        "released-conference", project=False, width=None, hidden=8, blend_from=0, contrastive_ramp=False, **more
    )


def _journal() -> SARBConfig:
    return named("released-code", project=False, width=None, hidden=8, blend_from=0, contrastive_ramp=False)


def _with_prototypes(network: SARB, prototypes: Tensor) -> None:
    network.register_buffer("prototypes", prototypes)
    network.get_buffer("available").fill_(True)


def _conference_draws(noise: Tensor, index: Tensor, clusters: int) -> Draws:
    pick = (index.float().mean() + 0.5) / clusters
    return Draws(noise, torch.zeros_like(noise), pick)


def _recorded_weight(ours: Tensor, recorded: float) -> float:
    """1 if the recorded contrastive term carries the weight 0.05 as our own does, 20 if it is unweighted."""
    return min((1.0, 20.0), key=lambda weight: abs(weight * float(ours.detach()) - float(recorded)))


def _forward(network: SARB, arrays: Arrays, draws: Draws) -> Differences:
    batch = Batch(_t(arrays, "x"), _t(arrays, "y"), None, draws, permute=torch.arange)
    found = network.categories(network.trunk(batch.inputs))
    base, blends, passes = network.passes(found, batch.targets, batch, everywhere=True)
    yield "category vectors", difference(found.vectors, arrays["semantic"])
    yield "logits", difference(base, arrays["logits"])
    for name in ("ilrb", "plrb"):
        yield f"logits of {name}", difference(passes[name], arrays[f"logits_{name}"])
        yield f"targets of {name}", difference(blends[name].targets, arrays[f"target_{name}"])
    terms = network.losses(batch)
    terms["contrastive"] = terms["contrastive"] * _recorded_weight(terms["contrastive"], arrays["losses"][1])
    for name, value in zip(("bce", "contrastive", "ilrb", "plrb"), arrays["losses"], strict=True):
        yield f"loss {name}", difference(terms[name], value)
    torch.stack(list(terms.values())).sum().backward()
    ours = released.gradients(network)
    for name, value in _named(arrays, "grad").items():
        if name in ours:
            yield f"gradient of {name}", difference(ours[name], value)
    if "eval_logits" in arrays:
        yield "evaluation logits", difference(network.eval()(batch.inputs), arrays["eval_logits"])


def conference_forward(arrays: Arrays) -> Differences:
    """The conference model: one step with recorded draws."""
    prototypes = _t(arrays, "prototype")
    network = _network(arrays, "w", _conference(clusters=prototypes.shape[1]), len(prototypes))
    _with_prototypes(network, prototypes)
    yield from _forward(
        network, arrays, _conference_draws(_t(arrays, "mask_score"), _t(arrays, "proto_index"), prototypes.shape[1])
    )


def journal_forward(arrays: Arrays) -> Differences:
    """The repaired journal model: one step with recorded draws; its prototype maps are summed over space."""
    prototypes = _t(arrays, "prototype_featuremap").sum((2, 3))
    network = _network(arrays, "w", _journal(), len(prototypes))
    _with_prototypes(network, prototypes)
    noise, shift = _t(arrays, "mask_score"), _t(arrays, "quad_shift")
    yield from _forward(network, arrays, Draws(noise, (shift - 0.5) / 3, torch.zeros(())))


@torch.no_grad()
def journal_prototypes(arrays: Arrays) -> Differences:
    """Location prototypes, with the zero row that the released code averages in; maps are summed over space."""
    y = _t(arrays, "y")
    network = _network(arrays, "w", _journal(), y.shape[1])
    found = network.categories(network.trunk(_t(arrays, "x")))
    yield "category vectors", difference(found.vectors, arrays["semantic"])
    coef = found.attention.transpose(1, 2).reshape(arrays["coef"].shape)
    yield "attention", difference(coef, arrays["coef"])
    store = LocationSums(y.shape[1], (7, 7), network.config)
    store.add(found, y)
    yield "prototypes", difference(store.finish()[0], arrays["prototype_featuremap"].sum((2, 3)))


@torch.no_grad()
def kmeans_prototypes(arrays: Arrays) -> Differences:
    """Cluster centres from NumPy's stream at seed 0, compared as sets."""
    y, theirs = _t(arrays, "y"), arrays["prototype"]
    network = _network(arrays, "w", _conference(clusters=theirs.shape[1]), len(theirs))
    np.random.seed(0)  # the released code draws from the global stream
    ours = cluster_centres([(network.categories(network.trunk(_t(arrays, "x"))), y)], theirs.shape[1], seed=None)[0]
    for c in range(len(theirs)):
        far = np.abs(ours[c].numpy()[:, None] - theirs[c][None]).max(2)
        yield f"centres of category {c}", float(far[linear_sum_assignment(far)].max())


def label_graph(arrays: Arrays) -> Differences:
    """The conditional graph; without a known positive we give a unit row, and NaN on request as released."""
    for labels, graph in (("full", "graph"), ("partial", "graph_partial"), ("full_missing", "graph_missing")):
        yield graph, difference(conditional(arrays[labels], legacy_nan=True), arrays[graph])
        rows = ~np.isnan(arrays[graph]).any(1)
        yield f"{graph}, guarded", difference(conditional(arrays[labels])[rows], arrays[graph][rows])


def scores(arrays: Arrays) -> Differences:
    """mAP, per-class AP and the precision and recall figures; their targets are {0, 1}, all known."""
    gt = np.where(arrays["gt"] > 0, 1, -1)
    yield "AP (plain)", difference(average_precision.average_precision(arrays["scores"], gt), arrays["ap"])
    yield (
        "mAP (interpolated)",
        difference(average_precision.mean_average_precision(arrays["scores"], gt, True), arrays["mAP"]),
    )
    for key, top in (("overall", None), ("top3", 3)):
        row = average_precision.precision_recall(arrays["scores"], gt, top=top, empty="nan")
        yield key, difference([row[name] for name in ("OP", "OR", "OF1", "CP", "CR", "CF1")], arrays[key])


def dropped_labels(arrays: Arrays) -> Differences:
    """Label dropping from the authors' stream at seed 0."""
    for key in sorted(k for k in arrays if k.startswith("p")):
        yield key, difference(drop_labels(arrays["full"], int(key[1:]) / 100), arrays[key])


def training_steps(arrays: Arrays) -> Differences:
    """Five Adam steps of the conference model: losses, alpha and beta, final weights."""
    prototypes = _t(arrays, "prototype")
    network = _network(arrays, "w0", _conference(clusters=prototypes.shape[1]), len(prototypes))
    _with_prototypes(network, prototypes)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2, weight_decay=5e-4)
    x, y, noise, index = (_t(arrays, k) for k in ("x", "y", "mask_score", "proto_index"))
    before, after = [], []
    for step in range(len(x)):
        draws = _conference_draws(noise[step], index[step], prototypes.shape[1])
        before.append([float(network.alpha.detach()), float(network.beta.detach())])
        terms = network.losses(Batch(x[step], y[step], None, draws, permute=torch.arange))
        terms["contrastive"] = terms["contrastive"] * _recorded_weight(terms["contrastive"], arrays["losses"][step][1])
        ours = torch.stack([terms[k] for k in ("bce", "contrastive", "ilrb", "plrb")])
        yield f"losses of step {step}", difference(ours, arrays["losses"][step])
        optimiser.zero_grad()
        ours.sum().backward()
        optimiser.step()
        after.append([float(network.alpha.detach()), float(network.beta.detach())])
    yield "alpha and beta", min(difference(v, arrays["alpha_beta"]) for v in (before, after))
    ours_now = released.weights(network)
    for name, value in _named(arrays, "w5").items():
        if name in ours_now and not name.endswith(("fc3.bias", "fc4.bias")):  # their gradient is rounding alone
            yield f"weights {name}", difference(ours_now[name], value)


KINDS: dict[str, Callable[[Arrays], Differences]] = {
    "sd": decoupling,
    "ggnn": graph_network,
    "ewise": classifier,
    "bce": bce,
    "contrastive": contrastive,
    "sarb_forward": conference_forward,
    "dsrb_forward": journal_forward,
    "dsrb_prototypes": journal_prototypes,
    "kmeans_protos": kmeans_prototypes,
    "drop_labels": dropped_labels,
    "graph": label_graph,
    "metrics": scores,
    "train_steps": training_steps,
}


def check(path: Path) -> tuple[str, float]:
    """The worst compared quantity of a file and its difference; the kind is the file's name."""
    kind = KINDS.get(path.stem)
    if kind is None:
        raise ValueError(f"{path.name} is of no known kind; kinds are {', '.join(KINDS)}")
    with np.load(path, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    return max(kind(arrays), key=lambda item: item[1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", type=Path, help="folder with reference .npz files")


def run(args: argparse.Namespace) -> int:
    """Print file, worst quantity, its largest absolute difference and ok or not ok; 1 if any is not ok."""
    files = sorted(args.dir.glob("*.npz"))
    if not files:
        print(f"no .npz file in {args.dir}; give the folder that holds the reference arrays")
        return 2
    failed = 0
    for path in files:
        try:
            quantity, value = check(path)
        except Exception as error:  # one broken file must not hide the others
            quantity, value = f"{type(error).__name__}: {error}", float("inf")
        failed += not value <= TOLERANCE
        print(f"{path.name:24s} {quantity:44s} {value:.2e} {'ok' if value <= TOLERANCE else 'not ok'}")
    print(f"{len(files) - failed} of {len(files)} within {TOLERANCE:g} in float32")
    return 1 if failed else 0
