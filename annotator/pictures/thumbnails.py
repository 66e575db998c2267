"""Thumbnails and previews: decoded, turned upright and encoded anew, so that nothing of the file's metadata is left."""

import io

from PIL import Image, ImageOps

from annotator.pictures.uploads import Limits, Refused, describe, open_image

THUMBNAIL_SIDE = 320
PREVIEW_SIDE = 1600
QUALITY = {THUMBNAIL_SIDE: 78, PREVIEW_SIDE: 86}
CONTENT_TYPE = "image/jpeg"


def small_copy(image: Image.Image, side: int) -> bytes:
    """The picture as JPEG bytes, its longer side at most `side` pixels, upright. Raises Refused when it is broken.

    JPEG files are decoded at the nearest larger eighth (draft mode), which still reads every byte of them.
    """
    try:
        plain = image if image.format in ("JPEG", "MPO") else flat(image)
        turned = image.getexif()
        plain.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
        upright = ImageOps.exif_transpose(plain) if turned else plain
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=QUALITY.get(side, 80))
    except Exception as error:  # a decoder meets hostile bytes here: whatever it raises, the file is broken
        raise Refused(f"The picture cannot be decoded ({describe(error)}); it is damaged. Copy it again.") from error
    return out.getvalue()


def flat(image: Image.Image) -> Image.Image:
    """Transparent parts on white, 16 bits scaled to 8; EXIF orientation kept for turning."""
    exif = image.getexif()
    if image.mode.startswith("I"):
        plain = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif "A" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        plain = Image.new("RGB", layer.size, "white")
        plain.paste(layer, mask=layer.getchannel("A"))
    else:
        plain = image.convert("RGB")
    plain.info = {"exif": exif.tobytes()} if exif else {}
    return plain


def preview_of(data: bytes, limits: Limits) -> bytes:
    """The preview of an original, at most 1600 px a side. Raises Refused when the original is damaged."""
    image, _ = open_image(data, limits)
    return small_copy(image, PREVIEW_SIDE)
