"""A JSON file that is made once and served often: its address is made of its content, so it may be kept for long."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from typing import Final

from flask import Response, abort, make_response, request

WEEK: Final = 604_800  # seconds; the address changes with the content
DIGEST: Final = 20  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Packed:
    """A body, plain and compressed; every process that reads the same rows makes the same one."""

    digest: str
    body: bytes
    packed: bytes


def pack(body: bytes) -> Packed:
    """The file of a body."""
    return Packed(hashlib.sha256(body).hexdigest()[:DIGEST], body, gzip.compress(body, compresslevel=6, mtime=0))


def answer(file: Packed, digest: str) -> Response:
    """The file, if it is the one that `digest` names; else 404, so that the page asks for the address again."""
    if digest != file.digest:
        abort(404)
    smaller = request.accept_encodings.best_match(["gzip"]) is not None
    given = make_response(file.packed if smaller else file.body)
    given.mimetype = "application/json"
    given.headers["Cache-Control"] = f"private, max-age={WEEK}, immutable"
    given.headers["Vary"] = "Accept-Encoding, Cookie"
    if smaller:
        given.headers["Content-Encoding"] = "gzip"
    return given
