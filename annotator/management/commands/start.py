"""`manage.py start`: the whole of Tern on one machine, in one command."""

import contextlib
import socket
import threading
import webbrowser
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from annotator.actions.links import make_sign_in_link
from annotator.models import User
from annotator.queries.demo import wants_demo
from annotator.start.page import PageError, build_if_stale
from annotator.start.processes import Child, Supervisor

PORTS_TO_TRY = 20
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the port, or to the next free one after it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [*range(port, min(port + PORTS_TO_TRY, 65_536)), 0]:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, candidate))
            sock.listen(2048)
            return sock
        except OSError:
            sock.close()
            if candidate == 0:
                raise
    raise AssertionError("unreachable")


def owner() -> User:
    """The person the printed link signs in: the first superuser, made on first start. Without a password."""
    found = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if found is None:
        found = User(username="owner", display_name="Owner", is_staff=True, is_superuser=True)
        found.set_unusable_password()
        found.save()
    return found


class Server(uvicorn.Server):
    """Tells once that it answers."""

    def __init__(self, config: uvicorn.Config, on_start: Any) -> None:
        super().__init__(config)
        self.on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then tell."""
        await super().startup(sockets)
        if self.started:
            self.on_start()


class Command(BaseCommand):
    """Migrate, build the page, load the demo, serve, and keep a worker running."""

    help = "Start Tern: web server and worker, with the demo when there is no project yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, where the data lies, and what to leave out."""
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: this machine only).")
        parser.add_argument("--port", type=int, default=8000, help="Port; the next free one when it is taken.")
        parser.add_argument("--data", help="Folder for all data (default: TERN_HOME, or var/ beside manage.py).")
        parser.add_argument("--no-demo", action="store_true", help="Do not load the demo into an empty database.")
        parser.add_argument("--no-build", action="store_true", help="Serve the page as it was built last.")
        parser.add_argument("--no-worker", action="store_true", help="Serve only; workers run elsewhere.")
        parser.add_argument("--no-browser", action="store_true", help="Do not open a browser.")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        """Prepare, serve until asked to stop, then stop everything."""
        # Ctrl-C is the ordinary way to stop; what ran has been stopped in order.
        with contextlib.suppress(KeyboardInterrupt):
            self.run(host, port, **options)
        self.stdout.write("Tern has stopped.")

    def run(self, host: str, port: int, **options: Any) -> None:
        """Everything between start and stop."""
        self.stdout.write(f"Tern {settings.TERN_VERSION}, data in {settings.TERN_HOME}")
        call_command("migrate", verbosity=0, interactive=False)
        if not options["no_build"]:
            self.build_page()
        sock = listen(host, port)
        self.address = f"http://{'localhost' if host in LOOPBACK else host}:{sock.getsockname()[1]}"
        self.open_browser = not options["no_browser"]
        if sock.getsockname()[1] != port:
            self.stdout.write(f"Port {port} is taken.")
        if host not in LOOPBACK and not settings.PRODUCTION:
            self.stdout.write("Listening beyond this machine: set TERN_HOSTS to the names people will use.")
        children = [] if options["no_worker"] else [Child(["work", "--watch-parent"], keep=True, gentle=True)]
        if not options["no_demo"] and wants_demo():
            self.stdout.write("Loading the demo in the background (two minutes on two cores).")
            children.append(Child(["load_demo"], keep=False))
        config = uvicorn.Config(
            "annotator.web.asgi:application", lifespan="off", log_level="warning", access_log=False,
            timeout_graceful_shutdown=5, timeout_keep_alive=65,
        )  # fmt: skip
        with Supervisor(children, self.stderr.write):
            Server(config, self.tell).run(sockets=[sock])

    def build_page(self) -> None:
        """Build the page; without it the REST interface still works, so a failure is told and not fatal."""
        try:
            build_if_stale(settings.FRONTEND_DIST.parent, self.stdout.write)
        except PageError as error:
            self.stderr.write(f"The page could not be built. {error}")

    def tell(self) -> None:
        """Print the sign-in link, now that it works."""
        # The event loop runs in this thread, where Django refuses queries.
        threading.Thread(target=self.tell_link).start()

    def tell_link(self) -> None:
        """One link for one use; the next start prints another."""
        link = f"{self.address}/enter/{make_sign_in_link(owner())}/"
        self.stdout.write(f"Tern is ready. Sign in once with\n  {link}\nStop with Ctrl-C.")
        self.stdout.flush()
        if self.open_browser:
            webbrowser.open(link)
