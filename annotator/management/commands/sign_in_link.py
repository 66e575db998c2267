"""`manage.py sign_in_link [PERSON]`: a fresh link for somebody who cannot come in any more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.actions.links import SIGN_IN_LINK_HOURS, make_sign_in_link
from annotator.models import User


class Command(BaseCommand):
    """Print a one-time link; whoever may run this may be anybody."""

    help = "Print a link that signs a person in once; without a name, the owner (the first superuser)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and where Tern is found."""
        parser.add_argument("person", nargs="?", help="User name (default: the owner).")
        parser.add_argument("--address", default="http://localhost:8000", help="Where people find Tern.")

    def handle(self, *args: Any, person: str | None, address: str, **options: Any) -> None:
        """Make the link and print it."""
        living = User.objects.filter(is_active=True).order_by("pk")
        found = living.filter(username__iexact=person) if person else living.filter(is_superuser=True)
        user = found.first()
        if user is None:
            said = f"There is no open account {person!r}." if person else "There is no owner yet: 'start' makes one."
            raise CommandError(said)
        link = f"{address.rstrip('/')}/enter/{make_sign_in_link(user)}/"
        self.stdout.write(f"Signs {user} in once, within {SIGN_IN_LINK_HOURS} hours:\n  {link}")
