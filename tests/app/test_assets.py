"""A page that is built anew under a running server is served whole: its new files are found, the old ones are gone."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from annotator.web.assets import Assets


@pytest.fixture
def dist(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A built page of one file."""
    folder = tmp_path / "dist"
    settings.STATICFILES_DIRS = [("page", folder)]
    settings.STATIC_ROOT = None
    build(folder, "old")
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]
    yield folder
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]


def build(folder: Path, name: str) -> None:
    """As the build does: an empty folder, then files named by their content."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / f"page-{name}.js").write_text(f"// {name}")


def test_files_of_a_later_build_are_served_and_those_of_an_earlier_one_are_gone(dist: Path) -> None:
    assets = Assets(lambda request: HttpResponse(status=404))

    def get(path: str) -> tuple[int, bytes]:
        answer = assets(RequestFactory().get(f"/static/page/assets/{path}"))
        return answer.status_code, b"".join(answer)

    assert get("page-old.js") == (200, b"// old")
    assert get("page-new.js")[0] == 404
    build(dist, "new")
    assert get("page-new.js") == (200, b"// new")
    assert get("page-old.js")[0] == 404
    assert get("../../settings.py")[0] == 404
    build(dist, "old")
    assert get("page-old.js") == (200, b"// old")


def test_a_file_whose_compressed_copy_is_gone_is_served_as_it_is(dist: Path) -> None:
    page = dist / "assets" / "page-old.js"
    copy = page.with_suffix(".js.gz")
    page.write_bytes(b"// old" * 100)
    copy.write_bytes(gzip.compress(page.read_bytes()))
    assets = Assets(lambda request: HttpResponse(status=404))
    request = RequestFactory().get("/static/page/assets/page-old.js", headers={"accept-encoding": "gzip"})
    assert assets(request)["Content-Encoding"] == "gzip"
    copy.unlink()
    answer = assets(request)
    assert (answer.status_code, b"".join(answer)) == (200, page.read_bytes())


def test_files_of_the_page_are_kept_by_browsers_for_good(dist: Path) -> None:
    build(dist, "new")
    answer = Assets(HttpResponse)(RequestFactory().get("/static/page/assets/page-new.js"))
    assert "immutable" in answer["Cache-Control"]
