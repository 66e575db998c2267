"""From known marks to weights: cells, choices, fit, and scores of known marks out of fold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from model.arrays import F32, I8, Bool
from model.storage.durable import write_json
from model.storage.run import Run
from model.tern.blend import Cells, cells_to_blend
from model.tern.calibrate import names_calibration
from model.tern.features import Lens, Pictures, plain_vectors, raw_zero_shot, settle, vectors_of_cells
from model.tern.fitting import GRID, QUICK_GRID, Choices, Problem, by_label, choose, fit, folds_of, newest, out_of_fold
from model.tern.links import no_links
from model.tern.solver import Penalty, Solution, start
from model.tern.weights import Weights
from model.training.judge import OutOfFold
from model.training.work import Work

# A basis made from fewer pictures than a quarter of today's is made again.
BASIS_GROWTH = 4
# A quick refit chooses again once so many times the marks are known that the last choice was made from.
CHOICE_GROWTH = 2
GRIDS = {"full": GRID, "deep": GRID, "quick": QUICK_GRID}


@dataclass
class Learnt:
    """Weights (not calibrated yet), and the known cells they were fitted to with their out-of-fold logits."""

    weights: Weights
    held: OutOfFold
    pictures: Pictures


def learn(work: Work, attempt: Path) -> Learnt:
    """Choose and fit on the known marks of pictures that have features."""
    run, old, valid = work.run, work.previous, work.valid
    images = int(valid.sum())
    keep = old is not None and images <= BASIS_GROWTH * int(old.facts.get("basis_images", 0))
    closer = run.config.level == "deep" or (old is not None and old.two_sizes)
    pictures, basis = work.pictures(old.basis if keep and old else None, closer)
    basis_images = old.facts["basis_images"] if keep and old else images
    marks = run.marks[valid] if run.config.level != "prior" else np.zeros_like(run.marks[valid])
    selection = selected_before(run, marks, old, attempt)
    raw = raw_zero_shot(pictures.evidence, work.prior, work.reading)
    lens = settle(pictures.sample(), raw, work.reading, basis, selection.named())
    work.progress.line("fit", 0, 3, "collecting known marks")
    problem = collect(work, pictures, lens, lens.zero_shot(raw), marks)
    work.watch.check()
    warm = warm_start(run, old if keep else None, basis.shape[1])
    if selection.choices is None:
        work.progress.line("fit", 1, 3, f"choosing how to learn from {len(problem.known)} known marks")
        selection = selected(work, problem, pictures, selection)
        lens = settle(pictures.sample(), raw, work.reading, basis, selection.named())
        write_json(attempt / "choices.json", selection.as_dict(run))
    work.progress.line("fit", 2, 3, f"fitting {len(problem.known)} known marks")
    solution = fit(problem, selection.choices or [], warm)
    held = out_of_fold(problem, selection.choices or [], solution, work.watch.check)
    solution = replace(solution, factor=None)
    facts: dict[str, Any] = {"basis_images": basis_images, "known": int((marks != 0).sum()), "views": closer}
    facts |= {"prior": work.prior.name, **selection.as_dict(run)}
    labels = [(label.id, label.names) for label in run.labels]
    untold = names_calibration(len(labels)), no_links(len(labels))
    weights = Weights(labels, *work.made_by, basis, lens, work.reading, solution, *untold, facts)
    image = np.flatnonzero(valid)[problem.known.image]
    return Learnt(weights, OutOfFold(image, problem.known.label, problem.known.value, held), pictures)


def collect(work: Work, pictures: Pictures, lens: Lens, z: F32, marks: I8) -> Problem:
    """Features of the known cells that are fitted and of the cells that may be blended, among the valid pictures."""
    grid, labels, seed = work.cache.grid, marks.shape[1], work.run.config.seed
    image, label = np.nonzero(marks)
    used = [mine[newest(marks[image[mine], label[mine]])] for mine in by_label(label, labels)] if labels else []
    keep = np.sort(np.concatenate([np.zeros(0, np.int64), *used]))
    known = image[keep], label[keep]
    unknown = cells_to_blend(marks, np.random.default_rng(seed))
    both = np.concatenate([known[0], unknown[0]]), np.concatenate([known[1], unknown[1]])
    order = np.argsort(both[0], kind="stable")
    x, quadrant = np.zeros((len(order), lens.guide.shape[1]), np.float32), np.zeros(len(order), np.int8)
    x[order], quadrant[order] = vectors_of_cells(pictures, lens, both[0][order], both[1][order], grid)
    everything = Cells(*both, x, z[both], quadrant, marks[both])
    count = len(keep)
    fold = folds_of(work.run.groups[work.valid], seed)
    return Problem(
        everything.take(np.arange(count)),
        everything.take(np.arange(count, len(order))),
        labels,
        fold[known[0]],
        seed,
    )


@dataclass
class Selection:
    """One choice a label (None: still to be chosen), the one for labels to come, and known marks it was made from."""

    choices: list[Choices] | None
    shared: Choices
    chosen_at: int

    def named(self) -> Bool | None:
        """Whose names are believed [C]; None while that is still to be chosen."""
        return None if self.choices is None else np.array([choice.named for choice in self.choices], bool)

    def as_dict(self, run: Run) -> dict[str, Any]:
        """For the weights' facts and for a resumed attempt."""
        each = {str(label.id): choice.as_dict() for label, choice in zip(run.labels, self.choices or [], strict=True)}
        return {"choices": self.shared.as_dict(), "by_label": each, "chosen_at": self.chosen_at}


def selected_before(run: Run, marks: I8, old: Weights | None, attempt: Path) -> Selection:
    """Choices left by an earlier attempt, or the previous version's (quick), or none yet."""
    known = int((marks != 0).sum())
    fixed = {key: value for key, value in run.config.overrides.items() if key in Choices.__dataclass_fields__}
    left = attempt / "choices.json"
    facts = json.loads(left.read_text()) if left.exists() else None
    if facts is None and run.config.level == "quick" and old is not None and "chosen_at" in old.facts:
        facts = old.facts if known < CHOICE_GROWTH * max(1, old.facts["chosen_at"]) else None
    if facts is None and run.config.level in GRIDS and known:
        return Selection(None, replace(Choices(), **fixed), known)
    facts = facts or {"choices": {}, "by_label": {}, "chosen_at": 0}
    shared = replace(Choices(**facts["choices"]), **fixed)
    each = [replace(Choices(**facts["by_label"].get(str(label.id), asdict(shared))), **fixed) for label in run.labels]
    return Selection(each, shared, facts["chosen_at"])


def selected(work: Work, problem: Problem, pictures: Pictures, selection: Selection) -> Selection:
    """The selection with choices by out-of-fold loss; fixed overrides stand."""
    fixed = {key: value for key, value in work.run.config.overrides.items() if key in Choices.__dataclass_fields__}
    centre = pictures.centre()
    problem.plain = plain_vectors(pictures, problem.known.image, centre)
    problem.plain_unknown = plain_vectors(pictures, problem.unknown.image, centre)
    grid = list(dict.fromkeys(replace(choice, **fixed) for choice in GRIDS[work.run.config.level]))
    found = choose(problem, work.watch.check, grid, "blend" not in fixed)
    return replace(selection, choices=found.labels, shared=found.shared)


def warm_start(run: Run, old: Weights | None, width: int) -> Solution | None:
    """The previous solution in today's order of labels; new labels begin at the shared values."""
    if old is None or old.solution.w.shape[1] != width:
        return None
    begin = start(len(run.labels), width, Penalty(old.solution.b.new_ones(len(run.labels))))
    begin.b[:], begin.s[:] = old.solution.b0, old.solution.s0
    rows = {number: row for row, (number, _) in enumerate(old.labels)}
    for row, label in enumerate(run.labels):
        if label.id in rows:
            begin.w[row] = old.solution.w[rows[label.id]]
            begin.b[row] = old.solution.b[rows[label.id]]
            begin.s[row] = old.solution.s[rows[label.id]]
    return replace(begin, b0=old.solution.b0, s0=old.solution.s0)
