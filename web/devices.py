"""The map's static columns: every machine a scope may see, at an address that names their content."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
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
EXTENSION: Final = "putuo-devices"


@dataclass(frozen=True, slots=True)
class Columns:
    """The file of one scope at one version of the register."""

    version: int
    digest: str
    body: bytes
    packed: bytes

    @property
    def url(self) -> str:
        """Its address."""
        return f"/data/devices-{self.digest}.json"


class Devices:
    """The files of this process, made when first asked for and again when the register has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files: dict[Scope, Columns] = {}
        self._lock = threading.Lock()

    def of(self, scope: Scope) -> Columns:
        """The present file of a scope. Raises StoreUnavailable."""
        watch = watch_for(scope, Watch.EQUIPMENT)
        with self._lock, self._store.reading() as tx:
            version = versions.versions(scope, tx, watches=(watch,)).get(watch, 0)
            known = self._files.get(scope)
            if known is not None and known.version == version:
                return known
            columns = _columns(version, equipment.map_columns(scope, tx))
            if len(self._files) >= KEPT:
                self._files.clear()
            self._files[scope] = columns
            return columns


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
        packed = "gzip" in request.accept_encodings
        answer = make_response(file.packed if packed else file.body)
        answer.mimetype = "application/json"
        answer.headers["Cache-Control"] = f"private, max-age={WEEK}, immutable"
        answer.headers["Vary"] = "Accept-Encoding, Cookie"
        if packed:
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    return routes
