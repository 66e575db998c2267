"""The fast path equals the literal computation, values and gradients, in float64 (docs/method.md)."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from model.bench.speed.literal import LiteralSARB, literal_contrastive
from model.networks import losses
from model.networks.network import Batch, Draws
from model.sarb import released
from model.sarb.config import named
from model.sarb.csrl import SemanticAttention, SemanticDecoupling, pooled, responses
from model.sarb.graph import Change, GatedGraph
from model.sarb.network import SARB
from model.sarb.prototypes import LocationSums
from tests.optional import unwrap

B, C, D, W, M, H = 6, 9, 8, 5, 7, 7
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


def partial_labels(known: float = 0.5, b: int = B, c: int = C) -> torch.Tensor:
    y = torch.where(torch.rand(b, c) < 0.4, 1.0, -1.0)
    return torch.where(torch.rand(b, c) < known, y, 0.0)


def pair(
    known: float = 0.5, steps: int = 3, **settings: Any
) -> tuple[LiteralSARB, SARB, Batch, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """The literal journal network and ours with equal weights, and one batch for both."""
    words, graph = torch.randn(C, W), torch.rand(C, C)
    literal = LiteralSARB(D, words, graph, M, steps).double()
    config = named(
        "released-code",
        project=False,
        width=None,
        hidden=M,
        blend_from=0,
        contrastive_ramp=False,
        steps=steps,
        overwrite_known=False,
        **settings,
    )
    ours = SARB(config, D, (H, H), words, graph).double()
    ours.words, ours.head.conditional = words, graph
    released.load(ours, dict(literal.named_parameters()))
    x, y = torch.randn(B, D, H, H), partial_labels(known)
    maps = torch.randn(C, 4, H, H, D)
    noise, shift = torch.rand(B, C), torch.randint(1, 4, (B, C))
    ours.prototypes = maps.sum((2, 3))
    ours.get_buffer("available").fill_(True)
    batch = Batch(x, y, None, Draws(noise, (shift - 0.5) / 3, torch.zeros(())), permute=torch.arange)
    return literal, ours, batch, (maps, noise, shift)


@pytest.mark.parametrize("known", [0.25, 0.5, 0.9])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_whole_step_equals_three_literal_passes(known: float, steps: int) -> None:
    literal, ours, batch, extra = pair(known, steps)
    with torch.no_grad():
        literal.alpha.fill_(0.3), ours.alpha.fill_(0.3)
    theirs, mine = literal(batch.inputs, batch.targets, *extra), ours.losses(batch)
    for name in theirs:
        assert mine[name].item() == pytest.approx(theirs[name].item(), abs=1e-12), name
    sum(theirs.values(), torch.zeros(())).backward()
    sum(mine.values(), torch.zeros(())).backward()
    gradients = released.gradients(ours)
    for name, parameter in literal.named_parameters():
        expected = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        torch.testing.assert_close(gradients[name], expected, atol=1e-12, rtol=0, msg=partial("{}: {}".format, name))


def test_logits_at_every_entry_equal_the_literal_passes() -> None:
    literal, ours, batch, (maps, noise, shift) = pair()
    found = ours.categories(batch.inputs)
    base, blends, passes = ours.passes(found, batch.targets, batch, everywhere=True)
    built, attention = literal.decouple(batch.inputs)
    torch.testing.assert_close(found.attention.transpose(1, 2).reshape(attention.shape), attention)
    torch.testing.assert_close(base, literal.recognise(built.sum((1, 2))))
    for name, (blended, target) in {
        "ilrb": literal.instance_blend(built, batch.targets),
        "plrb": literal.prototype_blend(built, batch.targets, maps, noise, shift),
    }.items():
        torch.testing.assert_close(passes[name], literal.recognise(blended.sum((1, 2))))
        torch.testing.assert_close(blends[name].targets, target)


def test_gradient_reaches_alpha_through_soft_targets_only_when_asked() -> None:
    grads = {}
    for target in ("soft", "soft_detached", "full"):
        torch.manual_seed(1)
        _, ours, batch, _ = pair(blended_target=target, plrb=False, contrastive="off")
        sum(ours.losses(batch).values(), torch.zeros(())).backward()
        grads[target] = unwrap(ours.alpha.grad).item()
    assert len({round(g, 12) for g in grads.values()}) == 3


def test_collapsed_attention_keeps_its_factors_as_parameters() -> None:
    module = SemanticDecoupling(D, W, M)
    x, words = torch.randn(2, 10, D), torch.randn(3, W)
    found = module(x, words)
    literal = module.fc4(module.fc3(torch.tanh(module.fc1(x)[:, :, None] * module.fc2(words)[None, None])))[..., 0]
    torch.testing.assert_close(found.attention, literal.softmax(1).transpose(1, 2))
    found.vectors.square().sum().backward()
    assert {n for n, p in module.named_parameters() if p.grad is not None} == dict(module.named_parameters()).keys()
    assert unwrap(module.fc3.bias.grad).abs().max() == 0


def test_response_gradients_are_exact_across_block_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    from model.sarb import csrl

    monkeypatch.setattr(csrl, "CPU_BLOCK", 20)
    q, k, w = (torch.randn(*s, requires_grad=True) for s in ((11, 4), (3, 4), (4,)))
    assert torch.autograd.gradcheck(responses, (q, k, w))


@pytest.mark.parametrize("normalise", ["sum", "positions", "none"])
def test_semantic_attention_equals_its_maps(normalise: str) -> None:
    module = SemanticAttention(D, C, 5, normalise)
    x = torch.randn(2, 10, D)
    found = module(x)
    weights = torch.sigmoid(x @ module.maps.weight.T)
    maps = weights[..., None] * module.transform(x)[:, :, None]
    scale = {"sum": weights.sum(1)[..., None], "positions": 10, "none": 1}[normalise]
    torch.testing.assert_close(found.vectors, maps.sum(1) / scale)
    torch.testing.assert_close(found.scores, (x @ module.maps.weight.T).amax(1))


def test_max_pooling_equals_built_maps() -> None:
    attention, x = torch.rand(2, C, 10), torch.randn(2, 10, D)
    torch.testing.assert_close(pooled(attention, x, "max"), (attention[..., None] * x[:, None]).amax(2))


def test_map_blending_under_max_pooling_differs_from_vector_blending_and_equals_built_maps() -> None:
    _, ours, batch, _ = pair(pool="max", contrastive="off", plrb=False)
    found = ours.categories(batch.inputs)
    built = found.attention[..., None] * found.features[:, None]
    sel = ((batch.targets == 0) & (batch.targets.flip(0) == 1))[..., None, None]
    blended = torch.where(sel, 0.5 * built + 0.5 * built.flip(0), built).amax(2)
    literal = ours.head(blended, torch.ones(B, C, dtype=torch.bool))
    _, _, passes = ours.passes(found, batch.targets, batch, everywhere=True)
    torch.testing.assert_close(passes["ilrb"], literal)
    in_vectors = torch.where(sel[..., 0], 0.5 * found.vectors + 0.5 * found.vectors.flip(0), found.vectors)
    assert (blended - in_vectors).abs().max() > 1e-3


@pytest.mark.parametrize("known", [0.15, 0.6])
def test_gram_contrastive_equals_gathered_pairs(known: float) -> None:
    y = partial_labels(known, 8)
    v = torch.randn(8, C, D, requires_grad=True)
    mine, theirs = losses.contrastive(v, y, torch.arange), literal_contrastive(v, y)
    assert mine.item() == pytest.approx(theirs.item(), abs=1e-12)
    torch.testing.assert_close(*(torch.autograd.grad(loss, v)[0] for loss in (mine, theirs)))


def test_paper_contrastive_equals_its_triple_sum() -> None:
    y, v = partial_labels(b=4), torch.randn(4, C, D)
    total = 0.0
    for n in range(4):
        for m in range(4):
            for c in range(C):
                cos = torch.cosine_similarity(v[n, c], v[m, c], dim=0).item()
                total += 1 - cos if y[n, c] == 1 and y[m, c] == 1 else 1 + cos
    assert losses.contrastive_all_pairs(v, y).item() == pytest.approx(total)


def some_change() -> Change:
    """Copies of images 4 and 1, the first with three new vectors, the second with one."""
    rows, classes = torch.tensor([0, 0, 0, 1]), torch.tensor([2, 5, 8, 0])
    return Change(torch.tensor([4, 1]), rows, classes, torch.randn(4, D))


def test_rank_one_first_step_equals_a_full_first_step() -> None:
    graph, a, h, change = GatedGraph(D, 3), torch.rand(C, C), torch.randn(B, C, D), some_change()
    replaced = torch.cat([h, h[change.images].index_put((change.rows, change.classes), change.vectors)])
    for mine, theirs in zip(graph.start(h, a, change), graph.start(replaced, a), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.9])
def test_last_graph_step_at_needed_entries_equals_all_entries(share: float) -> None:
    graph, a, h = GatedGraph(D, 2), torch.rand(C, C), torch.randn(B, C, D)
    needed, everything = torch.rand(B, C) < share, torch.ones(B, C, dtype=torch.bool)
    first = graph.start(h, a)
    torch.testing.assert_close(graph.run(first, a, needed), graph.run(first, a, everything).view(B, C, D)[needed])


@pytest.mark.parametrize("images", [1, 2, 4])
def test_a_head_in_recomputed_parts_gives_equal_logits_and_gradients(
    monkeypatch: pytest.MonkeyPatch, images: int
) -> None:
    from model.sarb import heads

    head, change = heads.PaperHead(torch.rand(C, C), D), some_change()
    h, needed, results = torch.randn(B, C, D, requires_grad=True), torch.rand(B + 2, C) < 0.5, []
    for large in (10**9, images * (B + 2) * C * D // B):
        monkeypatch.setattr(heads, "LARGE", large)
        out = head(h, needed, change)
        results.append([out, *torch.autograd.grad(out.square().sum(), [h, *head.parameters()])])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_running_sums_equal_the_mean_of_built_maps(power: int) -> None:
    words, n, side = torch.randn(C, W), 30, 2**power
    config = named("tern", csrl="decoupling", start="random", hidden=M, grid_power=power)
    net = SARB(config, D, (H, H), words, torch.eye(C))
    net.words = words
    x, y = torch.randn(n, D, H, H), partial_labels(0.7, n)
    y[:, 3] = y[:, 3].clamp(max=0)
    store = LocationSums(C, (H, H), config)
    sums: dict[tuple[int, int], list[torch.Tensor]] = {}
    with torch.no_grad():
        found = net.categories(x)
        for i in range(0, n, 7):
            store.add(net.categories(x[i : i + 7]), y[i : i + 7])
        maps = (found.attention[..., None] * found.features[:, None]).view(n, C, H, H, D)
    edges = [i * H // side for i in range(1, side)]
    for i, c in (y > 0).nonzero().tolist():
        peak = int(maps[i, c].sum(2).flatten().argmax())
        cell = side * int(np.digitize(peak // H, edges)) + int(np.digitize(peak % H, edges))
        sums.setdefault((c, cell), []).append(maps[i, c].sum((0, 1)))
    prototypes, available = store.finish()
    assert available.tolist() == [c != 3 for c in range(C)]
    for c in (c for c in range(C) if c != 3):
        every = torch.stack([v for (k, _), group in sums.items() if k == c for v in group]).mean(0)
        for cell in range(side**2):
            expected = torch.stack(sums[c, cell]).mean(0) if (c, cell) in sums else every
            torch.testing.assert_close(prototypes[c, cell].double(), expected, atol=1e-6, rtol=1e-5)


def test_a_head_without_images_gives_no_logits_and_zero_gradients() -> None:
    """A process of many may have no row of a short batch."""
    from model.sarb.heads import PaperHead

    head = PaperHead(torch.rand(C, C), D)
    out = head(torch.zeros(0, C, D), torch.zeros(0, C, dtype=torch.bool))
    out.sum().backward()
    assert out.shape == (0, C)
    assert all(unwrap(p.grad).abs().max() == 0 for p in head.parameters())


def test_evaluation_equals_the_literal_forward() -> None:
    literal, ours, batch, _ = pair()
    expected = literal.recognise(literal.decouple(batch.inputs)[0].sum((1, 2)))
    torch.testing.assert_close(ours.eval()(batch.inputs), expected)


def test_no_tensor_of_the_size_of_all_category_maps_is_made() -> None:
    _, ours, batch, _ = pair()
    largest, limit = [0], B * C * D * H * H

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = func(*args, **(kwargs or {}))
            for t in out if isinstance(out, (tuple, list)) else (out,):
                if isinstance(t, torch.Tensor):
                    largest[0] = max(largest[0], t.numel())
            return out

    from model.sarb import csrl

    block, csrl.CPU_BLOCK = csrl.CPU_BLOCK, 64
    try:
        with Watch():
            sum(ours.losses(batch).values(), torch.zeros(())).backward()
    finally:
        csrl.CPU_BLOCK = block
    assert largest[0] < limit / 2


def test_projection_has_no_rectifier() -> None:
    from model.sarb.network import Projection

    out = Projection(D, 4)(torch.randn(3, D, 5, 5))
    assert (out < 0).any()
    assert not any(isinstance(m, nn.ReLU) for m in Projection(D, 4).modules())
