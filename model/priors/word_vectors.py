"""Word vectors of label names: the semantics that guide decoupling."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.arrays import F32


def from_glove(path: Path, names: Sequence[str]) -> F32:
    """Mean GloVe vector of each name's words, [C, W], read line by line from the text file."""
    wanted = {word for name in names for word in split(name)}
    found: dict[str, F32] = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            word, _, rest = line.rstrip().partition(" ")
            if word in wanted:
                try:
                    found[word] = np.array(rest.split(" "), dtype=np.float32)
                except ValueError as error:
                    raise ValueError(f"{path}:{number}: the vector of {word!r} is not a list of numbers") from error
    return np.stack([_mean(name, found, path) for name in names])


def split(name: str) -> list[str]:
    """The lower-case words of a label name."""
    return name.lower().replace("-", " ").replace("_", " ").split()


def _mean(name: str, found: dict[str, F32], path: Path) -> F32:
    vectors = [found[word] for word in split(name) if word in found]
    if not vectors:
        raise ValueError(f"{path} has no vector for any word of {name!r}; rename the label or choose others")
    return np.mean(vectors, axis=0, dtype=np.float32)


def from_npz(path: Path, names: Sequence[str]) -> F32:
    """F32 [C, W] from a file with arrays `X_names` and `X_vectors` for any X (or `names` and `vectors`)."""
    with np.load(path, allow_pickle=False) as file:
        table: dict[str, F32] = {}
        for key in (k for k in file.files if k.endswith("names")):
            table |= dict(zip(file[key].tolist(), file[key.replace("names", "vectors")], strict=True))
    if missing := [name for name in names if name not in table]:
        raise ValueError(f"{path} lacks vectors for {', '.join(missing[:5])}; it has {len(table)} names")
    return np.stack([np.asarray(table[name], dtype=np.float32) for name in names])


def from_encoder(names: Sequence[str]) -> F32:
    """F32 of the sentence encoder that comes with pip, [C, 384], scaled to the spread of GloVe (0.4)."""
    from model.priors.encoder import encode
    from model.priors.reading import spoken

    vectors = np.asarray(encode([spoken(name) for name in names]), dtype=np.float32)
    return vectors * (0.4 / vectors.std())


def random(count: int, size: int = 300, seed: int = 0) -> F32:
    """Control: normal noise with the spread of GloVe."""
    return np.random.default_rng(seed).normal(0, 0.4, (count, size)).astype(np.float32)


def load(source: str, names: Sequence[str], seed: int = 0) -> F32:
    """F32 from `encoder`, `random`, a `.npz` file, or a GloVe text file."""
    if source == "encoder":
        return from_encoder(names)
    if source == "random":
        return random(len(names), seed=seed)
    path = Path(source)
    if not path.is_file():
        raise ValueError(f"no word vectors at {source}: give encoder, random, an .npz or a GloVe text file")
    return from_npz(path, names) if path.suffix == ".npz" else from_glove(path, names)
