"""Numbers with their nouns, for every text that people read."""


def noun(count: int, one: str, many: str | None = None) -> str:
    """`one` for a count of one, otherwise `many`, which is `one` with an s where it is not given."""
    return one if count == 1 else many or f"{one}s"


def counted(count: int, one: str, many: str | None = None) -> str:
    """The number and its noun: "1 mark", "2,600 marks"."""
    return f"{count:,} {noun(count, one, many)}"
