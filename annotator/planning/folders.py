"""A folder a class: pictures in folders named after what they show, read as if a table said so."""

from pathlib import PurePosixPath

import numpy as np

from annotator.planning.look import Look
from annotator.planning.questions import Ask, Choice
from annotator.tables.parts import Grid, Source, column_of
from annotator.words import counted

FOLDERS, LABELS, NOT = "folders", "labels", "no"
MOST_FOLDERS = 500
# Folders that say what a picture is for, not what it shows.
PURPOSES = {
    "train", "training", "val", "valid", "validation", "test", "testing", "images", "image", "img", "imgs",
    "jpegimages", "photos", "pictures", "data", "all", "raw", "originals",
}  # fmt: skip


def folder_of(name: str) -> str:
    """The folder in which a picture lies, "" for none and for one that names a purpose."""
    parent = PurePosixPath(name).parent.name
    return "" if parent.casefold() in PURPOSES else parent


def asked_of_folders(look: Look) -> Ask | None:
    """Whether the folders are labels; None where they are not like it."""
    folders = {folder_of(one.name) for one in look.pictures} - {""}
    if not 2 <= len(folders) <= MOST_FOLDERS or len(look.pictures) < 2 * len(folders):
        return None
    shown = ", ".join(sorted(folders)[:5])
    text = f"The pictures lie in {counted(len(folders), 'folder')}: {shown}. Are these labels of the pictures in them?"
    return Ask(FOLDERS, text, (Choice(NOT, "No, only folders"), Choice(LABELS, "Yes, a folder a label")), NOT)


def table_of_folders(look: Look) -> Source:
    """The folders as a table of pictures and the labels that they name."""
    pictures = [one for one in look.pictures if folder_of(one.name)]
    columns = [
        column_of("image", [one.name for one in pictures]),
        column_of("label", [folder_of(one.name) for one in pictures]),
    ]
    return Source("folders", FOLDERS, Grid(columns, np.arange(1, len(pictures) + 1, dtype=np.int32)))
