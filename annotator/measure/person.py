"""A simulated annotator who takes images from the real queue and answers truly, through the real sync."""

import uuid

import numpy as np

from annotator.actions.ask import Request, next_images
from annotator.actions.marks import sync
from annotator.actions.operations import parse
from annotator.measure.truth import Truth
from annotator.models import User


def answer(truth: Truth, user: User, marks: int, per_image: int) -> int:
    """Answer `marks` unknown cells, of each image the `per_image` whose suggestion is least sure; how many were made.

    Held-out images are passed over, as if they were not in the project.
    """
    passed = set(truth.image_ids[truth.held].tolist())
    made = 0
    while made < marks:
        found = next_images(truth.project, user.pk, Request("informative", exclude=passed))
        if not found["images"]:
            return made
        image = found["images"][0]
        cells = [cell for cell in image["cells"] if cell["value"] == 0 and cell["label"] in truth.label_ids]
        cells.sort(key=lambda cell: abs((0.5 if cell["score"] is None else cell["score"]) - 0.5))
        chosen = cells[: min(per_image, marks - made)]
        made += tell(truth, user, image["id"], chosen)
        # A person moves on; the queue may come back to this image later in another sitting.
        passed.add(image["id"])
    return made


def tell(truth: Truth, user: User, image: int, cells: list[dict]) -> int:
    """Mark these cells truly, in one batch; how many were applied."""
    operations = [
        {
            "id": str(uuid.uuid4()),
            "kind": "mark",
            "image": image,
            "label": cell["label"],
            "value": truth.value(image, cell["label"]),
            "base": cell["version"],
        }
        for cell in cells
    ]
    results = sync(truth.project.pk, user.pk, parse({"operations": operations}))["results"]
    return int(np.sum([result["status"] == "applied" for result in results]))
