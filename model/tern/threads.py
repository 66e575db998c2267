"""How work with small matrices uses several cores: one thread a product, and independent fits beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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


def side_by_side(work: Callable[[T], None], parts: Iterable[T]) -> None:
    """Do independent pieces of work, as many at a time as torch has threads. Raises what the first to fail raised.

    Products release the interpreter's lock, so fits of folds on two cores take little more than half the time.
    """
    threads = torch.get_num_threads()
    with one_thread(), ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass
