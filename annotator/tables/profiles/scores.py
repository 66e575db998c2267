"""Scores of other models, which are never marks: MegaDetector's files."""

from annotator.tables.parts import Claims, Source
from annotator.tables.profiles.base import Answers, Profile, Telling


def is_megadetector(source: Source) -> float:
    """Images with detections, and names of what is detected."""
    data = source.data
    return (
        0.97
        if isinstance(data, dict) and "detection_categories" in data and isinstance(data.get("images"), list)
        else 0.0
    )


def read_megadetector(source: Source, answers: Answers) -> Claims:
    """The names of pictures and categories; no cell."""
    columns = {"file": "picture", "detections": "score"}
    claims = Claims("megadetector", "file", columns, [], notes=list(source.notes))
    claims.notes.append("Confidences of a detector are scores: suggestions under its name, never marks.")
    telling = Telling()
    for name in source.data["detection_categories"].values():
        telling.label(str(name))
    for image in source.data["images"]:
        if isinstance(image, dict) and image.get("file"):
            telling.picture(str(image["file"]))
    return telling.into(claims)


PROFILES = (Profile("megadetector", is_megadetector, read_megadetector, "Says how likely, never that."),)
