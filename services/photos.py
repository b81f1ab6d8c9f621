"""Photographs as proof (照片): what a telephone sent is decoded and written anew, and shown to whoever may see its order."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageOps

from data_access.engine import Store
from data_access.queries import order_photos
from data_access.queries.order_photos import Picture
from data_access.repositories.order_photos import Photo
from domain.errors import NotFound, Refused
from domain.scope import Actor
from domain.work_orders import PHOTOGRAPHED, Refusal, Step

MOST: Final = 3  # photos of one step
LARGEST: Final = 8 * 2**20  # bytes of one as it is sent
LARGEST_PIXELS: Final = {"JPEG": 60_000_000}  # what telephones take, and far from what a bomb unfolds to
LARGEST_UNFOLDED: Final = 24_000_000  # pixels of the other formats, which cannot be made smaller while they are read
EDGE: Final = 1600  # pixels of the longer side as it is kept
THUMBNAIL_EDGE: Final = 320  # pixels
QUALITY: Final = 82
FORMATS: Final = ("JPEG", "PNG", "WEBP")
WHITE: Final = (255, 255, 255)


def read(sent: Sequence[bytes], *, step: Step | None) -> tuple[Photo, ...]:
    """The photos of a step as they will be kept.

    Raises Refused, whose `reason` is photo_unasked, photo_too_many, photo_too_large or photo_unreadable.
    """
    if sent and step not in PHOTOGRAPHED:
        raise Refused(reason=Refusal.PHOTO_UNASKED.value)
    if len(sent) > MOST:
        raise Refused(reason=Refusal.PHOTO_TOO_MANY.value)
    return tuple(map(_photo, sent))


def picture(actor: Actor, store: Store, order_id: int, number: int, *, small: bool = False) -> Picture:
    """One photo of an order, or its thumbnail. Raises NotFound, for an order outside the scope too."""
    with store.reading() as tx:
        found = order_photos.picture(actor.scope, tx, order_id=order_id, number=number, small=small)
    if found is None:
        raise NotFound(order=order_id, photo=number)
    return found


def _photo(sent: bytes) -> Photo:
    """Only the pixels go on: place, time and device that a camera writes beside them, and whatever else was in the file, do not."""
    if len(sent) > LARGEST:
        raise Refused(reason=Refusal.PHOTO_TOO_LARGE.value)
    pixels = _pixels(sent)
    image = _jpeg(pixels)
    small = pixels.copy()
    small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    return Photo(hashlib.sha256(image).hexdigest(), pixels.width, pixels.height, image, _jpeg(small))


def _pixels(sent: bytes) -> Image.Image:
    """The picture upright, in RGB, no longer than EDGE."""
    try:
        return _decoded(sent)
    except (Refused, MemoryError):
        raise
    except Image.DecompressionBombError as bomb:
        raise Refused(reason=Refusal.PHOTO_TOO_LARGE.value) from bomb
    except Exception as broken:  # a decoder raises whatever it stumbles over: struct.error, zlib.error, KeyError, …
        raise Refused(reason=Refusal.PHOTO_UNREADABLE.value) from broken


def _decoded(sent: bytes) -> Image.Image:
    """Its size is read from its head, before anything is unfolded. Raises Refused, and whatever a decoder makes of what is no picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        picture = Image.open(io.BytesIO(sent), formats=FORMATS)
    if picture.width * picture.height > LARGEST_PIXELS.get(picture.format or "", LARGEST_UNFOLDED):
        raise Refused(reason=Refusal.PHOTO_TOO_LARGE.value)
    picture.draft("RGB", (EDGE, EDGE))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((EDGE, EDGE))
    return _opaque(upright)


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    paper = Image.new("RGB", layered.size, WHITE)
    paper.paste(layered, mask=layered.getchannel("A"))
    return paper


def _jpeg(pixels: Image.Image) -> bytes:
    written = io.BytesIO()
    pixels.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()
