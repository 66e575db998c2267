"""Data sets are read in their real layouts; damaged files are named; dropped labels follow the authors' stream."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from model.networks.inputs import Maps, Photos, stream
from model.priors.word_vectors import from_glove, from_npz, random
from model.priors.word_vectors import load as load_words
from model.research.datasets import DataError, coco2014, folder_with_csv, load, tern_export, vg200, voc2007
from model.research.datasets.base import drop_labels


def picture(path: Path, colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (60, 40)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    base = tmp_path / "VOCdevkit" / "VOC2007"
    (base / "ImageSets" / "Main").mkdir(parents=True)
    (base / "Annotations").mkdir()
    (base / "ImageSets" / "Main" / "trainval.txt").write_text("000005\n000007")  # no newline at the end
    obj = "<object><name>{}</name><difficult>{}</difficult></object>"
    (base / "Annotations" / "000005.xml").write_text(
        f"<annotation>{obj.format('dog', 0)}{obj.format('cat', 1)}{obj.format('dog', 1)}</annotation>"
    )
    (base / "Annotations" / "000007.xml").write_text(f"<annotation>{obj.format('person', 0)}</annotation>")
    return tmp_path


def test_voc_devkit_with_difficult_as_unknown_or_absent(voc: Path) -> None:
    data = voc2007(voc, "trainval")
    assert [p.name for p in data.paths] == ["000005.jpg", "000007.jpg"]
    dog, cat, person = (data.names.index(n) for n in ("dog", "cat", "person"))
    assert data.labels[0, [dog, cat, person]].tolist() == [1, 0, -1]
    assert data.labels[1, [dog, cat, person]].tolist() == [-1, -1, 1]
    assert "unknown" in data.note
    absent = voc2007(voc, "trainval", "absent")
    assert absent.labels[0, cat] == -1
    assert "absent" in absent.note


def test_damaged_voc_files_are_named(voc: Path) -> None:
    annotation = voc / "VOCdevkit" / "VOC2007" / "Annotations" / "000007.xml"
    annotation.write_text("<annotation><object>")
    with pytest.raises(DataError, match=r"000007\.xml is damaged"):
        voc2007(voc, "trainval")
    annotation.unlink()
    with pytest.raises(DataError, match=r"000007\.xml is missing"):
        voc2007(voc, "trainval")
    with pytest.raises(DataError, match=r"test\.txt is missing; expected one image id"):
        voc2007(voc, "test")
    annotation.write_text("<annotation/>")
    with pytest.raises(DataError, match=r"000005\.jpg"):
        voc2007(voc, "trainval").checked()


def coco_file(tmp_path: Path, **changes: object) -> None:
    content = {
        "images": [{"id": 9, "file_name": "b.jpg"}, {"id": 4, "file_name": "a.jpg"}],
        "categories": [{"id": 3, "name": "car"}, {"id": 1, "name": "person"}],
        "annotations": [{"image_id": 4, "category_id": 3}, {"image_id": 4, "category_id": 3}],
    } | changes
    (tmp_path / "annotations").mkdir(exist_ok=True)
    (tmp_path / "train2014").mkdir(exist_ok=True)
    (tmp_path / "annotations" / "instances_train2014.json").write_text(json.dumps(content))


def test_coco_keeps_file_order_and_images_without_annotation(tmp_path: Path) -> None:
    coco_file(tmp_path)
    data = coco2014(tmp_path, "train")
    assert data.names == ["person", "car"]
    assert [p.name for p in data.paths] == ["b.jpg", "a.jpg"]
    assert data.labels.tolist() == [[-1, -1], [-1, 1]]


def test_damaged_coco_files_are_named(tmp_path: Path) -> None:
    coco_file(tmp_path, annotations=[{"image_id": 77, "category_id": 3}])
    with pytest.raises(DataError, match=r"instances_train2014\.json is damaged \(no 77\)"):
        coco2014(tmp_path, "train")
    (tmp_path / "annotations" / "instances_train2014.json").write_text("{")
    with pytest.raises(DataError, match=r"instances_train2014\.json is damaged"):
        coco2014(tmp_path, "train")


def test_vg_cuts_the_index_to_200_categories(tmp_path: Path) -> None:
    (tmp_path / "train_list_500.txt").write_text("1.jpg\n2.jpg\n")
    (tmp_path / "vg_category_500_labels_index.json").write_text(json.dumps({"1.jpg": [0, 199, 200, 499], "2.jpg": []}))
    picture(tmp_path / "VG_100K_2" / "2.jpg")
    (tmp_path / "VG_100K").mkdir()
    data = vg200(tmp_path, "train")
    assert data.labels.shape == (2, 200)
    assert np.flatnonzero(data.labels[0] == 1).tolist() == [0, 199]
    assert data.paths[1].parent.name == "VG_100K_2"
    (tmp_path / "vg_category_500_labels_index.json").write_text(json.dumps({"1.jpg": []}))
    with pytest.raises(DataError, match=r"lacks 2\.jpg"):
        vg200(tmp_path, "train")


def test_folder_with_csv_has_three_states_and_names_bad_cells(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("image,cat,dog\na.jpg,1,\nb.jpg,-1,0\n")
    data = folder_with_csv(tmp_path, table)
    assert data.labels.tolist() == [[1, 0], [-1, 0]]
    table.write_text("image,cat,dog\na.jpg,1,2\n")
    with pytest.raises(DataError, match=r"labels\.csv:2, column 'dog', holds '2'"):
        folder_with_csv(tmp_path, table)
    table.write_text("image,cat\na.jpg,1,1\n")
    with pytest.raises(DataError, match=r"labels\.csv:2 has another number of cells"):
        folder_with_csv(tmp_path, table)
    table.write_text("file,cat\na.jpg,1\n")
    with pytest.raises(DataError, match="no column 'image'"):
        folder_with_csv(tmp_path, table)


def test_terns_own_export_is_read_as_written(tmp_path: Path) -> None:
    matrix = np.array([[1, 0], [-1, 1]], np.int8)
    np.savez(tmp_path / "labels.npz", matrix=matrix, labels=["cat", "dog"], images=["a.jpg", "b.jpg"], hashes=["", ""])
    data = tern_export(tmp_path / "labels.npz", tmp_path)
    assert (data.names, data.paths[1]) == (["cat", "dog"], tmp_path / "b.jpg")
    np.testing.assert_array_equal(data.labels, matrix)
    np.savez(tmp_path / "labels.npz", matrix=matrix * 3, labels=["cat", "dog"], images=["a.jpg", "b.jpg"])
    with pytest.raises(DataError, match=r"labels\.npz"):
        tern_export(tmp_path / "labels.npz", tmp_path)
    (tmp_path / "labels.npz").write_bytes(b"torn")
    with pytest.raises(DataError, match=r"labels\.npz is damaged"):
        tern_export(tmp_path / "labels.npz", tmp_path)


def test_unknown_data_set_lists_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="voc2007"):
        load("imagenet", tmp_path)


def test_dropping_uses_the_legacy_stream_and_is_nested() -> None:
    full = np.where(np.random.default_rng(0).random((50, 7)) < 0.3, 1, -1)
    np.random.seed(0)
    u = np.random.random((50, 7))
    for p in (0.1, 0.5, 0.9):
        np.testing.assert_array_equal(drop_labels(full, p), np.where(u < p, full, 0))
    few, many = drop_labels(full, 0.2) != 0, drop_labels(full, 0.6) != 0
    assert (few <= many).all()
    assert (drop_labels(full, 1.0) == full).all()
    with pytest.raises(ValueError, match="fraction"):
        drop_labels(full, 10)


def test_photos_follow_the_papers_protocol(tmp_path: Path) -> None:
    for i in range(2):
        picture(tmp_path / f"{i}.jpg", (10 + 90 * i, 100, 50), (80 + i, 50))
    photos = Photos([tmp_path / "0.jpg", tmp_path / "1.jpg"], size=32, scale=64)
    plain = photos.get([0, 1], None, 0)
    assert plain.shape == (2, 3, 32, 32)
    with Image.open(tmp_path / "0.jpg") as file:
        pixels = np.asarray(file.convert("RGB").resize((32, 32), Image.Resampling.BICUBIC), np.float32) / 255
    expected = (pixels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(plain[0].permute(1, 2, 0).numpy(), expected, atol=1e-5)
    torch.testing.assert_close(photos.get([1], 3, 0), photos.get([0, 1], 3, 0)[1:])


def test_augmentation_draws_five_crops_places_and_flips(tmp_path: Path) -> None:
    gradient = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 4, (64, 1, 3))
    Image.fromarray(gradient).save(tmp_path / "g.png")
    photos = Photos([tmp_path / "g.png"], size=64, scale=512)
    widths, flips = set(), set()
    for epoch in range(60):
        row = photos.get([0], epoch, 0)[0, 0, 32]
        change = float(row[-8:].mean() - row[:8].mean())
        flips.add(change < 0)
        widths.add(round(abs(change), 1))
    assert flips == {True, False}
    assert len(widths) >= 5


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"bad\.jpg is no readable image"):
        Photos([tmp_path / "bad.jpg"]).get([0], None, 0)


def test_threads_keep_the_order_of_batches() -> None:
    maps = Maps(np.arange(40, dtype=np.float32).reshape(10, 4, 1), (2, 2))
    batches = [[0, 1], [5], [9, 3, 2]]
    for one, other in zip(stream(maps, batches, None), stream(maps, batches, None, workers=3), strict=True):
        torch.testing.assert_close(one, other)


def test_word_vectors_from_glove_text_npz_and_noise(tmp_path: Path) -> None:
    (tmp_path / "glove.txt").write_text("dog 1 2\npotted 1 0\nplant 0 1\n")
    np.testing.assert_allclose(from_glove(tmp_path / "glove.txt", ["dog", "Potted plant"]), [[1.0, 2.0], [0.5, 0.5]])
    with pytest.raises(ValueError, match="no vector for any word of 'zebra'"):
        from_glove(tmp_path / "glove.txt", ["zebra"])
    np.savez(tmp_path / "w.npz", voc_names=["dog"], voc_vectors=np.ones((1, 3)))
    assert from_npz(tmp_path / "w.npz", ["dog"]).tolist() == [[1, 1, 1]]
    with pytest.raises(ValueError, match="lacks vectors for cat"):
        load_words(str(tmp_path / "w.npz"), ["cat"])
    assert random(5, 7).shape == (5, 7)
    with pytest.raises(ValueError, match="no word vectors at"):
        load_words(str(tmp_path / "none.txt"), ["cat"])


@pytest.mark.data
@pytest.mark.skipif("TERN_DATA" not in os.environ, reason="set TERN_DATA")
def test_masks_equal_the_published_ones_bit_for_bit() -> None:
    folder = Path(os.environ["TERN_DATA"]) / "photos" / "voc07" / "sarb_official_partial_labels"

    def read(name: str) -> np.ndarray:
        return np.loadtxt(gzip.open(folder / name, "rt"), delimiter=",", dtype=int)

    full = read("original_train.txt.gz")
    truth = np.where(full == 1, 1, -1)
    for k in range(1, 10):
        np.testing.assert_array_equal(drop_labels(truth, k / 10), read(f"train_proportion_0.{k}.txt.gz"))


@pytest.mark.data
@pytest.mark.skipif("TERN_DATA" not in os.environ, reason="set TERN_DATA")
@pytest.mark.parametrize(("name", "sizes"), [("voc20", (2636, 646, 20)), ("coco", (227, 149, 80))])
def test_shared_photographs_are_found(name: str, sizes: tuple[int, int, int]) -> None:
    train, test = (part.checked() for part in load(name, Path(os.environ["TERN_DATA"])))
    assert (len(train.paths), len(test.paths), len(train.names)) == sizes
