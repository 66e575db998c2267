"""What stays warm between commands of one trainer process: backbones, priors, features of the last project."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from model.arrays import F16, F32
from model.priors.create import create_prior
from model.priors.reading import SemanticPrior
from model.storage.run import Config
from model.vision import backbones
from model.vision.backbones import Backbone


@dataclass
class Memory:
    """Features of the pictures of the last run, in the order of `hashes`."""

    folder: Path
    hashes: list[str]
    pooled: F32
    basis: F32 | None = None
    reduced: F16 | None = None
    # The evidence of enlarged pictures that `reduced` was made with; None where pictures are seen as they are.
    closer: F16 | None = None
    evidence: tuple[str, F16] | None = None


@dataclass
class Warm:
    """One per process. Every field is filled on first use; `model.training.work` says for which run."""

    watch_parent: int = field(default_factory=os.getppid)
    backbones: dict[tuple[str, int, str | None], Backbone] = field(default_factory=dict)
    priors: dict[tuple[str, str], SemanticPrior] = field(default_factory=dict)
    memory: Memory | None = None

    def backbone(self, config: Config, size: int | None = None) -> Backbone:
        """A run's backbone, folded for inference at the project's size or another."""
        key = (config.backbone, size or config.image_size, config.overrides.get("backbone_weights"))
        if key not in self.backbones:
            self.backbones[key] = backbones.create(*key).folded()
        return self.backbones[key]

    def prior(self, config: Config) -> SemanticPrior:
        """The prior that suits a run's backbone."""
        backbone = self.backbone(config)
        kind = config.overrides.get("prior", "auto")
        key = (backbone.weights_id, kind)
        if key not in self.priors:
            self.priors[key] = create_prior(backbone, Path(config.cache_dir), kind)
        return self.priors[key]
