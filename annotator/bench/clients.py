"""HTTP clients of the benchmarks: one process each, one kept connection, nothing of Django."""

import http.client
import itertools
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

Step = Callable[["Annotator"], list[float]]


@dataclass
class Annotator:
    """One signed-in person with a browser that keeps its connection."""

    host: str
    port: int
    project: int
    cookies: str
    csrf: str
    labels: list[int]
    images: list[int]

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        self.cells = itertools.product(self.images, self.labels)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[float, Any]:
        """One request to the project: seconds it took, and the answer. RuntimeError for an error status."""
        data = None if body is None else json.dumps(body)
        headers = {"Cookie": self.cookies, "X-CSRFToken": self.csrf, "Content-Type": "application/json"}
        start = time.perf_counter()
        self.connection.request(method, f"/api/projects/{self.project}/{path}", data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        took = time.perf_counter() - start
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {text[:300]!r}")
        return took, json.loads(text) if text else None

    def mark(self, image: int, label: int) -> float:
        """Save one mark; the seconds it took."""
        operation = {"id": str(uuid.uuid4()), "kind": "mark", "image": image, "label": label, "value": 1, "base": None}
        took, answer = self.ask("POST", "sync/", {"operations": [operation]})
        if answer["results"][0]["status"] != "applied":
            raise RuntimeError(f"The mark was not applied: {answer}")
        return took


def save(annotator: Annotator) -> list[float]:
    """Save one mark on the next cell of this person's own images."""
    return [annotator.mark(*next(annotator.cells))]


def ask_next(annotator: Annotator) -> list[float]:
    """Ask for the next image, as a page does that prefetches one."""
    return [annotator.ask("GET", "next/")[0]]


def loop(annotator: Annotator) -> list[float]:
    """Next image, one mark on it, and on to the following one."""
    after = getattr(annotator, "after", None)
    took, answer = annotator.ask("GET", f"next/?after={after}" if after else "next/")
    image = answer["images"][0]
    annotator.after = image["id"]  # type: ignore[attr-defined]
    unknown = [cell["label"] for cell in image["cells"] if cell["value"] == 0]
    return [took + annotator.mark(image["id"], unknown[0])]


def page_of_images(annotator: Annotator) -> list[float]:
    """A page of 30 images by the score of one label."""
    return [annotator.ask("GET", f"images/?label={annotator.labels[0]}&order=score&limit=30")[0]]


STEPS: dict[str, Step] = {"save": save, "next": ask_next, "loop": loop, "page": page_of_images}


def work(annotator: Annotator, step: str, seconds: float, barrier: Any, results: Any) -> None:
    """One client process: warm up, wait for the others, repeat the step until time is up."""
    try:
        STEPS[step](annotator)
        barrier.wait(60)
        end = time.perf_counter() + seconds
        took: list[float] = []
        while time.perf_counter() < end:
            took += STEPS[step](annotator)
        results.put((took, ""))
    except Exception as error:
        barrier.abort()
        results.put(([], repr(error)))


def at_once(annotators: list[Annotator], step: str, seconds: float) -> list[float]:
    """All of them repeat the step for so long, each in a process of its own; the seconds of every repetition."""
    context = get_context("spawn")
    barrier, results = context.Barrier(len(annotators)), context.Queue()
    arguments = [(annotator, step, seconds, barrier, results) for annotator in map(unconnected, annotators)]
    processes = [context.Process(target=work_unconnected, args=each) for each in arguments]
    for process in processes:
        process.start()
    found = [results.get(timeout=seconds + 120) for _ in processes]
    for process in processes:
        process.join()
    # A client that fails breaks the barrier for the others; what broke it comes first.
    failures = sorted((why for _, why in found if why), key=lambda why: "BrokenBarrier" in why)
    if failures:
        raise RuntimeError(f"A client failed: {failures[0]}")
    return [one for took, _ in found for one in took]


def unconnected(annotator: Annotator) -> dict[str, Any]:
    """What another process needs to be the same person."""
    names = ("host", "port", "project", "cookies", "csrf", "labels", "images")
    return {name: getattr(annotator, name) for name in names}


def work_unconnected(fields: dict[str, Any], step: str, seconds: float, barrier: Any, results: Any) -> None:
    """`work`, in the other process."""
    work(Annotator(**fields), step, seconds, barrier, results)
