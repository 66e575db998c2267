"""What closing all labels states against what it would really miss: a person who answers truly works to the proposal.

Pages of the label view one after the other, through the functions behind the API; a quick training in between, whose
version goes live unless it is judged worse (`not_live_by_itself` counts those). `--data DIR` holds `photos/voc20.csv`;
seed 0 is its whole training part, others are random four fifths. Besides each statement: the one that would be made
had the probabilities before marks not been kept.
"""

import sys
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from annotator.actions.marks import sync
from annotator.actions.operations import parse
from annotator.bench.retrain import make_project, read_table
from annotator.measure.truth import score, train
from annotator.measure.words import WORDS
from annotator.models import MarkEvent, Project, User
from annotator.queries.closing import Statement, statement
from annotator.queries.labelpage import label_page, label_to_open
from annotator.queries.state import forget_states, state_of
from annotator.trainer.process import dismiss_all
from model.bench.effort.gestures import work_on_page

SHARE = 0.8


def add_arguments(parser: ArgumentParser) -> None:
    """Which photographs, how many draws, and how often the model is trained."""
    parser.add_argument("--data", type=Path, required=True, help="folder with photos/voc20.csv")
    parser.add_argument("--cache", type=Path, help="feature cache, as `<backbone>-<size>-<weights>` folders")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--every", type=int, default=3, help="pages between two trainings")
    parser.add_argument(
        "--pages", type=int, default=1000, help="stop after so many pages though closing is not proposed"
    )


def run(options: dict[str, Any]) -> dict[str, Any]:
    """One project a draw; the figures are means, `runs` has each."""
    names, rows = read_table(options["data"] / "photos" / "voc20.csv")
    home = Path(settings.TERN_HOME)
    for folder, target in (("media/photos", options["data"] / "photos"), ("cache/features", options["cache"])):
        if target:
            (home / folder).parent.mkdir(parents=True, exist_ok=True)
            (home / folder).symlink_to(target.resolve())
    person = User.objects.create(username="bench")
    runs = []
    try:
        for seed in range(options["first_seed"], options["first_seed"] + options["seeds"]):
            runs.append({"seed": seed} | finish(person, names, draw(rows, seed), options))
    finally:
        dismiss_all()
    keys = [key for key in runs[0] if key != "seed"]
    return {key: round(float(np.mean([one[key] for one in runs])), 3) for key in keys} | {"runs": runs}


def draw(rows: list[tuple[str, list[int]]], seed: int) -> list[tuple[str, list[int]]]:
    """All rows for seed 0, else a random share of them."""
    if seed == 0:
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), round(SHARE * len(rows)), replace=False)
    return [rows[at] for at in sorted(chosen.tolist())]


def finish(
    person: User, names: list[str], rows: list[tuple[str, list[int]]], options: dict[str, Any]
) -> dict[str, Any]:
    """Work until closing is proposed; what was stated then, what is really left, and the actions it took."""
    words = [WORDS.get(name, name) for name in names]
    project = make_project(person, words, rows, len(rows), len(words), 0.0)
    truth = np.array([values for _, values in rows], np.int8)
    positives = int((truth == 1).sum())
    score(project)
    actions = stayed = 0
    for page in range(1, options["pages"] + 1):
        actions += work(project, person, truth)
        if page % options["every"]:
            continue
        made = train(project, "quick")
        project.refresh_from_db()
        stayed += project.live_version_id != made.pk
        project = Project.objects.select_related("live_version").get(pk=project.pk)
        told, cells = statement(project, person.pk)
        missed = int((truth[cells.unknown] == 1).sum())
        figures = {
            "pages": page,
            "actions": actions + 2,
            "not_live_by_itself": stayed,
            "of_ticking": round((actions + 2) / (positives + len(truth)), 3),
        }
        figures |= {"recall": round(1 - missed / positives, 4), "missed": missed, "proposed": float(told.propose)}
        figures |= stated("stated", told, missed) | stated("stated_without", without(project, person), missed)
        sys.stdout.write(f"{figures}\n")
        sys.stdout.flush()
        if told.propose or told.cells == 0:
            break
    Project.objects.filter(pk=project.pk).update(deleted_at=timezone.now())
    return figures


def without(project: Project, person: User) -> Statement:
    """The statement that would be made had no mark kept the probability of its cell."""
    with transaction.atomic():
        MarkEvent.objects.filter(project=project).update(probability=None)
        forget_states()
        told, _ = statement(project, person.pk)
        transaction.set_rollback(True)
    forget_states()
    return told


def stated(name: str, told: Statement, missed: int) -> dict[str, float]:
    """The number of a statement, and whether its interval holds what was missed."""
    if told.missed is None:
        return {name: 0.0, f"{name}_holds": 1.0}
    held = told.missed.low <= missed <= told.missed.high
    return {name: round(told.missed.value, 1), f"{name}_holds": float(held)}


def work(project: Project, person: User, truth: NDArray[np.int8]) -> int:
    """One page answered truly; the actions it took."""
    project.refresh_from_db()
    plan = label_to_open(project, person.pk)
    page = label_page(project, person.pk, plan["label"], "score", plan["size"], exclude_marked=True)
    state = state_of(project)
    column = state.column_of[plan["label"]]
    present = [bool(truth[state.row_of[tile["image"]], column] == 1) for tile in page["tiles"]]
    cells = [
        {"image": tile["image"], "label": plan["label"], "value": 1 if yes else -1, "base": tile["version"]}
        for tile, yes in zip(page["tiles"], present, strict=True)
    ]
    operation = {"id": str(uuid.uuid4()), "kind": "page", "cells": cells}
    (answer,) = sync(project.pk, person.pk, parse({"operations": [operation]}))["results"]
    if answer["status"] != "applied":
        raise RuntimeError(f"The page was not applied: {answer['detail']}")
    gestures = work_on_page(present, page["cut"])
    # While only the name is known no tile is absent beforehand. Committing at a tile says it of those after it; where
    # the line stands before the first tile, one key has to.
    unsaid = not page["absent_suggested"] and gestures[-1].kind == "commit" and gestures[-1].first == 0
    return sum(gesture.actions for gesture in gestures) + unsaid
