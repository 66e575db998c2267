"""The label view in a real browser at 10,000 images x 80 labels: frames while it scrolls, and from a key to its paint.

Needs Playwright (`requirements-dev.txt`) and Chromium. Without a graphics card the browser draws in software, which
hides what the page itself costs; the processor time of its main thread in a frame is therefore listed beside the frame
times. Other work on the machine makes frames late, but hardly changes that.
"""

import os
import shutil
import statistics
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.core.files.storage import default_storage
from PIL import Image as Picture

from annotator.actions.labels import create_label
from annotator.actions.links import make_sign_in_link
from annotator.actions.projects import create_project
from annotator.bench.api import server
from annotator.bench.scores import give_random_scores
from annotator.models import Image, Project, User
from annotator.pictures.media import THUMBNAILS, small_name
from annotator.pictures.thumbnails import THUMBNAIL_SIDE, small_copy
from fixtures.render import draw

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WINDOW = {"width": 1440, "height": 900}
DRAWN = 200
# Everything on one page, tiles as wide as they are at first.
LOOK = '{"order": "score", "perPage": 10000, "size": 168}'
# A frame at 60 a second; a timer of the browser may fire a little late without a frame being lost.
FRAME_MS, SLACK_MS = 1000 / 60, 1.0
# What a person flings at: three screens a second.
SPEED = 2_400
# What the main thread did; "all" has painting and handing over to the compositor too.
WORK = {"script": "ScriptDuration", "style": "RecalcStyleDuration", "layout": "LayoutDuration", "all": "TaskDuration"}
KEYS = {
    "move": ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"),
    "mark": ("Space",),
    "cut": ("c",),
    "range": ("Shift+ArrowDown", "Shift+ArrowUp"),
}

WATCH_FRAMES = """() => {
    const frames = (window.benchFrames = []);
    const look = (now) => { frames.push(now); window.benchRunning && requestAnimationFrame(look); };
    window.benchRunning = true;
    requestAnimationFrame(look);
}"""
FRAMES = "() => { window.benchRunning = false; return window.benchFrames; }"
# Milliseconds from each key to the frame that shows it: a message sent by that frame arrives after it was painted.
WATCH_KEYS = """() => {
    window.benchKeys = [];
    addEventListener("keydown", (event) => {
        if (["Shift", "Control", "Alt"].includes(event.key)) return;
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => window.benchKeys.push(performance.now() - event.timeStamp);
            port2.postMessage(null);
        });
    }, true);
}"""


def add_arguments(parser: ArgumentParser) -> None:
    """How much is shown, and how long it is looked at."""
    parser.add_argument("--images", type=int, default=10_000, help="Tiles on the page (default 10000).")
    parser.add_argument("--labels", type=int, default=80, help="Labels of the project (default 80).")
    parser.add_argument("--seconds", type=float, default=8.0, help="Length of each scroll (default 8).")
    parser.add_argument("--keys", type=int, default=60, help="Presses of each kind of key (default 60).")
    parser.add_argument("--trace", metavar="FILE", help="Also write the scroll's trace, for the browser's own tools.")


def run(options: dict[str, Any]) -> dict[str, float]:
    """All figures; times in milliseconds."""
    lead = User.objects.create(username="lead", is_superuser=True)
    project = seed_project(lead, options["images"], options["labels"])
    label = project.labels.order_by("column").values_list("pk", flat=True)[0]
    secret = make_sign_in_link(lead)
    figures: dict[str, float] = {"load_at_start": round(os.getloadavg()[0], 1)}
    with (
        server(["start", "--no-worker", "--no-demo", "--no-browser", "--port", "8440"]) as port,
        open_page(f"http://127.0.0.1:{port}/enter/{secret}/") as page,
    ):
        page.evaluate("([name, look]) => localStorage.setItem(name, look)", [f"tern.{lead.pk}.tiles", LOOK])
        page.goto(f"http://127.0.0.1:{port}/projects/{project.pk}/by-label/{label}")
        page.get_by_role("gridcell").first.wait_for()
        figures["ready_ms"] = round(page.evaluate("performance.now()"))
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        # Twice over the same pictures: fetched and decoded for the first time, then those that the browser has.
        figures |= scroll(page, devtools, "fresh", options["seconds"], options["trace"])
        page.locator("[data-testid=tiles]").evaluate("tiles => tiles.scrollTo({ top: 0 })")
        figures |= scroll(page, devtools, "again", options["seconds"], None)
        figures |= press_keys(page, devtools, options["keys"])
    return figures | {"load_at_end": round(os.getloadavg()[0], 1)}


def scroll(page: "Page", devtools: "CDPSession", name: str, seconds: float, trace: str | None) -> dict[str, float]:
    """Frame times of a fling that goes on for so long, and the work of the main thread in each."""
    page.locator("[data-testid=tiles]").hover()
    page.wait_for_timeout(500)
    browser = page.context.browser
    if browser and trace:
        browser.start_tracing(page=page, path=trace)
    page.evaluate(WATCH_FRAMES)
    before = work(devtools)
    place = {"x": WINDOW["width"] // 2, "y": WINDOW["height"] // 2}
    gesture = {"yDistance": -SPEED * seconds, "speed": SPEED, "gestureSourceType": "mouse"}
    devtools.send("Input.synthesizeScrollGesture", {**place, **gesture})
    after, times = work(devtools), page.evaluate(FRAMES)
    if browser and trace:
        browser.stop_tracing()
    frames = np.diff(np.array(times))
    spent = {f"{part}_a_frame_ms": round((after[part] - before[part]) * 1000 / len(frames), 2) for part in WORK}
    # Rows come by at the same speed however few frames show them: this hardly depends on how busy the machine is.
    spent["all_a_second_ms"] = round((after["all"] - before["all"]) * 1000 / seconds)
    shown = {
        "frames": len(frames),
        "p50_ms": round(float(np.median(frames)), 1),
        "p95_ms": round(float(np.quantile(frames, 0.95)), 1),
        "slowest_ms": round(float(frames.max()), 1),
        "share_in_time": round(float((frames <= FRAME_MS + SLACK_MS).mean()), 3),
    }
    return {f"scroll_{name}_{key}": value for key, value in (shown | spent).items()}


def press_keys(page: "Page", devtools: "CDPSession", count: int) -> dict[str, float]:
    """Milliseconds from a key to the frame that shows it, and the work of the main thread, for each kind of key."""
    page.evaluate(WATCH_KEYS)
    page.keyboard.press("Home")
    page.wait_for_timeout(1_000)
    figures: dict[str, float] = {}
    for name, keys in KEYS.items():
        page.evaluate("() => { window.benchKeys.length = 0; }")
        before = work(devtools)
        for number in range(count):
            page.keyboard.press(keys[number % len(keys)])
            page.wait_for_function("wanted => window.benchKeys.length >= wanted", arg=number + 1)
        after, took = work(devtools), page.evaluate("() => window.benchKeys")
        figures |= {
            f"key_{name}_p50_ms": round(statistics.median(took), 1),
            f"key_{name}_p95_ms": round(statistics.quantiles(took, n=20)[18], 1),
            f"key_{name}_script_ms": round((after["script"] - before["script"]) * 1000 / count, 2),
            f"key_{name}_all_ms": round((after["all"] - before["all"]) * 1000 / count, 2),
        }
    return figures


def work(devtools: "CDPSession") -> dict[str, float]:
    """Seconds of processor time that the page's main thread has used so far."""
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return {part: metrics[name] for part, name in WORK.items()}


@contextmanager
def open_page(address: str) -> Iterator["Page"]:
    """A window of Chromium at this address."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("TERN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("There is no Chromium: `apt-get install chromium`, or name one by TERN_CHROMIUM.")
    # Playwright's loop runs in this thread; the database is done with by then.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]
        page.goto(address)
        yield page
        browser.close()


def seed_project(lead: User, images: int, labels: int) -> Project:
    """A project with pictures of the demo's kind, each many times, and random scores."""
    project = create_project(lead, "Bench")
    columns = [create_label(project.pk, lead, f"label {number}").pk for number in range(labels)]
    hashes = [f"{row:064x}" for row in range(images)]
    sizes = put_thumbnails(hashes)
    Image.objects.bulk_create(
        Image(
            project=project, row=row, content_hash=name, group_key=name, file_name=f"{row}.jpg", file="none",
            thumbnail=small_name(THUMBNAILS, name), width=width, height=height, size_bytes=1,
        )
        for row, (name, (width, height)) in enumerate(zip(hashes, sizes, strict=True))
    )  # fmt: skip
    give_random_scores(project, columns, images)
    return project


def put_thumbnails(hashes: list[str]) -> list[tuple[int, int]]:
    """Thumbnails under these names, a few drawn pictures over and over; width and height of each."""
    root = Path(default_storage.path(""))
    drawn: list[tuple[Path, tuple[int, int]]] = []
    sizes = []
    for row, name in enumerate(hashes):
        path = root / small_name(THUMBNAILS, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if row < DRAWN:
            picture: Picture.Image = draw(row, seed=7)[0]
            drawn.append((path, picture.size))
            path.write_bytes(small_copy(picture, THUMBNAIL_SIDE))
        else:
            os.link(drawn[row % DRAWN][0], path)
        sizes.append(drawn[row % DRAWN][1])
    return sizes
