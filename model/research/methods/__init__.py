"""Every system of the paper's tables and ours, by name. `python -m model methods` lists them."""

from model.research.methods import asl, cl, gcn_ml, kggr, p_gcn, partial_bce, probe, sarb, ssgrl, tern
from model.research.task import PAPER, Method, Size, Task

_ALL = [m for module in (ssgrl, gcn_ml, kggr, p_gcn, asl, cl, partial_bce, sarb, probe, tern) for m in module.METHODS]
METHODS: dict[str, Method] = {method.name: method for method in _ALL}
__all__ = ["METHODS", "PAPER", "Method", "Size", "Task", "named"]


def named(names: list[str]) -> list[Method]:
    """Methods by name, `all` for every one. Raises ValueError listing what there is."""
    if names == ["all"]:
        return list(METHODS.values())
    if unknown := [name for name in names if name not in METHODS]:
        raise ValueError(f"unknown methods {', '.join(unknown)}; there are {', '.join(METHODS)}")
    return [METHODS[name] for name in names]
