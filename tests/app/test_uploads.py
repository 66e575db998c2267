"""What comes in from outside is checked before it is believed, and refused with words that help."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.imports.decoding import Decoder, Rejected, Taken, decode, shelf_of
from annotator.imports.sources import Entry, FolderSource, Source, ZipSource, clean
from annotator.pictures.thumbnails import THUMBNAIL_SIDE, preview_of, small_copy
from annotator.pictures.uploads import Limits, Refused, open_image
from tests.paths import ROOT
from tests.pictures import Killer, folder_of, picture, pixel_bomb, zip_of

LIMITS = Limits()


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp")])
def test_it_takes_the_three_formats_by_their_content(kind: str, suffix: str) -> None:
    _, facts = open_image(picture(3, kind, (40, 30)), LIMITS)
    assert (facts.suffix, facts.width, facts.height) == (suffix, 40, 30)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_it_refuses_every_other_format_whatever_its_name(kind: str) -> None:
    with pytest.raises(Refused, match="not a JPEG, PNG or WebP"):
        open_image(picture(1, kind), LIMITS)


@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90\0", b"%!PS-Adobe", b"x"])
def test_it_refuses_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(Refused):
        open_image(data, LIMITS)


def test_it_refuses_empty_and_oversized_files_by_their_size() -> None:
    with pytest.raises(Refused, match="empty"):
        open_image(b"", LIMITS)
    with pytest.raises(Refused, match="TERN_MAX_IMAGE_MB"):
        open_image(picture(1), Limits(image_bytes=100))


def test_a_pixel_bomb_is_refused_before_it_is_decoded() -> None:
    code = (
        "import resource, sys; from annotator.pictures.uploads import *; from tests.pictures import pixel_bomb\n"
        "data = pixel_bomb(); assert len(data) < 20_000\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: open_image(data, Limits()); sys.exit('taken')\n"
        "except Refused as refusal: print(refusal)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    message, grown = done.stdout.splitlines()
    assert "TERN_MAX_IMAGE_PIXELS" in message
    assert int(grown) < 60, "81 million pixels would take hundreds of MB"


def test_the_limit_of_pixels_is_exact() -> None:
    data = picture(1, "PNG", (100, 50))
    assert open_image(data, Limits(pixels=5000))
    with pytest.raises(Refused, match="too many pixels"):
        open_image(data, Limits(pixels=4999))


def test_a_truncated_picture_is_refused_although_its_header_is_good() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        data = picture(2, kind, (300, 300))
        with pytest.raises(Refused):
            preview_of(data[: len(data) // 2], LIMITS)


def test_thumbnails_are_upright_and_carry_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    data = picture(1, "JPEG", (800, 400), exif=exif)
    image, facts = open_image(data, LIMITS)
    assert (facts.width, facts.height) == (400, 800)
    small = Image.open(io.BytesIO(small_copy(image, THUMBNAIL_SIDE)))
    assert small.size == (160, 320)
    assert not small.getexif()
    assert b"Secret" not in preview_of(data, LIMITS)


def test_a_turned_png_is_turned_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    image, facts = open_image(picture(1, "PNG", (60, 20), exif=exif), LIMITS)
    assert (facts.width, facts.height) == (20, 60)
    assert Image.open(io.BytesIO(small_copy(image, 320))).size == (20, 60)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "I;16", "CMYK", "L"])
def test_every_mode_of_pixels_gets_a_thumbnail(mode: str) -> None:
    out = io.BytesIO()
    source = Image.new("I", (50, 40), 40_000).convert("I;16") if mode == "I;16" else Image.new("RGB", (50, 40), "red")
    made = source if mode == "I;16" else source.convert(mode)
    made.save(out, "JPEG" if mode == "CMYK" else "PNG")
    image, _ = open_image(out.getvalue(), LIMITS)
    small = Image.open(io.BytesIO(small_copy(image, 320)))
    assert small.mode == "RGB"
    assert small.size == (50, 40)
    if mode == "I;16":
        assert abs(int(np.asarray(small)[5, 5, 0]) - 40_000 // 256) <= 2


def test_transparent_parts_are_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    image, _ = open_image(out.getvalue(), LIMITS)
    assert np.asarray(Image.open(io.BytesIO(small_copy(image, 320))))[9, 9].min() > 250


def outcomes_of(source: Source, tmp_path: Path, limits: Limits = LIMITS) -> tuple[list[str], dict[str, str]]:
    """(names that came in, {name: reason}) of a source."""
    found = list(source.entries())
    refused = dict(entry for entry in found if not isinstance(entry, Entry))
    entries, taken = [entry for entry in found if isinstance(entry, Entry)], []
    for outcomes in decode(Decoder(source, shelf_of(tmp_path / "media"), limits), entries, 1):
        refused |= {outcome.entry.name: outcome.reason for outcome in outcomes if isinstance(outcome, Rejected)}
        taken += [outcome.entry.name for outcome in outcomes if isinstance(outcome, Taken)]
    return taken, refused


def files_below(path: Path) -> list[str]:
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if not file.is_dir())


def test_bad_files_of_a_folder_are_named_and_the_others_arrive(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg", "deep/b.png"])
    (folder / "bomb.png").write_bytes(pixel_bomb())
    (folder / "liar.jpg").write_bytes(b"GIF89a" + b"\0" * 100)
    (folder / "page.svg").write_text("<svg/>")
    (folder / "empty.jpg").touch()
    (folder / "out.jpg").symlink_to("/etc/passwd")
    (folder / ".hidden.jpg").write_bytes(b"x")
    taken, refused = outcomes_of(FolderSource(str(folder)), tmp_path)
    assert taken == ["a.jpg", "deep/b.png"]
    assert set(refused) == {"bomb.png", "liar.jpg", "page.svg", "empty.jpg", "out.jpg"}
    assert len(files_below(tmp_path / "media")) == 4, "two originals, two thumbnails, nothing else"


def test_an_archive_never_writes_by_its_own_names(tmp_path: Path) -> None:
    good = picture(1)
    path = zip_of(
        tmp_path / "x.zip",
        {"../../evil.png": picture(2, "PNG"), "/abs.jpg": picture(3), "c:\\win.jpg": picture(4), "ok/good.jpg": good,
         "inner.zip": b"PK", "__MACOSX/ok/._good.jpg": b"x"},
        links={"link.jpg": "/etc/passwd"},
    )  # fmt: skip
    taken, refused = outcomes_of(ZipSource(str(path), LIMITS), tmp_path)
    assert taken == ["ok/good.jpg"]
    assert set(refused) == {"../../evil.png", "/abs.jpg", "c:/win.jpg", "link.jpg", "inner.zip"}
    assert not (tmp_path.parent / "evil.png").exists()
    assert len(files_below(tmp_path / "media")) == 2


def test_an_archive_bomb_is_refused_by_what_it_claims(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "bomb.zip", {f"{n}.jpg": b"\0" * 2_000_000 for n in range(20)})
    assert path.stat().st_size < 100_000
    with pytest.raises(Refused, match="unpacks to"):
        list(ZipSource(str(path), Limits(archive_bytes=30_000_000)).entries())
    with pytest.raises(Refused, match="20 files, at most 10"):
        list(ZipSource(str(path), Limits(archive_files=10)).entries())
    (tmp_path / "no.zip").write_bytes(b"no archive")
    with pytest.raises(Refused, match="not a zip archive"):
        list(ZipSource(str(tmp_path / "no.zip"), LIMITS).entries())


def test_a_damaged_or_oversized_entry_is_refused_alone(tmp_path: Path) -> None:
    noisy = picture(5, "PNG", (64, 64))
    large = b"\xff\xd8\xff" + b"\0" * 90_000
    path = zip_of(tmp_path / "x.zip", {"a.png": noisy, "b.jpg": picture(6), "big.jpg": large})
    data = bytearray(path.read_bytes())
    at = data.find(b"a.png") + 12
    data[at] ^= 0xFF
    path.write_bytes(data)
    taken, refused = outcomes_of(ZipSource(str(path), LIMITS), tmp_path, Limits(image_bytes=50_000))
    assert taken == ["b.jpg"]
    assert "unpacked" in refused["a.png"]
    assert "TERN_MAX_IMAGE_MB" in refused["big.jpg"]


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.jpg": picture(1)})
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (refused,) = ZipSource(str(path), LIMITS).entries()
    assert not isinstance(refused, Entry)
    name, reason = refused
    assert name == "a.jpg"
    assert "password" in reason


def test_a_picture_that_kills_its_decoder_is_refused_and_the_others_arrive(tmp_path: Path) -> None:
    taken, refused = outcomes_of(Killer(), tmp_path)
    assert taken == ["0.jpg", "1.jpg", "2.jpg", "4.jpg"]
    assert "kills its decoder" in refused["3.jpg"]


def test_names_are_shown_without_control_characters() -> None:
    assert clean("a\x00b\x1b[31m/c\udcff.jpg") == "ab[31m/c?.jpg"
