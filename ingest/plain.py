"""State messages in the platform's plain form, thousands at a time: decoded into records of types, then checked as columns.

What is not in the plain form (other types, unknown keys, values out of range, times that need thought) is left to ingest.decode,
which reads one message with all its tolerance and knows the reason of every refusal. Both give the same readings: tested over
random bodies in tests/unit/ingest/test_plain.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    if isinstance(described, Metric) and described.size > 1:
        return lambda column: _numbers(column, described)
    return _remembered(described)


def _numbers(column: Sequence[Any], described: Metric) -> tuple[NDArray[Any], Mask]:
    absent_code_ = absent_code(described)
    if column[0] is None and column.count(None) == len(column):  # a key that this vendor does not send
        return np.full(len(column), absent_code_), np.zeros(len(column), bool)
    values = np.array(column, np.float64)  # None becomes NaN
    good = (values >= described.low) & (values <= described.high)
    return np.where(good, np.rint(values * described.scale), absent_code_), ~(good | np.isnan(values))


class _Memo(dict[Any, Any]):
    """A word of one field → its stored code; `bad` where it is none."""

    def __init__(self, described: Field, bad: Any) -> None:
        super().__init__()
        self._field = described
        self._bad = bad

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
            return self._bad


def _encoded(described: Field, value: Value) -> int | bytes:
    return str(value).encode() if isinstance(described, Label) else described.encode(value)


def _remembered(described: Field) -> Callable[[Sequence[Any]], tuple[NDArray[Any], Mask]]:
    """Most fields know few words: each is parsed once, by the field's own description."""
    bad = None if isinstance(described, Label) else BAD
    memo = _Memo(described, bad)
    code_of = memo.__getitem__

    def numbers(column: Sequence[Any]) -> tuple[NDArray[Any], Mask]:
        codes = np.fromiter(map(code_of, column), np.int64, len(column))
        wrong = codes == BAD
        return (np.where(wrong, 0, codes) if wrong.any() else codes), wrong

    def labels(column: Sequence[Any]) -> tuple[NDArray[Any], Mask]:
        codes = list(map(code_of, column))
        wrong = np.zeros(len(codes), bool)
        if None in codes:
            wrong = np.array([code is None for code in codes], bool)
            codes = [code or b"" for code in codes]
        return np.array(codes, f"S{described.size}"), wrong

    return labels if isinstance(described, Label) else numbers


def _displaced(data: NDArray[np.void], bodies: Sequence[Body]) -> Mask:
    """Positions that are not simply in WGS-84: half of one, a receiver without a fix, another datum."""
    lng, lat = data["lng"], data["lat"]
    absent = np.iinfo(np.int32).min
    unsure = ((lng == absent) != (lat == absent)) | ((lng == 0) & (lat == 0))
    other = [body.coordType is not None and body.coordType.lower() != Datum.WGS84.value for body in bodies]
    return np.asarray(unsure | np.array(other, bool), bool)
