"""Weights under the names of the authors' released modules, to and from our network."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from model.sarb.heads import PaperHead
from model.sarb.network import SARB


def _slices(network: SARB) -> Iterator[tuple[str, Tensor, slice | None]]:
    """(released name, our parameter, rows of it) for everything both have."""
    head, csrl = network.head, network.csrl
    if not isinstance(head, PaperHead):
        raise TypeError("released weights are those of the paper's head; build the network with start='random'")
    width = head.graph.candidate.out_features
    for gate in (0, 1, 2):
        rows = slice(gate * width, (gate + 1) * width)
        state, rest = (head.graph.candidate, None) if gate == 2 else (head.graph.state, rows)
        for kind in ("weight", "bias"):
            yield f"GraphNeuralNetwork.fc_{gate + 1}_w.{kind}", getattr(head.graph.message, kind), rows
            yield f"GraphNeuralNetwork.fc_{gate + 1}_u.{kind}", getattr(state, kind), rest
    for name, parameter in csrl.named_parameters():
        yield f"SemanticDecoupling.{name}", parameter, None
    yield from (
        ("fc.weight", head.fc.weight, None),
        ("fc.bias", head.fc.bias, None),
        ("classifiers.weight", head.weight, None),
        ("classifiers.bias", head.bias, None),
        ("alpha", network.alpha, None),
        ("beta", network.beta, None),
    )
    for name, parameter in network.trunk.named_parameters():
        yield f"backbone.layer4.{name}", parameter, None


def load(network: SARB, arrays: Mapping[str, Tensor]) -> None:
    """Copy released weights into the network; a missing name is an error that names it."""
    with torch.no_grad():
        for name, parameter, rows in _slices(network):
            if name not in arrays:
                raise ValueError(f"released weights lack {name}; they hold {', '.join(sorted(arrays))}")
            (parameter if rows is None else parameter[rows]).copy_(arrays[name])


def weights(network: SARB) -> dict[str, Tensor]:
    """Our parameters under released names."""
    return {name: (p if rows is None else p[rows]).detach() for name, p, rows in _slices(network)}


def gradients(network: SARB) -> dict[str, Tensor]:
    """Gradients under released names, zero where there is none."""
    out = {}
    for name, p, rows in _slices(network):
        grad = torch.zeros_like(p) if p.grad is None else p.grad
        out[name] = grad if rows is None else grad[rows]
    return out
