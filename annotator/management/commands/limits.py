"""`manage.py limits`: write the server's limits into the page's source."""

from typing import Any

from django.core.management.base import BaseCommand

from annotator.api.limits import typescript
from annotator.settings import ROOT

PAGE = ROOT / "frontend" / "src" / "api" / "limits.ts"


class Command(BaseCommand):
    """Write `frontend/src/api/limits.ts`."""

    help = "Write the limits that the page keeps to into frontend/src/api/limits.ts; only needed after changing one."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        PAGE.write_text(typescript())
        self.stdout.write(f"Wrote {PAGE}")
