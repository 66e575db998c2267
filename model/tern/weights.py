"""Weights of one version of tern: everything needed to score new pictures and labels, in one safetensors file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from model.arrays import F32
from model.priors.reading import Reading
from model.storage.durable import BadInput, write_atomic
from model.tern.calibrate import Calibration
from model.tern.features import Lens
from model.tern.solver import Solution

FORMAT = "tern-3"


@dataclass
class Weights:
    """A fitted head. `labels` are (id, names) in the order of rows; `facts` go to the card and to the next fit.

    `links` [C, C + EXTRA] are what marks of other labels add to calibrated logits.
    """

    labels: list[tuple[int, list[str]]]
    backbone: str
    weights_id: str
    basis: F32
    lens: Lens
    reading: Reading
    solution: Solution
    calibration: Calibration
    links: F32
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def two_sizes(self) -> bool:
        """Whether it was fitted to pictures seen at two sizes (model/training/two_sizes.py), and looks at them so."""
        return bool(self.facts.get("views"))

    def directions(self) -> F32:
        """What a heat map answers to: fitted vector plus the trust in the name's direction, [C, D]."""
        guided = self.solution.w.numpy() + np.maximum(self.solution.s.numpy(), 0)[:, None] * unit_rows(self.lens.guide)
        return np.ascontiguousarray(guided @ self.basis.T, np.float32)

    def save(self, path: Path) -> None:
        """Write atomically."""
        arrays = {
            "basis": self.basis,
            "directions": self.reading.directions,
            "mixture": self.reading.mixture,
            "slope": self.calibration.slope,
            "offset": self.calibration.offset,
            "covariance": self.calibration.covariance,
            "links": self.links,
            "w": self.solution.w.numpy(),
            "b": self.solution.b.numpy(),
            "s": self.solution.s.numpy(),
            **{f"lens.{name}": value for name, value in vars(self.lens).items()},
        }
        about = {
            "format": FORMAT,
            "labels": self.labels,
            "backbone": self.backbone,
            "weights_id": self.weights_id,
            "concepts": self.reading.concepts,
            "shared": [self.solution.b0, self.solution.s0],
            "calibration": list(self.calibration.shared),
            "facts": self.facts,
        }
        data = save(
            {name: np.ascontiguousarray(value, np.float32) for name, value in arrays.items()},
            {"tern": json.dumps(about)},
        )
        write_atomic(path, lambda file: file.write(data))


def unit_rows(x: F32) -> F32:
    """Rows of unit length; zero rows stay zero."""
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def load(path: Path) -> Weights:
    """Read a version. Raises BadInput for a missing, damaged or foreign file."""
    try:
        with safe_open(path, "np") as file:
            about = json.loads((file.metadata() or {}).get("tern", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError, ValueError) as error:
        raise BadInput(f"{path}: no readable weights ({error})") from error
    if about.get("format") != FORMAT:
        raise BadInput(f"{path}: not weights of tern (format {about.get('format')!r}, wanted {FORMAT!r})")
    try:
        return assembled(about, arrays)
    except KeyError as error:
        raise BadInput(f"{path}: weights of tern without {error}; train again") from error


def assembled(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Weights:
    """The version from what its file says. Raises KeyError for what is missing."""
    lens = Lens(**{name: arrays[f"lens.{name}"] for name in Lens.__dataclass_fields__})
    concepts = [[(name, weight) for name, weight in label] for label in about["concepts"]]
    reading = Reading(arrays["directions"], arrays["mixture"], concepts)
    w, b, s = (torch.from_numpy(arrays[name].copy()) for name in ("w", "b", "s"))
    solution = Solution(w, b, s, *about["shared"])
    shared = (about["calibration"][0], about["calibration"][1])
    calibration = Calibration(arrays["slope"], arrays["offset"], shared, arrays["covariance"])
    labels = [(int(number), list(names)) for number, names in about["labels"]]
    return Weights(
        labels,
        about["backbone"],
        about["weights_id"],
        arrays["basis"],
        lens,
        reading,
        solution,
        calibration,
        arrays["links"],
        about["facts"],
    )
