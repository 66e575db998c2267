"""An import, from its plan to its taking back: nothing is written before `run`, and `run` writes what was planned."""

from typing import TYPE_CHECKING, Any, Self

from tern_client.client import TernError

if TYPE_CHECKING:
    from tern_client.project import Project

BUSY = ("planning", "running", "undoing")


class OpenQuestions(TernError):
    """The plan asks what only a person knows; `questions` has each with its choices. Answer with `Plan.answer`."""

    def __init__(self, questions: list[dict[str, Any]]) -> None:
        told = "; ".join(
            f"{one['id']}: {one['text']} ({', '.join(choice['value'] for choice in one['choices'])})"
            for one in questions
        )
        super().__init__(409, f"The plan has open questions. {told}")
        self.questions = questions


class Plan:
    """What an import would do. `told` is the whole of it, as docs/formats.md and the API describe it."""

    def __init__(self, project: "Project", number: int) -> None:
        self.project, self.number = project, number
        self.told: dict[str, Any] = {}
        self.wait()

    @property
    def path(self) -> str:
        """Its address."""
        return f"projects/{self.project.number}/imports/{self.number}/"

    @property
    def state(self) -> str:
        """planning, asks, ready, running, done, stopped, undoing, undone or failed, as it was when last read."""
        return str(self.told["state"])

    @property
    def questions(self) -> list[dict[str, Any]]:
        """Questions that are open: `id`, `text`, `choices`."""
        return [one for one in (self.told["plan"] or {}).get("questions", ()) if one["answer"] is None]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Cells, rows and pictures that are refused, each with its place and why."""
        return list((self.told["plan"] or {}).get("errors", ()))

    @property
    def result(self) -> dict[str, Any]:
        """What it brought, after it was run."""
        return dict(self.told["result"])

    def wait(self) -> Self:
        """Wait until nothing of it is being worked on. Raises TernError when it failed."""
        self.told = self.project.wait_for(self.path, lambda one: one["state"] not in BUSY)
        if self.state in ("failed", "stopped"):
            raise TernError(409, (self.told["job"] or {}).get("error") or f"The import is {self.state}.")
        return self

    def answer(self, answers: dict[str, str] | None = None, /, **more: str) -> Self:
        """Answer questions by their ids; the plan is made anew. Raises TernError for an answer that is no choice."""
        given = {**(answers or {}), **more}
        self.project.tern.request("POST", self.path + "answers/", json={"answers": given}, idempotent=True)
        return self.wait()

    def run(self) -> Self:
        """Do what the plan says, and wait for it. Raises OpenQuestions, or TernError when the files have changed."""
        if self.state == "asks":
            raise OpenQuestions(self.questions)
        self.project.tern.request("POST", self.path + "run/", json={"hash": self.told["plan_hash"]})
        return self.wait()

    def undo(self) -> Self:
        """Take it back: marks become what they were, pictures that only it brought go to the bin."""
        self.project.tern.request("POST", self.path + "undo/")
        return self.wait()
