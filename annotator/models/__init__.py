"""Tables and constraints. Only `annotator.actions` writes to them; `annotator.queries` reads."""

from .event import Event
from .image import Image, Lease
from .imports import Import, ImportedImage
from .job import Job, TrainingRun
from .label import Label, LabelRevision
from .mark import CantTell, Checked, Mark, MarkEvent, Operation, Skip, Source
from .people import ApiToken, Member, Role, SignInLink, User
from .project import Project
from .snapshot import Snapshot
from .version import AuditQuestion, ModelVersion

__all__ = [
    "ApiToken",
    "AuditQuestion",
    "CantTell",
    "Checked",
    "Event",
    "Image",
    "Import",
    "ImportedImage",
    "Job",
    "Label",
    "LabelRevision",
    "Lease",
    "Mark",
    "MarkEvent",
    "Member",
    "ModelVersion",
    "Operation",
    "Project",
    "Role",
    "SignInLink",
    "Skip",
    "Snapshot",
    "Source",
    "TrainingRun",
    "User",
]
