"""What an action or a query may refuse with. The API turns each into a status and a JSON body."""


class TernError(Exception):
    """A refusal that a person can act on: `detail` says what was wrong and how to fix it."""

    code = "invalid"
    status = 400

    def __init__(self, detail: str, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class Invalid(TernError):
    """The request itself is wrong; `fields` names the entries."""


class Forbidden(TernError):
    """This role may not do that."""

    code = "forbidden"
    status = 403


class NotFound(TernError):
    """There is no such thing, or this person may not know of it."""

    code = "not_found"
    status = 404


class Conflict(TernError):
    """The state has moved on: read it again, then decide."""

    code = "conflict"
    status = 409
