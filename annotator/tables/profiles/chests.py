"""Radiographs: CheXpert and MIMIC-CXR, NIH ChestX-ray14; and Open Images, whose lines also say who looked."""

from annotator.formats.chexpert import OWN_COLUMNS
from annotator.tables.labels import tidy
from annotator.tables.parts import Block, Claims, Grid, Source
from annotator.tables.profiles.base import LISTS, Answers, Profile, Telling, grid_of, has_columns
from annotator.tables.profiles.shapes import lists, names_of, rows_of_pictures, tell_details

FINDINGS = {
    "no finding", "enlarged cardiomediastinum", "cardiomegaly", "lung opacity", "lung lesion", "edema", "consolidation",
    "pneumonia", "atelectasis", "pneumothorax", "pleural effusion", "pleural other", "fracture", "support devices",
    "airspace opacity",
}  # fmt: skip
CHEXPERT_LEGEND = {"1": "present", "0": "absent", "-1": "cant_tell"}
GROUPS = {"patient id", "subject_id", "patientid", "study_id"}


def has_own_columns(grid: Grid) -> bool:
    """Whether the table begins with the columns that CheXpert has before its findings."""
    return tuple(grid.names[: len(OWN_COLUMNS)]) == OWN_COLUMNS


def findings(source: Source) -> list[int]:
    """Places of the columns that are findings: known ones, and whatever stands behind CheXpert's own five columns."""
    grid = source.grid
    if grid is None:
        return []
    if has_own_columns(grid):
        return list(range(len(OWN_COLUMNS), len(grid.columns)))
    return [p for p, column in enumerate(grid.columns) if tidy(column.name).casefold() in FINDINGS]


def is_chexpert(source: Source) -> float:
    """A path or study, and columns of findings, of which one is "No Finding" or whose views are named."""
    known, grid = findings(source), source.grid
    if grid is not None and known and has_own_columns(grid):
        return 0.95
    if (
        grid is None
        or len(known) < 2
        or not (has_columns(source, "Path") or has_columns(source, "study_id") or has_columns(source, "dicom_id"))
    ):
        return 0.0
    signed = (
        has_columns(source, "Frontal/Lateral") or has_columns(source, "study_id") or has_columns(source, "No Finding")
    )
    return 0.95 if signed else 0.0


def read_chexpert(source: Source, answers: Answers) -> Claims:
    """1 present, 0 absent, -1 uncertain, blank not mentioned."""
    grid, known = grid_of(source), findings(source)
    picture = next(column for name in ("Path", "dicom_id", "study_id") if (column := grid.column(name)) is not None)
    roles = {
        p: "label" if p in known else "group" if c.name.lower() in GROUPS else "metadata"
        for p, c in enumerate(grid.columns)
    }
    roles[grid.columns.index(picture)] = "picture"
    claims = Claims(
        "chexpert", picture.name, names_of(grid, roles), [], errors=list(grid.errors), notes=list(source.notes)
    )
    rows, pictures = rows_of_pictures(claims, grid, picture)
    tell_details(claims, grid, rows, pictures)
    for place in known:
        column = grid.columns[place]
        claims.labels.append(tidy(column.name))
        claims.blocks.append(Block(tidy(column.name), pictures, column.texts, column.codes[rows], grid.lines[rows]))
    claims.legend = CHEXPERT_LEGEND
    return claims


def is_nih(source: Source) -> float:
    """Its two headers."""
    return 0.95 if has_columns(source, "Image Index", "Finding Labels") else 0.0


def read_nih(source: Source, answers: Answers) -> Claims:
    """Findings set apart by |, with a word for none of them."""
    grid = grid_of(source)
    picture, naming = grid.column("Image Index"), grid.column("Finding Labels")
    assert picture is not None
    assert naming is not None
    roles = {p: "group" if c.name.lower() in GROUPS else "metadata" for p, c in enumerate(grid.columns)}
    roles |= {grid.columns.index(picture): "picture", grid.columns.index(naming): "labels"}
    roles |= {p: "ignored" for p, c in enumerate(grid.columns) if not c.name.strip()}
    claims = Claims(
        "nih_chestxray14", picture.name, names_of(grid, roles), [], errors=list(grid.errors), notes=list(source.notes)
    )
    return lists(claims, grid, picture, naming, answers)


def is_open_images(source: Source) -> float:
    """Its four headers."""
    return 0.95 if has_columns(source, "ImageID", "Source", "LabelName", "Confidence") else 0.0


def read_open_images(source: Source, answers: Answers) -> Claims:
    """Lines that people verified are marks, 1 and 0; those of a machine are scores, never marks."""
    grid = grid_of(source)
    picture, by, naming, value = (grid.column(name) for name in ("ImageID", "Source", "LabelName", "Confidence"))
    assert picture is not None
    assert by is not None
    assert naming is not None
    assert value is not None
    roles = {
        grid.columns.index(picture): "picture",
        grid.columns.index(by): "metadata",
        grid.columns.index(naming): "labels",
    }
    roles = dict.fromkeys(range(len(grid.columns)), "metadata") | roles | {grid.columns.index(value): "value"}
    claims = Claims(
        "open_images", picture.name, names_of(grid, roles), [], errors=list(grid.errors), notes=list(source.notes)
    )
    rows, pictures = rows_of_pictures(claims, grid, picture)
    telling, machine = Telling(), 0
    telling.know(claims)
    for row, place in zip(rows.tolist(), pictures.tolist(), strict=True):
        if "machine" in by.text(row).casefold():
            machine += 1
            continue
        telling.say(place, naming.text(row), value.text(row), int(grid.lines[row]))
    if machine:
        claims.notes.append(f"{machine} lines are a machine's: scores, not marks. They are left out.")
    claims.legend = {"1": "present", "0": "absent"}
    return telling.into(claims)


PROFILES = (
    Profile("chexpert", is_chexpert, read_chexpert, "Says all four: 1, 0, -1 for can't tell, blank for unknown."),
    Profile("nih_chestxray14", is_nih, read_nih, LISTS),
    Profile("open_images", is_open_images, read_open_images, "Says present and absent; what is not listed is unknown."),
)
