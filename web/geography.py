"""The map's layers for signed-in readers: one file, checked when the process starts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
from flask import Blueprint, Response, current_app

from services import geography
from web.packed import Packed, answer, pack

EXTENSION: Final = "putuo-geography"


def read(folder: Path) -> Packed:
    """The file of a layer folder, as GeoJSON. Raises Invalid: which layer, and what is wrong."""
    layers = geography.load(folder)
    return pack(orjson.dumps({"type": "FeatureCollection", "features": [*layers.streets, *layers.lines]}))


def url() -> str:
    """Where the map finds its layers, inside a request."""
    file: Packed = current_app.extensions[EXTENSION]
    return f"/data/geography-{file.digest}.json"


def blueprint(file: Packed) -> Blueprint:
    """The route /data/geography-<digest>.json."""
    routes = Blueprint("geography", __name__)

    @routes.get("/data/geography-<digest>.json")
    def layers(digest: str) -> Response:
        return answer(file, digest)

    return routes
