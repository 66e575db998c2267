"""Names of a table find their pictures, or are asked about; a name never marks another picture."""

import zipfile
from collections.abc import Sequence

import pytest

from annotator.tables.names import Matches, Picture, agreed, match, plain, questions_of
from annotator.tables.zipnames import names_of

SHA = "0" * 64


def pictures(*names: str, refused: Sequence[str] = ()) -> list[Picture]:
    made = [Picture(str(number), name, SHA if number == 0 else "") for number, name in enumerate(names)]
    return made + [Picture(f"bad-{name}", name, "", "it is broken") for name in refused]


def names_found(
    names: list[str], known: list[Picture], hashes: dict[str, str] | None = None
) -> tuple[dict[str, str], Matches]:
    made = match(names, known, hashes)
    by_key = {picture.key: picture.name for picture in known}
    return {name: by_key[key] for name, key in made.found.items()}, made


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("a.jpg", ["a.jpg", "b.jpg"], "a.jpg"),
        ("train/a.jpg", ["train/a.jpg", "test/a.jpg"], "train/a.jpg"),
        ("a.jpg", ["deep/down/a.jpg"], "deep/down/a.jpg"),
        ("set/p1/a.jpg", ["a.jpg"], "a.jpg"),
        ("cats/1.jpg", ["data/cats/1.jpg", "data/dogs/1.jpg"], "data/cats/1.jpg"),
        ("data/cats/1.jpg", ["cats/1.jpg", "dogs/1.jpg"], "cats/1.jpg"),
        ("x/cats/1.jpg", ["cats/1.jpg", "1.jpg"], "cats/1.jpg"),
        (".\\cats\\1.jpg", ["cats/1.jpg"], "cats/1.jpg"),
        ("/home/me/cats/1.jpg", ["cats/1.jpg"], "cats/1.jpg"),
        ("https://example.org/cats/1.jpg?x=1", ["cats/1.jpg"], "cats/1.jpg"),
        ("cafe\u0301.jpg", ["café.jpg"], "café.jpg"),
        (" a.jpg ", ["a.jpg"], "a.jpg"),
    ],
)
def test_a_name_finds_the_one_picture_that_it_fits(name: str, known: list[str], found: str) -> None:
    told, made = names_found([name], pictures(*known))
    assert told == {name: found}
    assert not (made.several)
    assert not (made.missing)
    assert not (made.proposed)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("train/1.jpg", ["test/1.jpg", "test/2.jpg"]),
        ("1.jpg", ["11.jpg", "x1.jpg"]),
        ("cats/1.jpg", ["mycats/1.jpg"]),
        ("", ["a.jpg"]),
        ("/", ["a.jpg"]),
    ],
)
def test_a_name_whose_folder_contradicts_finds_nothing(name: str, known: list[str]) -> None:
    _, made = names_found([name], pictures(*known))
    assert made.missing == [name]
    assert not (made.found)
    assert not (made.several)
    assert not (made.proposed)


def test_a_refused_picture_never_lends_its_row() -> None:
    known = pictures("dogs/1.jpg", refused=["cats/1.jpg"])
    told, made = names_found(["data/cats/1.jpg", "data/dogs/1.jpg"], known)
    assert told == {"data/dogs/1.jpg": "dogs/1.jpg"}
    assert made.refused == {"data/cats/1.jpg": "it is broken"}
    _, flat = names_found(["1.jpg"], known)
    assert set(flat.several) == {"1.jpg"}, "the refused one might have been meant"


def test_two_pictures_of_one_name_are_asked_about() -> None:
    known = [Picture("1", "1.jpg"), Picture("2", "1.jpg")]
    made = match(["1.jpg"], known)
    (question,) = questions_of(made, {picture.key: picture for picture in known})
    assert question.choices == ("1", "2", "none")
    assert agreed(made, {}) == {}
    assert agreed(made, {question.id: "2"}) == {"1.jpg": "2"}
    assert agreed(made, {question.id: "none"}) == {}


def test_two_names_in_different_folders_do_not_share_a_picture_without_one() -> None:
    _, made = names_found(["cats/1.jpg", "dogs/1.jpg"], pictures("1.jpg"))
    assert not made.found
    assert set(made.several) == {"cats/1.jpg", "dogs/1.jpg"}
    told, made = names_found(["1.jpg", "dogs/1.jpg"], pictures("1.jpg"))
    assert told == {"1.jpg": "1.jpg", "dogs/1.jpg": "1.jpg"}, "one may be the other's longer name"


def test_one_picture_of_two_names_is_found_by_both() -> None:
    known = [Picture("1", "a.jpg"), Picture("1", "copies/a.jpg")]
    told = match(["a.jpg", "copies/a.jpg", "x/a.jpg", "x/copies/a.jpg"], known)
    assert set(told.found.values()) == {"1"}
    assert len(told.found) == 4


def test_the_content_says_more_than_the_name() -> None:
    told, _ = names_found(["b.jpg"], pictures("a.jpg", "b.jpg"), {"b.jpg": SHA})
    assert told == {"b.jpg": "a.jpg"}


@pytest.mark.parametrize(
    ("reason", "names", "known"),
    [
        ("case", ["A.JPG", "B.jpg"], ["a.jpg", "b.jpg"]),
        ("extension", ["a", "b.jpeg"], ["a.jpg", "b.JPG"]),
        ("percent", ["a%20b.jpg", "c%C3%A9.jpg"], ["a b.jpg", "cé.jpg"]),
        ("upload_prefix", ["/data/upload/1/0a1b2c3d-a.jpg"], ["a.jpg"]),
        ("folder", ["old/cats/1.jpg"], ["new/cats/1.jpg"]),
    ],
)
def test_another_spelling_is_a_proposal_agreed_to_once_for_all(reason: str, names: list[str], known: list[str]) -> None:
    listed = pictures(*known)
    made = match(names, listed)
    assert not (made.found)
    assert not (made.missing)
    (question,) = questions_of(made, {picture.key: picture for picture in listed})
    assert (question.id, question.choices) == (f"names:{reason}", ("yes", "no"))
    assert repr(known[0]) in question.text
    assert agreed(made, {question.id: "no"}) == {}
    assert set(agreed(made, {question.id: "yes"})) == set(names)


def test_a_spelling_that_fits_two_is_asked_about_and_one_that_fits_a_refused_file_is_refused() -> None:
    _, made = names_found(["A.JPG"], pictures("a.jpg", "a.JPG"))
    assert set(made.several) == {"A.JPG"}
    _, made = names_found(["a"], pictures("b.jpg", refused=["a.jpg"]))
    assert made.refused == {"a": "it is broken"}


def test_many_names_in_folders_of_equal_names_are_matched_in_one_pass() -> None:
    listed = [Picture(str(at), f"p{at // 10}/img{at % 10}.jpg") for at in range(20_000)]
    made = match([f"/root/{picture.name}" for picture in listed], listed)
    assert len(made.found) == len(listed)
    assert made.found["/root/p77/img3.jpg"] == "773"


def test_paths_are_compared_by_their_parts() -> None:
    assert plain("./a//b/../c.jpg") == "a/b/../c.jpg"
    assert plain("C:\\x\\y.jpg") == "C:/x/y.jpg"


def archived(names: list[str], codec: str) -> list[zipfile.ZipInfo]:
    """Entries of an archive whose program wrote its own code page and did not say so."""
    infos = [zipfile.ZipInfo("x") for _ in names]
    for info, name in zip(infos, names, strict=True):
        info.filename = name.encode(codec).decode("cp437")
    return infos


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("gbk", ["照片.jpg"]),
        ("gbk", ["猫/图片一.jpg", "狗/图片二.jpg", "plain.jpg"]),
        ("cp932", ["写真.jpg", "ねこ/しゃしん.jpg"]),
        ("euc_kr", ["고양이.jpg", "강아지.jpg"]),
        ("cp866", ["фото.jpg", "кот на столе.jpg"]),
        ("cp1251", ["фото.jpg", "кот на столе.jpg"]),
        ("cp850", ["Müller.jpg", "Größe.jpg"]),
        ("cp1252", ["Müller.jpg", "Größe.jpg"]),
    ],
)
def test_names_in_archives_of_other_code_pages_are_read_and_the_guess_is_said(codec: str, names: list[str]) -> None:
    told, guess = names_of(archived(names, codec))
    assert told == names
    assert guess == codec.replace("gbk", "gb2312")


def test_names_in_archives_that_are_unicode_are_no_guess() -> None:
    assert names_of(archived(["cafe\u0301.jpg", "図.jpg"], "utf-8")) == (["cafe\u0301.jpg", "図.jpg"], "")
    info = zipfile.ZipInfo("図.jpg")
    info.flag_bits |= 0x800
    assert names_of([info]) == (["図.jpg"], "")
    assert names_of([zipfile.ZipInfo("a.jpg")]) == (["a.jpg"], "")
