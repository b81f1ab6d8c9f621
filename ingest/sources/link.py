"""HTTP to another platform: one request at a time, JSON both ways, and nothing it answers can hang, fill or follow us anywhere."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

PATIENCE: Final = 30.0  # seconds for a whole answer, however slowly it drips
LARGEST: Final = 32 * 1024 * 1024  # bytes of an answer
PIECE: Final = 64 * 1024


class SourceUnavailable(Exception):
    """The other platform gave no usable answer. `retry_after` are the seconds it asked for, 0 where it said nothing."""

    def __init__(self, reason: str, *, retry_after: float = 0.0) -> None:
        self.retry_after = retry_after
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON that came with it."""

    status: int
    body: Any
    retry_after: float


@dataclass(frozen=True, slots=True)
class Link:
    """Where a platform is; redirects are not followed, so credentials go nowhere else."""

    base_url: str
    patience: float = PATIENCE
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "application/json", "User-Agent": "putuo-command-centre"})

    def ask(self, method: str, path: str, *, query: Mapping[str, object] | None = None, body: object = None, token: str = "") -> Answer:
        """One request. Raises SourceUnavailable where no JSON came back whole and in time."""
        deadline = monotonic() + self.patience
        parts = urlsplit(self.base_url)
        target = f"{parts.path.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")
        sent = None if body is None else orjson.dumps(body)
        headers = {**self.headers} | ({"Authorization": token} if token else {}) | ({"Content-Type": "application/json"} if sent else {})
        try:
            with closing(self._connection(deadline)) as connection:
                connection.request(method, target, body=sent, headers=headers)
                with closing(connection.getresponse()) as response:
                    return Answer(response.status, _read(connection, response, deadline), _seconds(response.getheader("Retry-After")))
        except (OSError, HTTPException, ssl.SSLError) as exc:
            raise SourceUnavailable(f"{type(exc).__name__}: {exc}") from exc

    def _connection(self, deadline: float) -> HTTPConnection:
        parts = urlsplit(self.base_url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=_left(deadline))


def _read(connection: HTTPConnection, response: HTTPResponse, deadline: float) -> Any:
    """The answer's JSON; of an answer that is an error the text may be anything."""
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise SourceUnavailable(f"answer beyond {LARGEST} bytes")
        left = _left(deadline)
        if connection.sock is not None:  # else the answer ends with the line, and has taken it over with the first patience
            connection.sock.settimeout(left)
    if response.length:  # http.client says nothing when a line breaks off between pieces
        raise SourceUnavailable(f"answer broke off, {response.length} bytes missing")
    try:
        return orjson.loads(b"".join(pieces))
    except orjson.JSONDecodeError as exc:
        if response.status >= 400:
            return None
        raise SourceUnavailable(f"not JSON: {exc}") from exc


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise SourceUnavailable("no whole answer in time")
    return left


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdigit() else 0.0
