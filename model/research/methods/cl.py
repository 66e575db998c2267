"""CL, curriculum labelling (Durand et al., CVPR 2019): train, label the unknown where the evidence is high, retrain."""

import torch

from model.networks import group
from model.networks.network import View
from model.research.methods.partial_bce import PartialBCE
from model.research.task import Method, Size, Task


class CurriculumLabels(PartialBCE):
    """After a warm-up, before each epoch, unknown labels whose |logit| reaches `threshold` take its sign.

    Pseudo labels are derived anew each time, so that early mistakes can be taken back; known labels never change. The
    paper gives neither the threshold nor the number of rounds.
    """

    threshold = 2.0
    warm_up = 5

    def prepare(self, epoch: int, view: View) -> None:
        """Replace the view's labels by known ones plus confident guesses."""
        if epoch < self.warm_up:
            return
        with torch.no_grad():
            mine = torch.cat([self(inputs, scores) for inputs, _, scores in view.batches()])
        logits = group.gather_batch(mine).cpu()
        guess = torch.where(logits.abs() >= self.threshold, logits.sign(), torch.zeros_like(logits))
        view.labels = torch.where(view.clean != 0, view.clean, guess)


def build(task: Task, size: Size) -> CurriculumLabels:
    """With the warm-up scaled to the number of epochs."""
    network = CurriculumLabels(task.channels, task.classes, task.trunk())
    network.warm_up = max(1, round(CurriculumLabels.warm_up * size.epochs / 20))
    return network


METHODS = [Method("cl", "curriculum labelling: partial BCE with confident pseudo labels", build, paper="CL")]
