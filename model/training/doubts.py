"""doubts.json of a version: marks that out-of-fold scores and the nearest pictures speak against, for a person."""

from __future__ import annotations

import numpy as np

from model.active.doubts import Doubt, doubts, worth_keeping
from model.arrays import Bool
from model.storage.durable import write_json
from model.storage.run import Run
from model.tern.calibrate import bounded
from model.tern.features import Pictures
from model.training.judge import OutOfFold

MOST_DOUBTS = 500


def write_doubts(run: Run, held: OutOfFold, pictures: Pictures, valid: Bool) -> list[Doubt]:
    """Write `doubts.json` beside the scores, the most doubtful first, with ids in place of rows; returns them.

    `pictures` are the features of the images marked `valid` [N], in their order; `held` has calibrated logits of fits
    that did not see the image's group, so a wrong mark cannot have taught the model to agree with it.
    """
    shape = (len(run.images), len(run.labels))
    probability = np.full(shape, np.nan)
    probability[held.image, held.label] = bounded(held.logits)
    features = np.zeros((len(run.images), pictures.pooled.shape[1]), np.float32)
    features[valid] = pictures.pooled - pictures.pooled.mean(0)
    known = int(np.count_nonzero((run.marks != 0) & np.isfinite(probability)))
    found, chance = worth_keeping(doubts(probability, run.marks, features, run.groups), known)
    entries = [as_entry(run, doubt, sure) for doubt, sure in zip(found[:MOST_DOUBTS], chance.tolist(), strict=False)]
    write_json(run.folder / "doubts.json", {"format": 1, "doubts": entries})
    return found[:MOST_DOUBTS]


def as_entry(run: Run, doubt: Doubt, chance: float) -> dict[str, object]:
    """One doubt as the page reads it: `agree` counts the look-alikes that say the same as the mark."""
    return {
        "image": run.images[doubt.image].id,
        "label": run.labels[doubt.label].id,
        "value": doubt.value,
        "probability": round(doubt.probability, 4),
        "neighbours": {"agree": doubt.of - doubt.against, "of": doubt.of},
        "chance": round(chance, 4),
        "reason": f"{doubt.reason}; wrong with a chance of about {chance:.0%}",
    }
