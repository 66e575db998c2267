"""How benches measure: interleaved rounds, live tensor memory, and the facts that belong to every figure."""

import json
import os
import platform
import statistics
import sys
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from model.storage.durable import write_json


def synchronise(device: str) -> None:
    """Wait for the device."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def timed(work: Callable[[], Any], device: str) -> float:
    """Seconds of one call."""
    synchronise(device)
    began = time.perf_counter()
    work()
    synchronise(device)
    return time.perf_counter() - began


def interleaved(
    contestants: Mapping[str, Callable[[], dict[str, float]]], rounds: int, warm_up: int = 1
) -> dict[str, list[dict[str, float]]]:
    """Run all contestants in turn, `rounds` times; each gives its parts in seconds. Warm-up rounds are not kept."""
    kept: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for number in range(warm_up + rounds):
        for name, work in contestants.items():
            parts = work()
            if number >= warm_up:
                kept[name].append(parts)
    return kept


def ratio(one: list[dict[str, float]], other: list[dict[str, float]], part: str = "step") -> float:
    """Median over rounds of the ratio within a round, which load from outside disturbs least."""
    return statistics.median(a[part] / b[part] for a, b in zip(one, other, strict=True))


class _Live(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.bytes, self.peak, self.known = 0, 0, set[int]()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before = {_key(t) for t in _tensors((args, kwargs or {}))}
        out = func(*args, **(kwargs or {}))
        for tensor in _tensors(out):
            key = _key(tensor)
            if key not in self.known and key not in before:
                storage = tensor.untyped_storage()
                self.known.add(key)
                self.bytes += storage.nbytes()
                self.peak = max(self.peak, self.bytes)
                weakref.finalize(storage, self._gone, key, storage.nbytes())
        return out

    def _gone(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.bytes -= size


def _key(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata


def _tensors(value: Any) -> list[torch.Tensor]:
    return [leaf for leaf in torch.utils._pytree.tree_leaves(value) if isinstance(leaf, torch.Tensor)]


def peak_bytes(work: Callable[[], Any], device: str) -> int:
    """Most bytes of tensors alive at once that `work` made, inputs and parameters apart."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats()
        start = torch.cuda.memory_allocated()
        work()
        synchronise(device)
        return torch.cuda.max_memory_allocated() - start
    with _Live() as live:
        result = work()
        del result
    return live.peak


def facts(arguments: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Machine, versions, seed and command line of a figure."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    gpu = torch.cuda.get_device_name() if device.startswith("cuda") else None
    return {
        "machine": {
            "processor": model,
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
            "gpu": gpu,
            "system": platform.platform(),
            "load": os.getloadavg()[0],
        },
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "seed": 0,
        "command": " ".join(["python -m model", *sys.argv[1:]]),
        "arguments": {k: str(v) if isinstance(v, Path) else v for k, v in arguments.items()},
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def publish(result: dict[str, Any], path: Path | None) -> None:
    """Print as JSON and, if asked, write the same to a file."""
    print(json.dumps(result, indent=1))
    if path is not None:
        write_json(path, result)
