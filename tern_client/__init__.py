"""Tern from a program: projects, imports by their plan, marks, training, snapshots, and a data set to train on.

    tern = Tern("http://localhost:8000", token="…")
    project = tern.make_project("Harbour")
    plan = project.plan_import(folder="pictures", table="labels.csv")
    plan.answer(zero="absent").run()
    snapshot = project.snapshot(["npz"])

Needs `httpx`; `tern_client.dataset` needs torch and Pillow besides. Neither Django nor a Tern on this machine.
"""

from tern_client.client import Tern, TernError
from tern_client.plan import OpenQuestions, Plan
from tern_client.project import Project, Snapshot

__all__ = ["OpenQuestions", "Plan", "Project", "Snapshot", "Tern", "TernError"]
