"""What the tools of the world write. Each module has `PROFILES`; a new format is a module and a name in MODULES.

A profile recognises a source by its content with a score from 0 to 1, says what it cannot tell (`losses`), and makes
claims of it: texts about labels of pictures, which the plan then gives meanings.
"""

from annotator.tables.parts import BadTable, Source
from annotator.tables.profiles import boxes, chests, records, scores, shapes, tern, wildlife
from annotator.tables.profiles.base import Profile

MODULES = (tern, chests, wildlife, boxes, scores, records, shapes)
PROFILES: tuple[Profile, ...] = tuple(profile for module in MODULES for profile in module.PROFILES)


def profile_of(source: Source) -> Profile:
    """The profile that fits best, the more special one of two that fit as well. Raises BadTable."""
    fits = [(profile.recognise(source), -place) for place, profile in enumerate(PROFILES)]
    best, place = max(fits)
    if best <= 0:
        raise BadTable(f"{source.name} is none of the files of labels that Tern knows. See docs/formats.md.")
    return PROFILES[-place]
