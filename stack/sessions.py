"""Sessions the broker keeps for absent clients, read from its own store: who is abandoned grows a queue that nobody empties."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stack.errors import StackError

_MAGIC = b"\x00\xb5\x00mosquitto db"
_VERSIONS = (5, 6)
_PREAMBLE = struct.Struct(">II")  # checksum, version
_CHUNK = struct.Struct(">II")  # kind, length
_WAITING, _CLIENT = 3, 6  # kinds of chunk
_EXPIRY = struct.Struct("=q")  # CLIENT: the instant its session ends, in this machine's byte order, unlike all the rest
_HEAD = struct.Struct(">IHH")  # CLIENT: expiry interval, last message id, length of the client id
_ACCOUNT = struct.Struct(">HH4x")  # CLIENT from version 6 on: listener port, length of the username
_MESSAGE = struct.Struct(">QHH4x")  # WAITING: store id, message id, length of the client id


@dataclass(frozen=True, slots=True)
class Session:
    """One persistent session; `expires_at` is None while its client is connected or when it never expires."""

    client_id: str
    username: str
    waiting: int
    expires_at: datetime | None


def sessions(store: Path) -> list[Session]:
    """The sessions of a mosquitto.db, the fullest first; the file is as old as the last autosave."""
    if not store.exists():
        return []
    chunks = list(_chunks(store.read_bytes()))
    waiting = Counter(_client_of_message(body) for kind, body, _ in chunks if kind == _WAITING)
    found = [_session(body, version, waiting) for kind, body, version in chunks if kind == _CLIENT]
    return sorted(found, key=lambda session: (-session.waiting, session.client_id))


def _chunks(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(kind, body, file version) of each chunk."""
    if not data.startswith(_MAGIC):
        raise StackError("mosquitto.db 不是可识别的格式。mosquitto.db has a format that is not known here.")
    _, version = _PREAMBLE.unpack_from(data, len(_MAGIC))
    if version not in _VERSIONS:
        raise StackError(f"mosquitto.db 版本 {version} 未知。mosquitto.db has version {version}, which is not known here.")
    at = len(_MAGIC) + _PREAMBLE.size
    while at + _CHUNK.size <= len(data):
        kind, length = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        yield kind, data[at : at + length], version
        at += length


def _session(body: bytes, version: int, waiting: Counter[str]) -> Session:
    (expiry,) = _EXPIRY.unpack_from(body)
    _, _, id_length = _HEAD.unpack_from(body, _EXPIRY.size)
    at, name_length = _EXPIRY.size + _HEAD.size, 0
    if version >= 6:
        _, name_length = _ACCOUNT.unpack_from(body, at)
        at += _ACCOUNT.size
    client_id = body[at : at + id_length].decode("utf-8", "replace")
    username = body[at + id_length : at + id_length + name_length].decode("utf-8", "replace")
    return Session(client_id, username, waiting[client_id], datetime.fromtimestamp(expiry, UTC) if expiry > 0 else None)


def _client_of_message(body: bytes) -> str:
    _, _, id_length = _MESSAGE.unpack_from(body)
    return body[_MESSAGE.size : _MESSAGE.size + id_length].decode("utf-8", "replace")
