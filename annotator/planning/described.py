"""A plan in lines for a terminal."""

from collections.abc import Iterator
from typing import Any

from annotator.words import counted

LINES_SHOWN = 20


def described(plan: dict[str, Any]) -> Iterator[str]:
    """What would happen, what was understood, what is open."""
    pictures, table, told = plan["pictures"], plan["table"], plan["consequences"]
    yield (
        f"Pictures: {pictures['new']:,} new, {pictures['known']:,} here already, {pictures['bin']:,} in the bin, "
        f"{pictures['refused']:,} refused."
    )
    if table:
        yield (
            f"Table {table['name']}: profile {table['profile']}, pictures named by {table['picture_column']!r}, "
            f"{table['matched']:,} of {table['pictures']:,} found."
        )
        yield from (f"  column {one['name']!r}: {one['role']}" for one in table["columns"][:LINES_SHOWN])
        yield from (
            f"  {one['text']!r} ({one['count']:,}) means {one['means']}" for one in table["legend"][:LINES_SHOWN]
        )
    yield from (f"Note: {note}" for note in plan["notes"])
    for label in plan["new_labels"][:LINES_SHOWN]:
        like = f" (resembles {', '.join(map(repr, label['like']))})" if label["like"] else ""
        yield f"New label {label['name']!r}{like}"
    if told:
        yield (
            f"Cells: {told['present']:,} become present, {told['absent']:,} absent, {told['cant_tell']:,} can't tell; "
            f"{told['unknown']:,} stay unknown, {told['same']:,} are so already, {told['kept']:,} stay as people said."
        )
    yield from problems(plan)
    for one in plan["questions"]:
        choices = " | ".join(choice["value"] for choice in one["choices"])
        held = "OPEN" if one["answer"] is None else f"holds: {one['answer']}"
        yield f"Question {one['id']} ({held}): {one['text']} ({choices})"


def problems(plan: dict[str, Any]) -> Iterator[str]:
    """Files, lines and cells that do not come in."""
    for error in plan["errors"][:LINES_SHOWN]:
        yield f"{error['file']}{':' + str(error['line']) if error['line'] else ''}: {error['message']}"
    if (more := plan["errors_total"] - LINES_SHOWN) > 0:
        yield f"… and {counted(more, 'more file, line or cell', 'more files, lines or cells')}."
