"""Which function does which kind of job, and in which lane it waits.

    @job("import")
    def import_images(context: JobContext) -> None:
        for done, file in enumerate(files):
            context.check()                      # raises when cancelled or when another worker took over
            context.progress("copy", 100 * done / len(files), f"{done} of {len(files)}")
        context.result = {"images_new": len(files)}

A handler may run again after a death, so each of its steps must be safe to repeat. `annotator.worker.handlers` names
the modules that hold handlers; it is read when Django starts.
"""

from collections.abc import Callable

from annotator.jobs.context import JobContext

Handler = Callable[[JobContext], None]

# Lanes never wait for each other: a long import must not keep a retrain waiting, nor a long training a new label.
TRAINING, SCORING, TRANSFER, MARKS = "training", "scoring", "transfer", "marks"
LANES = (TRAINING, SCORING, TRANSFER, MARKS)
LANE_OF_KIND = {
    "train": TRAINING,
    "score": SCORING,
    "preview": SCORING,
    "import": TRANSFER,
    "export": TRANSFER,
    "close": MARKS,
}

_handlers: dict[str, Handler] = {}


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register the decorated function as the one that does jobs of this kind; two for one kind is an error."""

    def register(handler: Handler) -> Handler:
        if kind not in LANE_OF_KIND:
            raise ValueError(f"Job kind {kind!r} has no lane; add it to LANE_OF_KIND.")
        if _handlers.get(kind, handler).__module__ != handler.__module__:
            raise ValueError(f"Job kind {kind!r} is done by both {_handlers[kind]} and {handler}.")
        _handlers[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> Handler:
    """The function for this kind of job; KeyError with the known kinds when there is none."""
    try:
        return _handlers[kind]
    except KeyError:
        raise KeyError(f"No handler for jobs of kind {kind!r}; known are {', '.join(sorted(_handlers))}.") from None
