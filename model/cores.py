"""How work with small matrices uses several cores: one thread a product, and independent fits beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")


@contextmanager
def one_thread() -> Iterator[None]:
    """Small batched products and factorisations are up to twenty times slower on two busy cores than on one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def side_by_side(work: Callable[[T], None], parts: Sequence[T]) -> None:
    """Do independent pieces of work, as many at a time as torch has threads. Raises what the first to fail raised.

    Products let other threads of the interpreter run, so two cores are nearly twice as fast as one.
    """
    threads = min(torch.get_num_threads(), len(parts))
    with one_thread():
        if threads < 2:
            for part in parts:
                work(part)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, parts))
