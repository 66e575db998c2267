"""One process or many: everything that differs. Launch with `torchrun`; alone, every function is the identity."""

import os
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


def start(device: str = "cpu") -> None:
    """Join the group that torchrun announces, if any; safe to call twice."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")


def leave() -> None:
    """Leave the group, all ranks together: a process that ends while another still talks to it may end in an abort."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def size() -> int:
    """Processes in the group."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """This process's number, 0 first; rank 0 writes files."""
    return dist.get_rank() if dist.is_initialized() else 0


def wrap(module: nn.Module) -> nn.Module:
    """Average gradients over the group. Buffers are computed alike on every rank and not sent."""
    if size() == 1:
        return module
    return nn.parallel.DistributedDataParallel(module, find_unused_parameters=True, forward_sync_buffers=False)


def share(n: int, member: int | None = None) -> Tensor:
    """Positions of a batch of n that this rank takes: no padding, no repeats, mirror pairs (i, n-1-i) together and in
    mirrored order, so that blending partners stay partners."""
    member = rank() if member is None else member
    first = list(range(member, n // 2, size()))
    middle = [n // 2] if n % 2 and (n // 2) % size() == member else []
    return torch.tensor(first + middle + [n - 1 - i for i in reversed(first)], dtype=torch.long)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, local: Tensor) -> Tensor:
        counts = [torch.zeros((), dtype=torch.long, device=local.device) for _ in range(size())]
        dist.all_gather(counts, torch.tensor(len(local), device=local.device))
        ctx.counts = [int(c) for c in counts]
        padded = local.new_zeros(max(ctx.counts), *local.shape[1:])
        padded[: len(local)] = local
        parts = [torch.empty_like(padded) for _ in ctx.counts]
        dist.all_gather(parts, padded)
        return torch.cat([part[:n] for part, n in zip(parts, ctx.counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        grad = grad.contiguous()
        dist.all_reduce(grad)
        before = sum(ctx.counts[: rank()])
        return grad[before : before + ctx.counts[rank()]]


def gather(local: Tensor) -> Tensor:
    """Rows of all ranks, rank by rank, on every rank; gradients flow back so that averaging them over ranks (`wrap`)
    gives the gradient of a loss computed on the whole."""
    return _Gather.apply(local) if size() > 1 else local


def gather_batch(local: Tensor) -> Tensor:
    """Rows of a batch split by `share`, back in the order of the batch."""
    if size() == 1:
        return local
    rows = gather(local)
    order = torch.cat([share(len(rows), member) for member in range(size())])
    return rows[order.argsort().to(rows.device)]


def total(value: Tensor) -> Tensor:
    """Sum over ranks, without gradient."""
    if size() > 1:
        value = value.clone()
        dist.all_reduce(value)
    return value


def any(flag: bool) -> bool:
    """True on every rank when it is true on one: a stop request must reach all."""
    return bool(total(torch.tensor(int(flag))).item()) if size() > 1 else flag
