"""The map's static columns: every machine a scope may see, at an address that names their content."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, fields
from typing import Final

import orjson
from flask import Blueprint, Response, current_app

from data_access.engine import Store
from data_access.queries import equipment, versions
from data_access.watches import Watch, watch_for
from domain.scope import Scope
from web.packed import Packed, answer, pack
from web.session import current_scope

KEPT: Final = 64  # scopes
PLACES: Final = 6  # decimals of a degree: a tenth of a metre
EXTENSION: Final = "putuo-devices"


@dataclass(frozen=True, slots=True)
class File:
    """The file of one scope at one version of the register."""

    version: int
    content: Packed

    @property
    def url(self) -> str:
        """Its address."""
        return f"/data/devices-{self.content.digest}.json"


@dataclass(slots=True)
class Shelf:
    """Where the newest file of one scope lies; whoever makes it holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    file: File | None = None


class Devices:
    """The files of this process, made when first asked for and again when the register has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shelves: dict[Scope, Shelf] = {}
        self._lock = threading.Lock()

    def of(self, scope: Scope) -> File:
        """The present file of a scope, made once however many ask; other scopes do not wait for it. Raises StoreUnavailable."""
        watch, shelf = watch_for(scope, Watch.EQUIPMENT), self._shelf(scope)
        with shelf.lock, self._store.reading() as tx:
            version = versions.versions(scope, tx, watches=(watch,)).get(watch, 0)
            if shelf.file is None or shelf.file.version != version:
                shelf.file = _file(version, equipment.map_columns(scope, tx))
            return shelf.file

    def _shelf(self, scope: Scope) -> Shelf:
        with self._lock:
            if scope not in self._shelves and len(self._shelves) >= KEPT:
                self._shelves.clear()
            return self._shelves.setdefault(scope, Shelf())


def url_for(scope: Scope) -> str:
    """Where the map finds the columns of `scope`, inside a request."""
    devices: Devices = current_app.extensions[EXTENSION]
    return devices.of(scope).url


def blueprint(devices: Devices) -> Blueprint:
    """The route /data/devices-<digest>.json."""
    routes = Blueprint("devices", __name__)

    @routes.get("/data/devices-<digest>.json")
    def columns(digest: str) -> Response:
        return answer(devices.of(current_scope()).content, digest)

    return routes


def _file(version: int, rows: equipment.Columns) -> File:
    columns = {column.name: getattr(rows, column.name) for column in fields(rows)}
    columns |= {name: [round(degrees, PLACES) for degrees in columns[name]] for name in ("lng", "lat")}
    return File(version, pack(orjson.dumps(columns)))
