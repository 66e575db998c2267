"""Re-drawn test parts hold rare classes about as often as frequent ones and leave enough to train on."""

import numpy as np

from model.research.splits import BALANCED_POSITIVES, balanced


def test_a_balanced_draw_evens_classes_out_and_leaves_half_of_the_rare_ones() -> None:
    rng = np.random.default_rng(0)
    truth = np.where(rng.random((1000, 4)) < [0.5, 0.1, 0.05, 0.01], 1, -1).astype(np.int8)
    total = (truth == 1).sum(0)
    test = balanced(truth, seed=1)
    drawn = (truth[test] == 1).sum(0)
    wanted = np.minimum(BALANCED_POSITIVES, total // 2)
    assert (drawn >= wanted).all()
    assert drawn.max() <= 2 * BALANCED_POSITIVES
    assert ((truth[~test] == 1).sum(0) > 0).all()
    assert (balanced(truth, seed=1) == test).all()
    assert (balanced(truth, seed=2) != test).any()
