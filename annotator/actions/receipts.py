"""The two receipts beside the three states: *can't tell* for a cell, *checked* for an image or a label group of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from annotator.models import CantTell, Checked, Label
from annotator.news.kinds import News, ReceiptNews
from annotator.sql.quick import fetch

if TYPE_CHECKING:
    from django.db.models import QuerySet

CANT_TELL = "SELECT image_id, label_id FROM annotator_canttell WHERE image_id IN %s AND annotator_id = %s"

# [kind, image, label, group, on]
Change = list[Any]
# `label` is 0 in a checked receipt, which is of the image.
Key = tuple[str, int, int, str]


class Receipts:
    """One person's receipts on the images of a batch, changed in memory and written at once."""

    def __init__(self, project_id: int, user_id: int, now: datetime) -> None:
        self.project_id, self.user_id, self.now = project_id, user_id, now
        self.stored: set[Key] = set()
        self.present: set[Key] = set()
        self.changed: list[Change] = []

    def load(self, images: Iterable[int], *, checked: bool) -> None:
        """Read this person's receipts on these images; `checked` says whether the second kind is needed too."""
        images = list(images)
        found = fetch(CANT_TELL, images, self.user_id)
        self.stored = {("cant_tell", image, label, "") for image, label in found}
        if checked:
            seen = self._checked().filter(image_id__in=images).values_list("image_id", "group")
            self.stored |= {("checked", image, 0, group) for image, group in seen}
        self.present = set(self.stored)

    def _checked(self) -> "QuerySet[Checked]":
        """This person's receipts of today's labels: a label that came after a receipt was not looked for then."""
        living = Label.objects.filter(project_id=self.project_id, deleted_at=None)
        newest = living.aggregate(at=Max("created_at"))["at"]
        mine = Checked.objects.filter(project_id=self.project_id, annotator_id=self.user_id)
        return mine.filter(at__gte=newest) if newest else mine

    def begin(self) -> None:
        """From here on, `changed` lists what the next operation does."""
        self.changed = []

    def _set(self, key: Key, on: bool) -> bool:
        if (key in self.present) == on:
            return False
        (self.present.add if on else self.present.discard)(key)
        self.changed.append([*key, on])
        return True

    def cant_tell(self, image: int, label: int) -> bool:
        """Whether this person could not tell."""
        return ("cant_tell", image, label, "") in self.present

    def set_cant_tell(self, image: int, label: int, on: bool) -> bool:
        """Say, or take back, that this person cannot tell; False when it was so already."""
        return self._set(("cant_tell", image, label, ""), on)

    def set_checked(self, image: int, group: str, on: bool) -> bool:
        """Say, or take back, that this person looked the image (or a label group of it) through."""
        return self._set(("checked", image, 0, group), on)

    def take_back(self, changes: Iterable[Change]) -> bool:
        """Reverse what an operation did to receipts, as far as it still stands; whether anything moved."""
        moved = [self._set((kind, image, label, group), not on) for kind, image, label, group, on in changes]
        return any(moved)

    def write(self) -> None:
        """Write the difference to what was read."""
        for kind, image, label, group in self.stored - self.present:
            if kind == "checked":
                Checked.objects.filter(image_id=image, group=group, annotator_id=self.user_id).delete()
            else:
                CantTell.objects.filter(image_id=image, label_id=label, annotator_id=self.user_id).delete()
        new = self.present - self.stored
        if not new:
            return
        common = {"project_id": self.project_id, "annotator_id": self.user_id, "at": self.now}
        Checked.objects.bulk_create(
            (Checked(image_id=image, group=group, **common) for kind, image, _, group in new if kind == "checked"),
            update_conflicts=True,  # One from before a label came is there still.
            unique_fields=["image", "group", "annotator"],
            update_fields=["at"],
        )
        CantTell.objects.bulk_create(
            CantTell(image_id=image, label_id=label, **common) for kind, image, label, _ in new if kind == "cant_tell"
        )

    def news(self) -> list[News]:
        """One event for each receipt that changed."""
        return [
            ReceiptNews(self.user_id, kind, image, label or None, group, key in self.present)
            for key in sorted(self.stored ^ self.present)
            for kind, image, label, group in [key]
        ]
