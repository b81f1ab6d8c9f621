"""What a pushed body becomes: messages below the vendor's own name, as it would have published them itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from domain.dialects import STAMP

KIND: Final = "elevator"  # the city's interface knows no other
ITEMS: Final = 2_000  # messages of one body
SEGMENT: Final = re.compile(r"[^/+#\s\x00-\x1f\x7f]{1,64}")  # a machine's code as part of a topic
TAIL: Final = re.compile(r"[\w.-]{1,64}(/[\w.-]{1,64}){0,7}", re.ASCII)


class Message(NamedTuple):
    """A topic below `pt/v1/{vendor}/` and its payload."""

    tail: str
    payload: bytes


class Malformed(Exception):
    """Why a body says nothing: a locale key below `push.`, and what fills its sentence."""

    def __init__(self, key: str, **data: object) -> None:
        self.key, self.data = key, data
        super().__init__(key)


def native(body: bytes, channel: str) -> list[Message]:
    """One object, or a list of them, in the platform's keys. Raises Malformed."""
    said = _parsed(body)
    if isinstance(said, dict):
        return [Message(f"{KIND}/{_code(said, 0)}/{channel}", body)]
    if not isinstance(said, list) or not 0 < len(said) <= ITEMS:
        raise Malformed("not_objects", most=ITEMS)
    return [Message(f"{KIND}/{_code(item, place)}/{channel}", orjson.dumps(item)) for place, item in enumerate(said)]


def own(body: bytes, tail: str, *, stamp: datetime | None) -> list[Message]:
    """One message of a vendor's own dialect, as it stands; `stamp` where its messages say no time. Raises Malformed."""
    if not TAIL.fullmatch(tail) or tail == "online":
        raise Malformed("bad_path")
    said = _parsed(body)
    if stamp is None or not isinstance(said, dict):
        return [Message(tail, body)]
    return [Message(tail, orjson.dumps({**said, STAMP: int(stamp.timestamp() * 1000)}))]


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise Malformed("not_json", line=exc.lineno, column=exc.colno) from exc


def _code(item: object, place: int) -> str:
    """注册代码, or `manufacturerCode-leaveFactoryNumber`; a topic must be able to carry it."""
    if not isinstance(item, Mapping):
        raise Malformed("not_objects", most=ITEMS)
    code, maker, number = (_text(item.get(key)) for key in ("registerNumber", "manufacturerCode", "leaveFactoryNumber"))
    code = code or (f"{maker}-{number}" if maker and number else "")
    if not SEGMENT.fullmatch(code):
        raise Malformed("no_code", place=place + 1)
    return code


def _text(raw: object) -> str:
    return str(raw).strip() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
