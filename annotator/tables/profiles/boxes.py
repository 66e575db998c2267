"""Datasets of boxes and classes in JSON and XML: COCO, LVIS, COCO Camera Traps, iMaterialist, Pascal VOC.

A box says that its class is there. Nothing but LVIS says that a class is absent.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from annotator.tables.parts import Claims, Problem, Source
from annotator.tables.profiles.base import LISTS, NAMED, Answers, Profile, Telling
from annotator.tables.profiles.shapes import PICTURE_QUESTION, read

EMPTY = {"empty", "blank", "no animal", "nothing", "__empty__"}


def parts_of(source: Source) -> tuple[list[Any], list[Any], list[Any]] | None:
    """(images, annotations, categories) of a COCO file, or None."""
    data = source.data
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("images"), list)
        or not isinstance(data.get("annotations"), list)
    ):
        return None
    categories = data.get("categories", [])
    return (data["images"], data["annotations"], categories) if isinstance(categories, list) else None


def is_coco(source: Source) -> float:
    """Images, annotations and categories."""
    found = parts_of(source)
    return 0.9 if found and (found[2] or not found[1]) else 0.0


def is_lvis(source: Source) -> float:
    """A COCO file that also lists what is not there."""
    found = parts_of(source)
    return 0.97 if found and any(isinstance(one, dict) and "neg_category_ids" in one for one in found[0][:50]) else 0.0


def is_traps(source: Source) -> float:
    """A COCO file of a camera trap: places or sequences, and a class for empty pictures."""
    found = parts_of(source)
    if not found:
        return 0.0
    places = any(isinstance(one, dict) and ({"location", "seq_id"} & set(one)) for one in found[0][:50])
    empty = any(isinstance(one, dict) and str(one.get("name", "")).casefold() in EMPTY for one in found[2])
    return (
        0.96 if places and (empty or all("bbox" not in one for one in found[1][:50] if isinstance(one, dict))) else 0.0
    )


def is_imaterialist(source: Source) -> float:
    """Annotations that list ids of labels."""
    found = parts_of(source)
    return 0.97 if found and any(isinstance(one, dict) and "labelId" in one for one in found[1][:5]) else 0.0


def name_of(image: dict[str, Any]) -> str:
    """What a COCO image is called; "" when it is not."""
    for key in ("file_name", "filename", "file", "path", "coco_url", "flickr_url", "imageId", "url"):
        value = image.get(key)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, (str, int)) and str(value).strip():
            return PurePosixPath(str(value)).name if "://" in str(value) else str(value)
    return ""


def read_coco(source: Source, answers: Answers) -> Claims:
    """Present where a class is annotated; LVIS also tells what is absent."""
    found = parts_of(source)
    assert found is not None
    images, annotations, categories = found
    claims = Claims(
        "coco", "file_name", {"file_name": "picture", "category_id": "labels"}, [], notes=list(source.notes)
    )
    telling, names = Telling(), {}
    for category in categories:
        if isinstance(category, dict) and str(category.get("name", "")).strip():
            names[category.get("id")] = str(category["name"])
    empty = {key for key, name in names.items() if name.casefold() in EMPTY and is_traps(source)}
    for key, name in names.items():
        if key not in empty:
            telling.label(name)
    places: dict[Any, int] = {}
    order: dict[int, int] = {}
    for number, image in enumerate(images, 1):
        if not isinstance(image, dict) or not name_of(image):
            claims.errors.append(Problem(number, "images", "The picture is not named by file_name."))
            continue
        places[image.get("id", image.get("imageId"))] = telling.picture(name_of(image))
        order[telling.picture(name_of(image))] = number
    named: set[int] = set()
    none: set[int] = set()
    for number, image_id, category_id in claimed(annotations):
        if image_id not in places or (category_id not in names and names):
            what = "picture" if image_id not in places else "category"
            claims.errors.append(Problem(number, "annotations", f"It names a {what} that is not in the file."))
        elif category_id in empty:
            none.add(places[image_id])
        else:
            named.add(places[image_id])
            telling.say(places[image_id], names.get(category_id, str(category_id)), NAMED, number)
    for image in images:
        for key in image.get("neg_category_ids", ()) if isinstance(image, dict) else ():
            if key in names and image.get("id") in places:
                telling.say(places[image["id"]], names[key], "listed as absent", order[places[image["id"]]])
    for place in none - named:
        for label in list(telling.labels):
            telling.say(place, label, "empty picture", order[place])
    claims.legend = {NAMED: "present", "listed as absent": "absent", "empty picture": "absent"}
    claims.listed = [(place, order[place]) for place in order if place in named]
    claims.empty = [(place, order[place]) for place in order if place not in named and place not in none]
    return telling.into(claims)


def claimed(annotations: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """(number, image id, category id) of each annotation; one that lists several gives several."""
    for number, one in enumerate(annotations, 1):
        if isinstance(one, dict):
            image = one.get("image_id", one.get("imageId"))
            for key in one.get("labelId", [one.get("category_id")]):
                yield number, image, key


def read_lvis(source: Source, answers: Answers) -> Claims:
    """Absent are only the classes that a picture lists so; all others that it does not name were not looked for."""
    claims = read_coco(source, answers)
    claims.profile, claims.listed, claims.empty = "lvis", [], []
    return claims


def read_traps(source: Source, answers: Answers) -> Claims:
    """Species that were seen; a picture called empty has none of them."""
    claims = read_coco(source, answers)
    claims.profile = "coco_camera_traps"
    return claims


def read_imaterialist(source: Source, answers: Answers) -> Claims:
    """Labels that a picture lists."""
    claims = read_coco(source, answers)
    claims.profile = "imaterialist"
    return claims


def is_voc(source: Source) -> float:
    """An <annotation>, or several of them below one root."""
    return 0.9 if source.format == "xml" and source.data.find(".//object") is not None else (
        0.8 if source.format == "xml" and source.data.tag == "annotation" else 0.0
    )  # fmt: skip


def read_voc(source: Source, answers: Answers) -> Claims:
    """Present where an object is drawn; only difficult ones: can't tell."""
    claims = Claims("voc", "filename", {"filename": "picture", "name": "labels"}, [], notes=list(source.notes))
    telling = Telling()
    root = source.data
    for number, annotation in enumerate([root] if root.tag == "annotation" else root.iter("annotation"), 1):
        name = (annotation.findtext("filename") or "").strip() or (annotation.findtext("path") or "").strip()
        if not name:
            claims.errors.append(Problem(number, "filename", "The picture is not named."))
            continue
        place = telling.picture(name)
        difficult: dict[str, bool] = {}
        for thing in annotation.iter("object"):
            label = (thing.findtext("name") or "").strip()
            if label:
                hard = (thing.findtext("difficult") or "0").strip() == "1"
                difficult[label] = difficult.get(label, True) and hard
        for label, hard in difficult.items():
            telling.say(place, label, "difficult" if hard else NAMED, number)
        (claims.listed if difficult else claims.empty).append((place, number))
    claims.legend = {NAMED: "present", "difficult": "cant_tell"}
    return telling.into(claims)


def is_imageset(source: Source) -> float:
    """Lines of a picture and 1, -1 or 0."""
    return 0.95 if source.format == "imageset" else 0.0


def read_imageset(source: Source, answers: Answers) -> Claims:
    """1 present, -1 absent, 0 difficult."""
    claims = read(source, {**answers, PICTURE_QUESTION: "image"})
    claims.profile, claims.legend = "voc_imageset", {"1": "present", "-1": "absent", "0": "cant_tell"}
    return claims


PROFILES = (
    Profile("voc_imageset", is_imageset, read_imageset, "Says present, absent and, for difficult ones, can't tell."),
    Profile("lvis", is_lvis, read_lvis, "Says present and absent; classes in neither list are unknown."),
    Profile("imaterialist", is_imaterialist, read_imaterialist, LISTS),
    Profile("coco_camera_traps", is_traps, read_traps, LISTS),
    Profile("coco", is_coco, read_coco, LISTS),
    Profile("voc", is_voc, read_voc, LISTS),
)
