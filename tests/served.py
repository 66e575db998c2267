"""A Tern as people start it, whose data folder holds a file of every kind in many sizes, and a plain client for it."""

import hashlib
import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, build_opener

import psutil

from tests.browser.tern import Tern
from tests.optional import unwrap

MEBI = 1024 * 1024
SIZES = (0, 1, MEBI - 1, MEBI, MEBI + 1, 50_000_000, 1_000_000_000)
# A small copy without bytes is no copy: it is made again.
KINDS = {
    "original": SIZES[:-1],
    "preview": SIZES[1:-1],
    "thumbnail": SIZES[1:-1],
    "snapshot": SIZES,
    "static": SIZES[:-1],
}


def sparse(path: Path, size: int) -> Path:
    """A file of holes with a few bytes that tell where they stand, one of them at its very end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
        for at in sorted({0, size // 3, MEBI - 8, MEBI, size - 16}):
            if 0 <= at <= size - 16:
                file.seek(at)
                file.write(f"{at:016x}".encode())
    return path


def digest(size: int) -> str:
    return hashlib.sha256(f"{size}".encode()).hexdigest()


def file_of(home: Path, kind: str, size: int) -> Path:
    """Where the file of this kind and size lies."""
    media, name = home / "media", digest(size)
    return {
        "original": media / "originals" / name[:2] / f"{name}.png",
        "preview": media / "previews" / name[:2] / f"{name}.jpg",
        "thumbnail": media / "thumbnails" / name[:2] / f"{name}.jpg",
        "snapshot": home / "exports" / f"{size}.npz",
        "static": home / "static" / "sizes" / f"{size}.bin",
    }[kind]


def fill() -> None:
    """Write the rows that name the files, and a model with a heat map. Runs inside `manage.py shell`."""
    import numpy as np
    from django.conf import settings
    from django.utils import timezone

    from annotator.actions.tokens import make_token
    from annotator.models import Image, Snapshot, User
    from model.storage.features import FeatureCache
    from tests.world import make_project, publish_scores

    project = make_project(images=0, labels=1)
    common = {"project": project, "thumbnail": "x", "width": 40, "height": 20, "size_bytes": 1}
    for row, size in enumerate(SIZES):
        name = digest(size)
        file = f"originals/{name[:2]}/{name}.png"
        Image.objects.create(row=row, content_hash=name, group_key=name, file_name=f"{size}.png", file=file, **common)
    files = {f"{size}.npz": {"size": size, "sha256": digest(size)} for size in SIZES}
    Snapshot.objects.create(
        project=project, number=1, directory="exports", manifest={"files": files}, finished_at=timezone.now()
    )
    version = publish_scores(project, np.zeros((1, len(SIZES))))
    np.save(settings.TERN_HOME / version.directory / "directions-1.npy", np.ones((1, 2), np.float32))
    cache = FeatureCache.create(
        settings.TERN_HOME / "cache" / "features", project.backbone, project.image_size, "0" * 8, (2, 2), 2
    )
    cache.add([digest(0)], np.arange(8, dtype=np.float32).reshape(1, 4, 2))
    images = {str(image.file_name.split(".")[0]): image.pk for image in project.images.all()}
    _, token = make_token(User.objects.get(username="owner"), "tests")
    told = {"project": project.pk, "token": token, "label": project.labels.get().pk, "images": images}
    (settings.TERN_HOME / "told.json").write_text(json.dumps(told))


class Served:
    """The running Tern, its owner's cookie, and the addresses of its files."""

    def __init__(self, tern: Tern, link: str) -> None:
        self.tern, self.home = tern, tern.home
        tern.manage("shell", "-c", "from tests.served import fill; fill()")
        self.told = json.loads((self.home / "told.json").read_text())
        jar = HTTPCookieProcessor()
        # The page itself may not be built here; the sign-in has happened by then.
        with suppress(HTTPError):
            build_opener(jar).open(link).read()
        self.cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar.cookiejar)

    def address(self, kind: str, size: int) -> str:
        """Path of a file."""
        project = self.told["project"]
        if kind == "static":
            return f"/static/sizes/{size}.bin"
        if kind == "snapshot":
            return f"/api/projects/{project}/snapshots/1/files/{size}.npz"
        return f"/media/{project}/{self.told['images'][str(size)]}/{kind}"

    def file(self, kind: str, size: int) -> Path:
        """The file behind the address."""
        return file_of(self.home, kind, size)

    @property
    def process(self) -> psutil.Process:
        """The process of the server."""
        return psutil.Process(unwrap(self.tern.process).pid)

    def line(self) -> http.client.HTTPConnection:
        """A connection to the server."""
        return http.client.HTTPConnection("127.0.0.1", self.tern.port, timeout=60)

    @contextmanager
    def ask(self, path: str, method: str = "GET", **headers: str) -> Iterator[http.client.HTTPResponse]:
        """The answer, its body unread; whatever of it is left unread is left for good."""
        connection = self.line()
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers={"Cookie": self.cookie, "Accept-Encoding": "identity", **named})
            yield connection.getresponse()
        finally:
            connection.close()

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer and its whole body."""
        with self.ask(path, method, **headers) as answer:
            return answer, answer.read()


def same(answer: http.client.HTTPResponse, file: Path, start: int = 0, each: Callable[[], object] | None = None) -> int:
    """Read the body, comparing it with the file from `start` on; its length. `each` is called after every piece."""
    buffer, taken = bytearray(MEBI), 0
    with file.open("rb") as truth:
        truth.seek(start)
        while got := answer.readinto(buffer):
            assert truth.read(got) == memoryview(buffer)[:got], f"other bytes somewhere after {taken}"
            taken += got
            if each is not None:
                each()
    return taken


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """A started Tern with all its files."""
    for kind, sizes in KINDS.items():
        for size in sizes:
            sparse(file_of(home, kind, size), size)
    tern = Tern(home, "--no-worker", "--no-build")
    try:
        yield Served(tern, tern.start())
    finally:
        tern.stop()
        print("".join(tern.said))
