"""Pictures, served to members only: fixed type, never sniffed, kept by browsers for good (content never changes)."""

import threading
from pathlib import Path

from django.core.files.storage import default_storage
from django.http import HttpResponse, HttpResponseBase
from django.urls import path
from django.utils.http import content_disposition_header, quote_etag
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from annotator.api.base import ProjectView
from annotator.errors import NotFound
from annotator.imports.limits import limits
from annotator.models import Image
from annotator.pictures.media import PREVIEWS, THUMBNAILS, Shelf, small_name
from annotator.pictures.thumbnails import CONTENT_TYPE, PREVIEW_SIDE, THUMBNAIL_SIDE, small_copy
from annotator.pictures.uploads import CONTENT_TYPES, Refused, open_image
from annotator.policy import Action, allows
from annotator.serving.filebody import answer_with, open_sized
from annotator.serving.ranges import has_it

FOR_GOOD = "private, max-age=31536000, immutable"
# Decoding the largest allowed picture takes some 200 MB: so many at a time.
MAKING = threading.BoundedSemaphore(2)


def send_file(
    request: Request, path: Path, content_type: str, tag: str, download_as: str | None = None
) -> HttpResponseBase:
    """The file or the part asked for; 304 when the browser has it. `tag` is its ETag: the content never changes."""
    etag = quote_etag(tag)
    if has_it(request.META, etag):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = contents(request, path, etag)
        if response.status_code < 300:
            response["Content-Type"] = content_type
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Disposition"] = content_disposition_header(bool(download_as), download_as or path.name) or ""
    response["ETag"] = etag
    response["Cache-Control"] = FOR_GOOD
    return response


def contents(request: Request, path: Path, etag: str) -> HttpResponseBase:
    """200 or 206 with the bytes asked for. NotFound without the file, and 416 where it has no such bytes."""
    try:
        file, size = open_sized(path)
    except FileNotFoundError as error:
        raise NotFound("The file is gone from the server. Restore it from a backup, or import it again.") from error
    return answer_with(file, size, request.META, etag)


def smaller(image: Image, kind: str, side: int) -> Path:
    """The image's thumbnail or preview, made now when it is not there. NotFound when the original cannot be read."""
    shelf = Shelf(Path(default_storage.path("")))
    name = small_name(kind, image.content_hash)
    if not shelf.has(name):
        try:
            with MAKING:
                opened, _ = open_image(shelf.path(image.file).read_bytes(), limits())
                shelf.put(name, small_copy(opened, side))
        except (FileNotFoundError, Refused) as error:
            raise NotFound(f"The picture cannot be shown: {error}") from error
    return shelf.path(name)


class Picture(ProjectView):
    """One file of an image."""

    rules = {"GET": Action.VIEW}
    needs_version = False
    pagination_class = None

    def image(self, pk: int, *, deleted: bool = False) -> Image:
        """The image, if it is of this project and not deleted; with `deleted` also one that is."""
        image = Image.objects.filter(project=self.project, pk=pk).first()
        if image is None or (image.deleted_at is not None and not deleted):
            raise NotFound(f"This project has no image {pk}.")
        return image


class Original(Picture):
    """What was imported, byte for byte."""

    @extend_schema(exclude=True)
    def get(self, request: Request, project: int, image: int) -> HttpResponseBase:
        """The original."""
        found = self.image(image)
        file = Path(default_storage.path(found.file))
        return send_file(request, file, CONTENT_TYPES[file.suffix], found.content_hash)


class Preview(Picture):
    """At most 1600 pixels a side, encoded anew."""

    @extend_schema(exclude=True)
    def get(self, request: Request, project: int, image: int) -> HttpResponseBase:
        """The preview."""
        found = self.image(image)
        return send_file(request, smaller(found, PREVIEWS, PREVIEW_SIDE), CONTENT_TYPE, f"{found.content_hash}-preview")


class Thumbnail(Picture):
    """At most 320 pixels a side, encoded anew."""

    @extend_schema(exclude=True)
    def get(self, request: Request, project: int, image: int) -> HttpResponseBase:
        """The thumbnail. Whoever may bring a deleted picture back sees by it which one that is."""
        found = self.image(image, deleted=allows(self.role, Action.DELETE))
        file = smaller(found, THUMBNAILS, THUMBNAIL_SIDE)
        return send_file(request, file, CONTENT_TYPE, f"{found.content_hash}-thumbnail")


urlpatterns = [
    path("<id:project>/<id:image>/original", Original.as_view(), name="original"),
    path("<id:project>/<id:image>/preview", Preview.as_view(), name="preview"),
    path("<id:project>/<id:image>/thumbnail", Thumbnail.as_view(), name="thumbnail"),
]
