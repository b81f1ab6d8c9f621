"""Pictures as telephones take them, for tests of photographs."""

from __future__ import annotations

import io

from PIL import Image

MAKER, ORIENTATION, GPS = 0x010F, 0x0112, 0x8825  # names of EXIF
TURNED_RIGHT = 6  # the camera was held upright


def taken(width: int = 1200, height: int = 900, *, kind: str = "JPEG", shade: tuple[int, ...] = (40, 90, 160)) -> bytes:
    """A picture of one colour with a darker left half, so that it is seen which side is up."""
    picture = Image.new("RGBA" if len(shade) == 4 else "RGB", (width, height), shade)
    picture.paste((10, 10, 10), (0, 0, width // 2, height))
    return _written(picture, kind)


def upright(width: int = 400, height: int = 300) -> bytes:
    """A picture that says beside its pixels that it has to be turned, who made the camera and where it was taken."""
    picture = Image.new("RGB", (width, height), (40, 90, 160))
    notes = Image.Exif()
    notes[MAKER], notes[ORIENTATION] = "Invented Camera", TURNED_RIGHT
    notes.get_ifd(GPS)[1] = "N"
    return _written(picture, "JPEG", exif=notes.tobytes())


def _written(picture: Image.Image, kind: str, **more: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **more)
    return file.getvalue()
