"""The line to a Tern: one request at a time, errors in the server's own words."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from tern_client.project import Project

TRIES = 4
PAUSE_SECONDS = 0.5
POLL_SECONDS = 0.5
# A plan of a large table is read in the background, so no answer takes long; an upload may.
TIMEOUT = httpx.Timeout(60, write=600)
AGAIN = (502, 503, 504)


class TernError(Exception):
    """The server refused; `status` is the HTTP status, `fields` names what was wrong with each field."""

    def __init__(self, status: int, text: str, fields: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.status, self.fields = status, fields or {}


class Tern:
    """A Tern at an address, for whoever made the token (under their name, *Tokens*). Use it in a `with` or close it."""

    def __init__(self, address: str, token: str) -> None:
        self.http = httpx.Client(
            base_url=address.rstrip("/") + "/api/",
            headers={"Authorization": f"Token {token}", "Accept": "application/json"},
            timeout=TIMEOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the connections."""
        self.http.close()

    def request(self, method: str, path: str, **options: Any) -> Any:
        """The JSON answer of an address below `/api/`, None when it has none.

        Reading is tried again when the line breaks or the server is just starting; writing is not, unless it says by
        `Idempotent` in its options that doing it twice is doing it once. Raises TernError, httpx.HTTPError.
        """
        again = options.pop("idempotent", method == "GET")
        for number in range(TRIES):
            last = number == TRIES - 1 or not again
            try:
                answer = self.http.request(method, path, **options)
            except httpx.TransportError:
                if last:
                    raise
            else:
                if answer.status_code not in AGAIN or last:
                    return self._read(answer)
            time.sleep(PAUSE_SECONDS * 2**number)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _read(answer: httpx.Response) -> Any:
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            told = answer.json()
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        text = told.get("detail") or f"{answer.status_code} {answer.reason_phrase}"
        raise TernError(answer.status_code, str(text), told.get("fields"))

    def get(self, path: str, **query: Any) -> Any:
        """The answer of reading an address."""
        return self.request("GET", path, params=query)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list that comes in pages."""
        found = self.get(path, **query)
        while True:
            yield from found["results"]
            if not found["next"]:
                return
            found = self.get(found["next"])

    def download(self, path: str, to: Path) -> Path:
        """Fetch a file, going on where an earlier try broke off. The file has its name only when it is whole."""
        part = to.with_name(to.name + ".part")
        for number in range(TRIES):
            begun = part.stat().st_size if part.exists() else 0
            headers = {"Range": f"bytes={begun}-"} if begun else {}
            try:
                with self.http.stream("GET", path, headers=headers) as answer:
                    if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                        break  # All of it was here already.
                    if not answer.is_success:
                        answer.read()
                        self._read(answer)
                    resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
                    with part.open("ab" if resumed else "wb") as file:
                        for piece in answer.iter_bytes():
                            file.write(piece)
                break
            except httpx.TransportError:
                if number == TRIES - 1:
                    raise
                time.sleep(PAUSE_SECONDS * 2**number)
        part.replace(to)
        return to

    def projects(self) -> list["Project"]:
        """Projects that you may see."""
        return [self._project(row) for row in self.get("projects/")]

    def project(self, number: int) -> "Project":
        """The project of this number. Raises TernError."""
        return self._project(self.get(f"projects/{number}/"))

    def make_project(self, name: str, **settings: Any) -> "Project":
        """A new project of which you are the lead; `settings` as the API has them. Raises TernError."""
        return self._project(self.request("POST", "projects/", json={"name": name, **settings}))

    def _project(self, told: dict[str, Any]) -> "Project":
        # Here and not above: the two modules need each other.
        from tern_client.project import Project

        return Project(self, told["id"], told["name"])
