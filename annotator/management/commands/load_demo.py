"""Make the demo project: `manage.py load_demo [--count 400]`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.actions.demo import PICTURES, SEED, load_demo
from annotator.errors import TernError


class Command(BaseCommand):
    """Draws pictures, takes them in, and prints how to sign in; suggestions follow from the worker."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many pictures, and which."""
        parser.add_argument("--count", type=int, default=PICTURES, help=f"how many pictures (default {PICTURES})")
        parser.add_argument("--seed", type=int, default=SEED, help=f"another seed draws others (default {SEED})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or say why not."""
        try:
            made = load_demo(self.stdout.write, options["count"], options["seed"])
        except TernError as error:
            raise CommandError(error.detail) from error
        names = ", ".join(f"{user.username} ({member})" for user, member in self.roles(made.project))
        self.stdout.write(f"The demo is ready. Sign in as {names} with the password {made.password}")

    def roles(self, project: Any) -> list[tuple[Any, str]]:
        """People of the project with their roles, the lead first."""
        members = project.members.select_related("user").order_by("-role", "user__username")
        return sorted(((member.user, member.role) for member in members), key=lambda pair: pair[1] != "lead")
