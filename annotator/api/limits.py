"""What the page has to know before it asks anything; `manage.py limits` writes it into `frontend/src/api/limits.ts`.

Whatever belongs to a project or may differ between installations is sent with the answers instead.
"""

import json
from typing import Any

from annotator import limits
from annotator.live.socket import FORBIDDEN
from model.active.queue import DRAWN, MOST_TILES

HEAD = "/** Limits that the server keeps to: written by `python3 manage.py limits`, from `annotator/api/limits.py`. */"
OF_THE_PAGE: dict[str, Any] = {
    "daysToTakeBack": limits.DAYS_TO_TAKE_BACK,
    "reasonLetters": limits.REASON,
    "actCells": limits.ACT_CELLS,
    "after": limits.AFTER,
    "operationsAtOnce": limits.OPERATIONS_AT_ONCE,
    "imagesAhead": limits.IMAGES_AHEAD,
    "imagesExcluded": limits.IMAGES_EXCLUDED,
    "imagesAtOnce": limits.IMAGES_AT_ONCE,
    "previewBest": limits.PREVIEW_BEST,
    "leastImageSize": limits.IMAGE_SIZE.least,
    "mostImageSize": limits.IMAGE_SIZE.most,
    "mostTilesSuggested": MOST_TILES,
    "drawnTiles": DRAWN,
    "colours": limits.COLOURS,
    "socketForbidden": FORBIDDEN,
}


def typescript() -> str:
    """The module for the page."""
    lines = [f"  {name}: {json.dumps(value)}," for name, value in OF_THE_PAGE.items()]
    return "\n".join([HEAD, "export const LIMITS = {", *lines, "} as const;", ""])
