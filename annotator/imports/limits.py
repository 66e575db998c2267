"""The limits on what comes in, from the settings."""

from django.conf import settings

from annotator.pictures.uploads import Limits


def limits() -> Limits:
    """What one picture and one archive may have at most."""
    return Limits(
        settings.TERN_MAX_IMAGE_BYTES,
        settings.TERN_MAX_IMAGE_PIXELS,
        settings.TERN_MAX_ARCHIVE_FILES,
        settings.TERN_MAX_ARCHIVE_BYTES,
    )
