"""The map's static columns: every machine a scope may see, at an address that names their content."""

from __future__ import annotations

import gzip
import hashlib
import threading
from dataclasses import dataclass, field, fields
from typing import Final

import orjson
from flask import Blueprint, Response, abort, current_app, make_response, request

from data_access.engine import Store
from data_access.queries import equipment, versions
from data_access.watches import Watch, watch_for
from domain.scope import Scope
from web.session import current_scope

WEEK: Final = 604_800  # seconds; the address changes with the content
KEPT: Final = 64  # scopes
PLACES: Final = 6  # decimals of a degree: a tenth of a metre
DIGEST: Final = 20  # hexadecimal digits
EXTENSION: Final = "putuo-devices"


@dataclass(frozen=True, slots=True)
class File:
    """The file of one scope at one version of the register."""

    version: int
    digest: str
    body: bytes
    packed: bytes

    @property
    def url(self) -> str:
        """Its address."""
        return f"/data/devices-{self.digest}.json"


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
        file = devices.of(current_scope())
        if digest != file.digest:
            abort(404)
        packed = request.accept_encodings.best_match(["gzip"]) is not None
        answer = make_response(file.packed if packed else file.body)
        answer.mimetype = "application/json"
        answer.headers["Cache-Control"] = f"private, max-age={WEEK}, immutable"
        answer.headers["Vary"] = "Accept-Encoding, Cookie"
        if packed:
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    return routes


def _file(version: int, rows: equipment.Columns) -> File:
    """The file: its address is made of its content, so every process that reads the same rows makes the same one."""
    columns = {column.name: getattr(rows, column.name) for column in fields(rows)}
    columns |= {name: [round(degrees, PLACES) for degrees in columns[name]] for name in ("lng", "lat")}
    body = orjson.dumps(columns)
    return File(version, hashlib.sha256(body).hexdigest()[:DIGEST], body, gzip.compress(body, compresslevel=6, mtime=0))
