"""ASL (Ben-Baruch et al., ICCV 2021): asymmetric focusing and shifted negatives, over known labels."""

from functools import partial

from torch import Tensor

from model.networks import losses
from model.research.methods.linear import Linear, linear
from model.research.task import Method


class ASL(Linear):
    """Linear network under the asymmetric loss. Judge it by mAP: the shift moves its logits off the threshold 0."""

    def criterion(self, logits: Tensor, targets: Tensor) -> Tensor:
        return losses.asymmetric(logits, targets)


METHODS = [Method("asl", "linear network, asymmetric loss over known labels", partial(linear, ASL), paper="ASL")]
