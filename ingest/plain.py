"""State messages in the platform's plain form, thousands at a time: decoded into records of types, then checked as columns.

What is not in the plain form (other types, unknown keys, values out of range, times that need thought) is left to ingest.decode,
which reads one message with all its tolerance and knows the reason of every refusal. Both give the same readings: tested over
random bodies in tests/unit/ingest/test_plain.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from data_access.readings_codec import LAYOUT, absent_code, layout_of
from domain.coordinates import Datum
from domain.equipment import KINDS
from domain.equipment.kind import Choice, Field, Flag, Label, Metric, Value

Mask = NDArray[np.bool_]

IDENTITY: Final = ("manufacturerCode", "leaveFactoryNumber", "Package_Time", "ts", "plateNo", "coordType", "msgId", "type")
PLAIN: Final[Mapping[type, Any]] = {Metric: float | None, Flag: bool | int | None, Choice: int | None, Label: str | int | None}
WORDED: Final[Mapping[type, Any]] = {
    Metric: float | str | None,
    Flag: bool | int | str | None,
    Choice: int | str | None,
    Label: str | int | None,
}
MEMO_LIMIT: Final = 50_000  # different words of one field that are remembered
BAD: Final = 1 << 40  # no code of any field


class Body(Protocol):
    """A decoded state body; the kind's fields follow by their wire names."""

    registerNumber: str | None  # noqa: N815 the platform's own spelling
    samplingTime: str | None  # noqa: N815
    type: str | None
    coordType: str | None  # noqa: N815


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a state of one kind: its decoder, and how its columns become stored codes."""

    kind: str
    decode: Callable[[bytes], Body]
    fields: tuple[Callable[[Sequence[Any]], tuple[NDArray[Any], Mask]], ...]

    def records(self, bodies: Sequence[Body]) -> tuple[NDArray[np.void], Mask]:
        """The stored records, and which bodies must be read one by one."""
        data = np.zeros(len(bodies), layout_of(self.kind))
        data["layout"] = LAYOUT
        bad = np.zeros(len(bodies), bool)
        columns = zip(*map(msgspec.structs.astuple, cast(Sequence[msgspec.Struct], bodies)), strict=True)
        for described, column, convert in zip(KINDS[self.kind].fields, columns, self.fields, strict=False):
            codes, wrong = convert(column)
            data[described.key] = codes
            bad |= wrong
        if "lng" in KINDS[self.kind].position:
            bad |= _displaced(data, bodies)
        return data, bad


@cache
def plain(kind: str) -> Form:
    """Numbers as numbers and truth values as such: what most vendors send."""
    return Form(kind, _decoder(kind, PLAIN), tuple(_typed(described) for described in KINDS[kind].fields))


@cache
def worded(kind: str) -> Form:
    """Anything may be a text: "True", "12.5"."""
    return Form(kind, _decoder(kind, WORDED), tuple(_remembered(described) for described in KINDS[kind].fields))


@dataclass(slots=True)
class Heap:
    """Bodies of one form, with what is known of each besides."""

    form: Form
    bodies: list[Body] = field(default_factory=list)
    equipment_ids: list[int] = field(default_factory=list)
    vendors: list[str] = field(default_factory=list)
    sampled: list[int] = field(default_factory=list)  # microseconds of Unix
    messages: list[Any] = field(default_factory=list)  # ingest.decode.Message
    arrivals: list[int] = field(default_factory=list)


def _decoder(kind: str, types: Mapping[type, Any]) -> Callable[[bytes], Body]:
    members: list[tuple[str, Any, Any]] = [
        (
            described.wire,
            types[type(described)] | msgspec.UnsetType if isinstance(described, Label) else types[type(described)],
            _default(described),
        )
        for described in KINDS[kind].fields
    ]
    members += [("registerNumber", str | None, None), ("samplingTime", str | None, None)]
    members += [(name, str | None, None) for name in IDENTITY]
    body = msgspec.defstruct(f"{kind}_body", members, forbid_unknown_fields=True, gc=False)
    return cast(Callable[[bytes], Body], msgspec.json.Decoder(body).decode)


def _default(described: Field) -> object:
    return msgspec.UNSET if isinstance(described, Label) else None


def _typed(described: Field) -> Callable[[Sequence[Any]], tuple[NDArray[Any], Mask]]:
    match described:
        case Metric():
            return lambda column: _numbers(column, described.low, described.high, described.scale, described)
        case Flag():
            return lambda column: _numbers(column, 0, 1, 1, described)
        case Choice():
            return lambda column: _numbers(column, 0, len(described.words) - 1, 1, described)
        case Label():
            return _remembered(described)


def _numbers(column: Sequence[Any], low: float, high: float, scale: int, described: Field) -> tuple[NDArray[Any], Mask]:
    values = np.array(column, np.float64)  # None becomes NaN
    absent = np.isnan(values)
    good = (values >= low) & (values <= high)
    codes = np.where(good, np.rint(values * scale), absent_code(described))
    return codes, ~(good | absent)


class _Memo(dict[Any, Any]):
    """A word of one field → its stored code; `BAD` (for labels: None) where it is none."""

    def __init__(self, described: Field) -> None:
        super().__init__()
        self._field = described

    def __missing__(self, raw: Any) -> Any:
        if len(self) >= MEMO_LIMIT:
            self.clear()
        code = self[raw] = self._code(raw)
        return code

    def _code(self, raw: Any) -> Any:
        described = self._field
        if raw is msgspec.UNSET:
            return absent_code(described)
        if raw is None or raw == "":
            return b"" if isinstance(described, Label) and described.blank else absent_code(described)
        try:
            return _encoded(described, described.parse(raw))
        except (ValueError, OverflowError):
            return None if isinstance(described, Label) else BAD


def _encoded(described: Field, value: Value) -> int | bytes:
    return str(value).encode() if isinstance(described, Label) else described.encode(value)


def _remembered(described: Field) -> Callable[[Sequence[Any]], tuple[NDArray[Any], Mask]]:
    memo = _Memo(described)
    if not isinstance(described, Label):

        def numbers(column: Sequence[Any]) -> tuple[NDArray[Any], Mask]:
            codes = np.array([memo[raw] for raw in column], np.int64)
            bad = codes == BAD
            return np.where(bad, 0, codes), bad

        return numbers

    def labels(column: Sequence[Any]) -> tuple[NDArray[Any], Mask]:
        codes = [memo[raw] for raw in column]
        bad = np.array([code is None for code in codes], bool)
        return np.array([code or b"" for code in codes], f"S{described.size}"), bad

    return labels


def _displaced(data: NDArray[np.void], bodies: Sequence[Body]) -> Mask:
    """Positions that are not simply in WGS-84: half of one, a receiver without a fix, another datum."""
    lng, lat = data["lng"], data["lat"]
    absent = np.iinfo(np.int32).min
    unsure = ((lng == absent) != (lat == absent)) | ((lng == 0) & (lat == 0))
    other = [body.coordType is not None and body.coordType.lower() != Datum.WGS84.value for body in bodies]
    return np.asarray(unsure | np.array(other, bool), bool)
