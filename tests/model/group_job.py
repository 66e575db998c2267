"""Job of `test_group.py`: one fit of a small SARB by torchrun. Arguments: folder, epochs, what to do, at which step."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch

from model.networks import group
from model.networks.loop import Fit, FitConfig, predict
from model.research.methods.sarb import network
from model.sarb.config import SARBConfig
from tests.model.test_methods import TINY, tiny

folder, epochs, action, when = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
group.start()
torch.set_num_threads(1)
torch.manual_seed(0)
task = tiny(n=23)
config = SARBConfig(blend_from=4)
net = network(config, task, TINY)
fit = Fit(net, task.train, task.labels, FitConfig(epochs=epochs, batch=7, lr=1e-2, blend_lr=1e-2), folder=folder)
seen: list[int] = []


def stop() -> bool:
    seen.append(1)
    return action == "stop" and len(seen) > when and group.rank() == group.size() - 1


def report(epoch: int, step: int, loss: float) -> None:
    if action == "kill" and len(seen) == when and group.rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)


history = fit.run(stop, report)
scores = predict(net, task.test, batch=5)
if group.rank() == 0 and not history.stopped:
    flat = torch.cat([p.detach().flatten() for p in net.parameters()]).numpy()
    np.savez(folder / "done.npz", weights=flat, scores=scores, losses=history.losses)
group.leave()
sys.exit(0)
