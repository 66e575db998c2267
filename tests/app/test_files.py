"""Pictures are served to members only, with a fixed type, never sniffed, and browsers may keep them for good."""

import io
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image as Pillow

from annotator.actions.images import NewImage, add_images, delete_images
from annotator.imports.decoding import Decoder, Taken, shelf_of
from annotator.imports.limits import limits
from annotator.imports.sources import Entry, FolderSource
from annotator.models import Image, User
from tests.pictures import picture
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
EXIF = Pillow.Exif()
EXIF[0x010F] = "Secret Camera"


@pytest.fixture
def image(harbour: World, tmp_path: Path, tern_home: Path) -> Image:
    """A picture of 2000 x 1000 pixels in the harbour, with EXIF in it."""
    from django.db import transaction

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "big.jpg").write_bytes(picture(1, "JPEG", (2000, 1000), exif=EXIF))
    decoder = Decoder(FolderSource(str(tmp_path / "in")), shelf_of(tern_home / "media"), limits())
    (taken,) = decoder.take_all([Entry('big".jpg', "big.jpg")])
    assert isinstance(taken, Taken)
    facts = taken.facts
    new = NewImage(taken.entry.name, facts.sha256, taken.original, taken.thumbnail, facts.width, facts.height, 1)
    with transaction.atomic():
        assert add_images(harbour.project.pk, [new]) == 1
    return Image.objects.get(content_hash=facts.sha256)


def address(image: Image, kind: str) -> str:
    return f"/media/{image.project_id}/{image.pk}/{kind}"


def test_the_original_comes_byte_for_byte_the_others_encoded_anew(harbour: World, image: Image, tmp_path: Path) -> None:
    client = harbour.client("annotator")
    original = client.get(address(image, "original"))
    assert original.content == (tmp_path / "in" / "big.jpg").read_bytes()
    for kind, size in ("preview", (1600, 800)), ("thumbnail", (320, 160)):
        answer = client.get(address(image, kind))
        assert Pillow.open(io.BytesIO(answer.content)).size == size
        assert b"Secret" not in answer.content
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]


def test_a_browser_that_has_it_is_told_so(harbour: World, image: Image) -> None:
    client = harbour.client("reviewer")
    for kind in ("original", "preview", "thumbnail"):
        first = client.get(address(image, kind))
        again = client.get(address(image, kind), headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(address(image, kind), headers={"If-None-Match": '"other"'}).status_code == 200


def test_strangers_and_guessed_addresses_learn_nothing(
    harbour: World, meadow: World, image: Image, outsider: User
) -> None:
    stranger = Client()
    assert stranger.get(address(image, "original")).status_code in {401, 403}
    stranger.force_login(outsider)
    assert stranger.get(address(image, "original")).status_code == 404
    inside = meadow.client("lead")
    assert inside.get(address(image, "original")).status_code == 404
    assert inside.get(f"/media/{meadow.project.pk}/{image.pk}/original").status_code == 404
    assert harbour.client("lead").get(f"/media/{harbour.project.pk}/{image.pk}/secret").status_code == 404
    delete_images(harbour.project.pk, harbour["lead"], [image.pk])
    assert harbour.client("annotator").get(address(image, "thumbnail")).status_code == 404
    assert harbour.client("lead").get(address(image, "preview")).status_code == 404
    assert harbour.client("lead").get(address(image, "thumbnail")).status_code == 200, "to see what to bring back"


def test_a_lost_thumbnail_is_made_again_and_a_lost_original_is_said(
    harbour: World, image: Image, tern_home: Path
) -> None:
    client = harbour.client("lead")
    before = client.get(address(image, "thumbnail")).content
    (tern_home / "media" / image.thumbnail).unlink()
    assert client.get(address(image, "thumbnail")).content == before
    (tern_home / "media" / image.file).unlink()
    answer = client.get(address(image, "original"))
    assert answer.status_code == 404
    assert "backup" in answer.json()["detail"]
