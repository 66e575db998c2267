"""The feature cache gives back what was stored, takes additions, and never hands out damaged records."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from model.storage.features import FeatureCache
from tests.optional import unwrap


def keys(*names: str) -> list[str]:
    return [hashlib.sha256(name.encode()).hexdigest() for name in names]


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache.create(tmp_path, "net", 64, "abcd1234", (2, 3), 5)


def some(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 6, 5)).astype(np.float32)


def test_a_reader_finds_what_a_writer_added_later(cache: FeatureCache, tmp_path: Path) -> None:
    reader = FeatureCache.open(tmp_path, "net", 64)
    maps = some(2)
    cache.add(keys("a", "b"), maps)
    np.testing.assert_allclose(unwrap(reader.map_of(keys("b")[0])), maps[1], atol=2e-3)
    np.testing.assert_allclose(reader.pooled(keys("a"))[0], maps[0].mean(0), rtol=1e-6)
    assert reader.map_of(keys("c")[0]) is None
    assert reader.missing(keys("a", "c", "b")) == [1]


def test_a_damaged_record_reads_as_absent_and_can_be_made_again(cache: FeatureCache) -> None:
    cache.add(keys("a", "b"), some(2))
    with (cache.folder / "maps.f16").open("r+b") as file:
        file.seek(3)
        file.write(b"\xff\xff")
    assert cache.map_of(keys("a")[0]) is None
    assert cache.map_of(keys("b")[0]) is not None
    cache.add(keys("a"), some(1, seed=1))
    np.testing.assert_allclose(unwrap(cache.map_of(keys("a")[0])), some(1, seed=1)[0], atol=2e-3)


def test_a_torn_last_entry_of_the_index_is_ignored(cache: FeatureCache, tmp_path: Path) -> None:
    cache.add(keys("a", "b"), some(2))
    index = cache.folder / "index.bin"
    index.write_bytes(index.read_bytes()[:-7])
    fresh = FeatureCache.open(tmp_path, "net", 64)
    assert fresh.missing(keys("a", "b")) == [1]


def test_records_of_another_shape_are_begun_anew(cache: FeatureCache, tmp_path: Path) -> None:
    cache.add(keys("a"), some(1))
    other = FeatureCache.create(tmp_path, "net", 64, "abcd1234", (1, 1), 5)
    assert len(other) == 0


def test_the_limit_drops_the_oldest_that_nobody_keeps(cache: FeatureCache) -> None:
    limit = 2 * 6 * 5 * 2
    cache.add(keys("a", "b"), some(2), limit)
    cache.add(keys("c"), some(1, seed=1), limit, keep=keys("a"))
    assert cache.missing(keys("a", "b", "c")) == [1]
    np.testing.assert_allclose(unwrap(cache.map_of(keys("c")[0])), some(1, seed=1)[0], atol=2e-3)


def test_opening_where_there_is_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no feature cache"):
        FeatureCache.open(tmp_path, "net", 64)
