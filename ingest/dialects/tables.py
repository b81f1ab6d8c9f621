"""How a dialect is written down: their key → ours, with the reading of its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from domain.errors import BadPayload
from domain.telemetry import Reject

Read = Callable[[object], object]
"""A value of theirs → ours. Raises ValueError."""

SHOWN: Final = 64  # characters of a refused value that are kept
EPOCH_SECONDS_BELOW: Final = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973: no device means either


def as_is(raw: object) -> object:
    """Their value is ours."""
    return raw


@dataclass(frozen=True, slots=True)
class Key:
    """One of our wire keys, and how their value reads there; None from `read` says nothing."""

    wire: str
    read: Read = as_is


Table = Mapping[str, tuple[Key, ...]]
"""Their key → what it says in ours."""


def native(body: Mapping[str, object], table: Table, *, leave: frozenset[str] = frozenset()) -> dict[str, object]:
    """The body in our keys. Theirs that nobody knows are kept, to be counted; `leave` are those read elsewhere. Raises BadPayload."""
    ours: dict[str, object] = {}
    rest: dict[str, object] = {}
    for theirs, raw in body.items():
        keys = table.get(theirs)
        if keys is None:
            if theirs not in leave:
                rest[theirs] = raw
        elif raw is not None and raw != "":
            ours |= {key.wire: value for key in keys if (value := _read(key, theirs, raw)) is not None}
    return rest | ours


def _read(key: Key, theirs: str, raw: object) -> object:
    try:
        return key.read(raw)
    except (ValueError, OverflowError) as exc:
        raise BadPayload(reason=Reject.BAD_VALUE, field=theirs, value=shown(raw)) from exc


def word(raw: object) -> str:
    """A short value as lower-case text: 1, 1.0, "1" and true are one word. Raises ValueError."""
    if isinstance(raw, str):
        return raw.strip().lower()
    if isinstance(raw, bool):
        return str(int(raw))
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, int) and raw.bit_length() <= SHOWN:
        return str(raw)
    raise ValueError("not_a_word")


def choice(meanings: Mapping[str, object]) -> Read:
    """One of their words (see `word`) → its meaning; None says nothing."""

    def read(raw: object) -> object:
        said = word(raw)
        if said not in meanings:
            raise ValueError("unknown_choice")
        return meanings[said]

    return read


def number(raw: object) -> float:
    """A finite number, also as text. Raises ValueError."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError("not_a_number")
    value = float(raw)
    if not isfinite(value):
        raise ValueError("not_a_number")
    return value


def count(raw: object) -> int:
    """A number of things. Raises ValueError."""
    value = number(raw)
    if value < 0 or not value.is_integer():
        raise ValueError("not_a_count")
    return int(value)


def some(raw: object) -> bool:
    """Whether a count is above zero. Raises ValueError."""
    return count(raw) > 0


def hours_of_seconds(raw: object) -> float:
    """Seconds as hours, to the second. Raises ValueError."""
    return round(number(raw) / 3600, 4)


def moment(raw: object) -> object:
    """A time as the platform writes it: text as it stands, epoch seconds and milliseconds as milliseconds. Raises ValueError."""
    digits = raw.strip() if isinstance(raw, str) else raw
    if isinstance(digits, str) and not digits.isdigit():
        return digits
    value = number(digits)
    return int(value * 1000 if abs(value) < EPOCH_SECONDS_BELOW else value)


def code_text(raw: object) -> str:
    """A fault code verbatim, as text. Raises BadPayload."""
    try:
        text = raw.strip() if isinstance(raw, str) else word(raw)
    except ValueError as exc:
        raise BadPayload(reason=Reject.BAD_VALUE, field="code", value=shown(raw)) from exc
    if not text or len(text) > SHOWN:
        raise BadPayload(reason=Reject.BAD_VALUE, field="code", value=text[:SHOWN])
    return text


def shown(raw: object) -> str:
    """A refused value, short: of what is long or deep only what it is."""
    if isinstance(raw, str):
        return raw[:SHOWN]
    try:
        return word(raw) if not isinstance(raw, float) else repr(raw)
    except ValueError:
        return type(raw).__name__


def an_object(raw: object) -> dict[str, object]:
    """A JSON object. Raises BadPayload."""
    if not isinstance(raw, dict):
        raise BadPayload(reason=Reject.NOT_AN_OBJECT)
    return raw
