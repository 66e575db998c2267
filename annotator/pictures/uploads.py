"""What comes in from outside, checked before it is believed. No Django here: decoder processes start light.

A 10 kB file can unpack to a gigabyte, so sizes are read from headers first and nothing is decoded above the limits.
Only JPEG, PNG and WebP are ever handed to a decoder, whatever the file calls itself.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image

# Pillow's name of a format -> the suffix its originals are stored under.
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
ORIENTATION = 0x0112
SIDEWAYS = {5, 6, 7, 8}


class Refused(ValueError):
    """This file does not come in; the message says what was wrong with it and how to fix it."""


@dataclass(frozen=True)
class Limits:
    """`image_bytes` and `pixels` of one picture; `archive_files` and `archive_bytes` of one archive, unpacked."""

    image_bytes: int = 50 * 1024 * 1024
    pixels: int = 50_000_000
    archive_files: int = 100_000
    archive_bytes: int = 20 * 1024**3


@dataclass(frozen=True)
class Facts:
    """What the header says of a picture; width and height as it is shown, its EXIF orientation applied."""

    sha256: str
    suffix: str
    width: int
    height: int
    size_bytes: int


def looks_like_an_image(head: bytes) -> bool:
    """Whether the first 12 bytes are those of a JPEG, PNG or WebP file."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def check_size(size: int, limits: Limits) -> None:
    """Refused when a picture's file is empty or larger than allowed."""
    if size == 0:
        raise Refused("The file is empty. Copy it again from where it came from.")
    if size > limits.image_bytes:
        raise Refused(
            f"The file has {megabytes(size)} MB; at most {megabytes(limits.image_bytes)} MB are allowed for a picture. "
            "Save it smaller, or raise TERN_MAX_IMAGE_MB."
        )


def megabytes(size: int) -> str:
    """Bytes as megabytes for people."""
    return f"{size / 1024**2:.4g}"


def open_image(data: bytes, limits: Limits) -> tuple[Image.Image, Facts]:
    """The picture, opened but not yet decoded, and its facts. Raises Refused."""
    check_size(len(data), limits)
    if not looks_like_an_image(data[:12]):
        raise Refused("The file is not a JPEG, PNG or WebP picture, whatever its name says. Save it as one of these.")
    # Pillow's own guard works on a global; ours below is exact, this one stands behind it.
    Image.MAX_IMAGE_PIXELS = limits.pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=list(SUFFIXES))
            width, height = image.size
            # Before asking for EXIF: of a PNG that alone decodes the whole picture.
            if width * height > limits.pixels:
                raise Image.DecompressionBombError
            turned = image.getexif().get(ORIENTATION) in SIDEWAYS
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise Refused(
                f"The picture has too many pixels; at most {limits.pixels / 1e6:.4g} million are allowed. "
                "Save it smaller, or raise TERN_MAX_IMAGE_PIXELS."
            ) from error
        except Exception as error:  # a decoder meets hostile bytes here: whatever it raises, the file is broken
            raise Refused(f"The picture's header cannot be read ({describe(error)}). Save it again.") from error
    suffix = SUFFIXES["JPEG" if image.format == "MPO" else str(image.format)]
    shown = (height, width) if turned else (width, height)
    return image, Facts(hashlib.sha256(data).hexdigest(), suffix, *shown, len(data))


def describe(error: BaseException) -> str:
    """An exception in one short line, without the memory addresses that Pillow likes to print."""
    text = str(error).split(" <_io")[0].strip()
    return text[:120] or type(error).__name__
