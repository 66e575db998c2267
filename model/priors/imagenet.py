"""Names as mixtures of the backbone's ImageNet classifier rows, by similarity under a sentence encoder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.arrays import F32
from model.cores import one_thread
from model.priors.encoder import encode, stored_vectors
from model.priors.reading import Reading, spoken, unit

TEMPERATURE = 0.07
# Names are compared in a sentence; concepts that resemble everything are held back by part of their mean similarity.
SENTENCE = "{0}: a kind of {0}"
HUBNESS = 0.5
# A concept is shown to people when it carries at least this share of the mixture.
LEAST_SHOWN, MOST_SHOWN = 0.02, 5
CHUNK = 16


class ImageNetPrior:
    """Mixtures of ImageNet classifier rows, weighted by softmax(cosine of names / temperature)."""

    name = "imagenet"

    def __init__(self, rows: F32, bias: F32, folder: Path | None = None, temperature: float = TEMPERATURE):
        self.rows, self.bias, self.temperature = rows, bias, temperature
        self.class_names = imagenet_names()
        self.class_vectors = stored_vectors(self.class_names, folder)
        self.hubness = (self.class_vectors @ self.class_vectors.T).mean(1)
        self.sentences: dict[str, F32] = {}

    def read(self, names: Sequence[Sequence[str]]) -> Reading:
        """Mixture of each label: mean over its name and synonyms of the softmax over concepts."""
        flat = [SENTENCE.format(spoken(name)) for entry in names for name in entry]
        new = [sentence for sentence in dict.fromkeys(flat) if sentence not in self.sentences]
        if new:
            self.sentences.update(zip(new, encode(new), strict=True))
        vectors = np.array([self.sentences[sentence] for sentence in flat], np.float32)
        vectors = vectors.reshape(len(flat), self.class_vectors.shape[1])
        shares = softmax((vectors @ self.class_vectors.T - HUBNESS * self.hubness) / self.temperature)
        mixture = np.zeros((len(names), len(self.class_names)), np.float32)
        start = 0
        for label, entry in enumerate(names):
            mixture[label] = shares[start : start + len(entry)].mean(0)
            start += len(entry)
        centred = self.rows - self.rows.mean(0)
        return Reading(unit(mixture @ centred), mixture, [self._concepts(row) for row in mixture])

    def _concepts(self, row: F32) -> list[tuple[str, float]]:
        best = np.argsort(-row)[:MOST_SHOWN]
        shown = [k for k in best if row[k] >= LEAST_SHOWN] or [best[0]]
        return [(self.class_names[k].split(":")[0].split(",")[0], float(row[k])) for k in shown]

    def evidence(self, maps: F32) -> F32:
        """For every concept: its logit in the whole picture, its highest logit and its mean probability over positions.

        Logits are standardised over concepts. Positions matter because a picture shows several things: a small one is
        lost in the mean of the map, and stands out where it is.
        """
        parts = [self._evidence(torch.from_numpy(maps[i : i + CHUNK])) for i in range(0, len(maps), CHUNK)]
        return np.concatenate([np.zeros((0, 3 * len(self.rows)), np.float32), *parts])

    @one_thread()
    def _evidence(self, maps: torch.Tensor) -> F32:
        """Of a few pictures, so that their logits [n, P, K] stay in the processor's cache."""
        logits = torch.nn.functional.linear(maps, torch.from_numpy(self.rows), torch.from_numpy(self.bias))
        parts = standardised(logits.mean(1)), standardised(logits).amax(1), torch.softmax(logits, 2).mean(1)
        return torch.cat(parts, 1).numpy()

    def raw_scores(self, evidence: F32, reading: Reading) -> list[F32]:
        """The three kinds of evidence, mixed for each label; probabilities as their log."""
        whole, peak, probability = (part @ reading.mixture.T for part in np.split(evidence, 3, axis=1))
        return [whole, peak, np.log(probability + 1e-8)]


def softmax(x: NDArray[Any]) -> F32:
    """Softmax over the last axis."""
    shifted = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf)) if x.size else x
    return shifted / shifted.sum(-1, keepdims=True) if x.size else shifted


def standardised(logits: torch.Tensor) -> torch.Tensor:
    """Logits less their mean over the last axis, in units of their spread."""
    spread, mean = torch.std_mean(logits, dim=-1, keepdim=True, correction=0)
    return (logits - mean) / (spread + 1e-6)


@cache
def imagenet_names() -> tuple[str, ...]:
    """The 1,000 class names with synonyms and definitions ("tabby, tabby cat: a cat with a grey or tawny coat …")."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo()
    return tuple(info.index_to_description(k, detailed=True) for k in range(info.num_classes()))
