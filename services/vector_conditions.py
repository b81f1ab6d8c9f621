"""The conditions of domain.equipment.conditions over whole columns: the same words, thousands of readings at once.

Every answer is a pair of masks, said to hold and said not to hold; a row in neither is one whose device did not say.
That both readings of a word agree is tested over every rule and random readings (tests/unit/services/test_vector_rules.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_access.readings_codec import absent_code
from domain.equipment import KINDS
from domain.equipment.conditions import (
    Above,
    AboveLocal,
    AboveRated,
    AllOf,
    AnyOf,
    AtLeast,
    Became,
    Flipped,
    Is,
    OneOf,
    OutsideFence,
    Shows,
    WithBelt,
)
from domain.equipment.kind import ConditionFor, Field, Label, Metric, Settings, Subject, Value

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


class Answer(NamedTuple):
    """Where a condition was said to hold, and where it was said not to."""

    yes: Mask
    no: Mask


class Column(NamedTuple):
    """One field of many readings: its stored codes, and where the device said anything."""

    codes: NDArray[Any]
    said: Mask


@dataclass(frozen=True, slots=True)
class Subjects:
    """What the register says of many machines, a row a machine; NaN where it does not say."""

    rated_speed: Numbers
    rated_load: Numbers
    has_belt: Mask
    indoor: Mask
    fence: Numbers  # west, south, east, north

    def take(self, rows: NDArray[Any]) -> Subjects:
        """Some of the machines."""
        return Subjects(self.rated_speed[rows], self.rated_load[rows], self.has_belt[rows], self.indoor[rows], self.fence[rows])


class Frame:
    """Many readings of one kind, and the readings before them; fields are unpacked when a condition asks for them."""

    __slots__ = ("_fields", "_seen", "before", "data", "kind", "known_before", "subjects")

    def __init__(self, kind: str, data: NDArray[np.void], subjects: Subjects, before: Frame | None, known_before: Mask) -> None:
        self.kind = kind
        self.data = data
        self.subjects = subjects
        self.before = before
        self.known_before = known_before
        self._fields = KINDS[kind].fields
        self._seen: dict[str, Column] = {}

    def field(self, key: str) -> Field:
        """The description of a field."""
        return self._fields[KINDS[self.kind].position[key]]

    def column(self, key: str) -> Column:
        """The stored codes of a field."""
        column = self._seen.get(key)
        if column is None:
            codes = self.data[key]
            native = codes if codes.dtype.kind == "S" else codes.astype(codes.dtype.newbyteorder("="))
            column = self._seen[key] = Column(native, native != absent_code(self.field(key)))
        return column

    def numbers(self, key: str) -> tuple[Numbers, Mask]:
        """The values of a metric, exactly as the scalar codec decodes them, and where they were said."""
        codes, said = self.column(key)
        field = self.field(key)
        return codes / field.scale if isinstance(field, Metric) else codes.astype(np.float64), said


Ask = Callable[[Frame], Answer]


def subjects_of(subjects: list[Subject]) -> Subjects:
    """Columns of the register's facts."""

    def numbers(values: list[float | None]) -> Numbers:
        return np.array(values, np.float64)

    fences = [subject.fence or (np.nan,) * 4 for subject in subjects]
    return Subjects(
        numbers([subject.rated_speed for subject in subjects]),
        numbers([subject.rated_load for subject in subjects]),
        np.array([subject.has_belt for subject in subjects], bool),
        np.array([subject.indoor for subject in subjects], bool),
        np.array(fences, np.float64).reshape(len(subjects), 4),
    )


def ask(condition: ConditionFor, settings: Settings) -> Ask:
    """The condition over columns. Raises KeyError for a word this module does not know."""
    return _WORDS[type(condition)](condition, settings)


def _code(field: Field, value: Value) -> Any:
    return str(value).encode() if isinstance(field, Label) else field.encode(value)


def _answer(said: Mask, holds: Mask) -> Answer:
    return Answer(said & holds, said & ~holds)


def _is(word: Is, settings: Settings) -> Ask:
    def answer(frame: Frame) -> Answer:
        codes, said = frame.column(word.key)
        return _answer(said, codes == _code(frame.field(word.key), word.wanted))

    return answer


def _one_of(word: OneOf, settings: Settings) -> Ask:
    def answer(frame: Frame) -> Answer:
        codes, said = frame.column(word.key)
        return _answer(said, _among(codes, [_code(frame.field(word.key), value) for value in word.wanted]))

    return answer


def _among(codes: NDArray[Any], wanted: list[Any]) -> Mask:
    """Faster than np.isin for the two or three words of a choice."""
    found = np.zeros(len(codes), bool)
    for code in wanted:
        found |= codes == code
    return found


def _shows(word: Shows, settings: Settings) -> Ask:
    def answer(frame: Frame) -> Answer:
        status, said = frame.column(word.key)
        flag, flag_said = frame.column(word.otherwise)
        clear = said & (status != 0)
        return _answer(clear | flag_said, np.where(clear, _among(status, list(word.wanted)), flag == word.flag))

    return answer


def _above(word: Above, settings: Settings) -> Ask:
    bound = word.limit.of(settings)

    def answer(frame: Frame) -> Answer:
        values, said = frame.numbers(word.key)
        return _answer(said, values > bound)

    return answer


def _at_least(word: AtLeast, settings: Settings) -> Ask:
    bound = word.limit.of(settings)

    def answer(frame: Frame) -> Answer:
        values, said = frame.numbers(word.key)
        return _answer(said, values >= bound)

    return answer


def _above_rated(word: AboveRated, settings: Settings) -> Ask:
    factor = word.ratio.of(settings)

    def answer(frame: Frame) -> Answer:
        values, said = frame.numbers(word.key)
        rated: Numbers = getattr(frame.subjects, word.rating)
        if word.own is not None:
            own, own_said = frame.numbers(word.own)
            rated = np.where(own_said & (own != 0), own, rated)
        rated_at_all = ~np.isnan(rated) & (rated != 0)
        return _answer(said & rated_at_all, np.abs(values) > factor * rated)

    return answer


def _above_local(word: AboveLocal, settings: Settings) -> Ask:
    inside, outside = word.indoor.of(settings), word.outdoor.of(settings)

    def answer(frame: Frame) -> Answer:
        values, said = frame.numbers(word.key)
        zone, zone_said = frame.numbers(word.own)
        limit = np.where(zone_said & (zone != 0), zone, np.where(frame.subjects.indoor, inside, outside))
        return _answer(said, values > limit)

    return answer


def _outside_fence(word: OutsideFence, settings: Settings) -> Ask:
    def answer(frame: Frame) -> Answer:
        lng, lng_said = frame.numbers(word.lng)
        lat, lat_said = frame.numbers(word.lat)
        west, south, east, north = frame.subjects.fence.T
        inside = (west <= lng) & (lng <= east) & (south <= lat) & (lat <= north)
        return _answer(lng_said & lat_said & ~np.isnan(west), ~inside)

    return answer


def _with_belt(word: WithBelt, settings: Settings) -> Ask:
    part = ask(word.part, settings)

    def answer(frame: Frame) -> Answer:
        yes, no = part(frame)
        return Answer(yes & frame.subjects.has_belt, no & frame.subjects.has_belt)

    return answer


def _became(word: Became, settings: Settings) -> Ask:
    def answer(frame: Frame) -> Answer:
        codes, said = frame.column(word.key)
        if frame.before is None:
            return Answer(np.zeros(len(codes), bool), np.zeros(len(codes), bool))
        field = frame.field(word.key)
        earlier, earlier_said = frame.before.column(word.key)
        holds = earlier_said & (earlier == _code(field, word.was)) & (codes == _code(field, word.now_is))
        return _answer(said & frame.known_before, holds)

    return answer


def _flipped(word: Flipped, settings: Settings) -> Ask:
    part = ask(word.part, settings)

    def answer(frame: Frame) -> Answer:
        yes, no = part(frame)
        if frame.before is None:
            return Answer(np.zeros(len(yes), bool), np.zeros(len(yes), bool))
        was, was_not = part(frame.before)
        known = frame.known_before
        return Answer(known & (yes & was_not | no & was), known & (yes & was | no & was_not))

    return answer


def _all_of(word: AllOf, settings: Settings) -> Ask:
    parts = [ask(part, settings) for part in word.parts]

    def answer(frame: Frame) -> Answer:
        yes, no = parts[0](frame)
        for part in parts[1:]:
            also, not_also = part(frame)
            yes, no = yes & also, no | not_also
        return Answer(yes, no)

    return answer


def _any_of(word: AnyOf, settings: Settings) -> Ask:
    parts = [ask(part, settings) for part in word.parts]

    def answer(frame: Frame) -> Answer:
        yes, no = parts[0](frame)
        for part in parts[1:]:
            also, not_also = part(frame)
            yes, no = yes | also, no & not_also
        return Answer(yes, no)

    return answer


_WORDS: Final[Mapping[type, Callable[[Any, Settings], Ask]]] = {
    Is: _is,
    OneOf: _one_of,
    Shows: _shows,
    Above: _above,
    AtLeast: _at_least,
    AboveRated: _above_rated,
    AboveLocal: _above_local,
    OutsideFence: _outside_fence,
    WithBelt: _with_belt,
    Became: _became,
    Flipped: _flipped,
    AllOf: _all_of,
    AnyOf: _any_of,
}
