"""What a kind of equipment is made of: its metrics on the wire and in storage, and its rules. Descriptions are data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

Value = int | float | bool | str
Values = tuple[Value | None, ...]

TRUE_WORDS: Final = frozenset({"true", "1"})
FALSE_WORDS: Final = frozenset({"false", "0"})
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)  # float() also takes "nan", "1_000" and "١"


DECLARED: Final[dict[str, Threshold]] = {}
"""Every threshold declared so far, by key; read it through domain.thresholds, which knows them all."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that an authorised person may change: a row of rule_settings named `key`, or `default` where there is none."""

    key: str
    default: float
    unit: str
    source: str = ""  # the article or finding the default comes from; "" means assumed

    def __post_init__(self) -> None:
        if self.key in DECLARED:
            raise ValueError(f"{self.key} is declared twice")
        DECLARED[self.key] = self

    def of(self, settings: Mapping[str, float]) -> float:
        """The value in force."""
        return settings.get(self.key, self.default)


def seconds(key: str, default: float, *, source: str = "") -> Threshold:
    """A duration in seconds."""
    return Threshold(key, default, "s", source)


MAX_GAP: Final = seconds("alarm.max_gap_seconds", 15)
OFFLINE_ALARM: Final = seconds("presence.offline_alarm_seconds", 900)


def _number(raw: object) -> float:
    if type(raw) is float or type(raw) is int:  # the exact types JSON gives; a bool is no number
        return float(raw)
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        return float(raw)
    raise ValueError("not_a_number")


@dataclass(frozen=True, slots=True)
class Metric:
    """A number. Stored as round(value * scale) in `size` bytes, signed; the lowest code means absent."""

    key: str
    wire: str
    unit: str = ""
    low: float = 0
    high: float = 0
    scale: int = 1
    size: int = 2

    def parse(self, raw: object) -> Value:
        """A number from a JSON number or numeric text, within [low, high], in steps of 1/scale. Raises ValueError, OverflowError.

        What is judged is exactly what is stored, so a restart or a replay judges the same.
        """
        number = _number(raw)
        if not self.low <= number <= self.high:  # NaN fails both comparisons
            raise ValueError("out_of_range")
        return round(number * self.scale) / self.scale

    def encode(self, value: Value) -> int:
        """The stored integer."""
        return round(float(value) * self.scale)

    def decode(self, code: int) -> Value:
        """The number behind a stored integer."""
        return code / self.scale


@dataclass(frozen=True, slots=True)
class Flag:
    """A truth value; "True"/"False"/"1"/"0"/1/0 are accepted on the wire."""

    key: str
    wire: str
    size: int = 1

    def parse(self, raw: object) -> Value:
        """True or False. Raises ValueError."""
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower() if isinstance(raw, int | str) else ""
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise ValueError("not_a_flag")

    def encode(self, value: Value) -> int:
        """1 or 0."""
        return int(value)

    def decode(self, code: int) -> Value:
        """The truth value."""
        return bool(code)


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of an enumeration that travels as a small integer or as the word; `words[n]` is the word of integer n.

    The value in memory is the integer; the screen shows label("<key>", words[n]).
    """

    key: str
    wire: str
    words: tuple[str, ...]
    size: int = 1

    def parse(self, raw: object) -> Value:
        """The integer code. Raises ValueError, OverflowError."""
        if isinstance(raw, str) and raw.strip() in self.words:
            return self.words.index(raw.strip())
        number = _number(raw)
        if not (number.is_integer() and 0 <= number < len(self.words)):
            raise ValueError("unknown_choice")
        return int(number)

    def encode(self, value: Value) -> int:
        """The integer itself."""
        return int(value)

    def decode(self, code: int) -> Value:
        """The integer itself."""
        return code


@dataclass(frozen=True, slots=True)
class Label:
    """A short text as displayed, such as floor "B1" or "12A"; at most `size` bytes of UTF-8.

    Where `blank` is set an empty text or null is a statement ("nobody signed in"), elsewhere it is absence.
    """

    key: str
    wire: str
    size: int = 4
    blank: bool = False

    def parse(self, raw: object) -> Value:
        """The text. Raises ValueError when it is no text or number, or too long."""
        if isinstance(raw, bool) or not isinstance(raw, int | str):
            raise ValueError("not_a_label")
        text = str(raw).strip()
        if not text.isprintable():  # NUL and lone surrogates among them: neither can be stored
            raise ValueError("not_printable")
        if len(text.encode()) > self.size:
            raise ValueError("label_too_long")
        return text


Field = Metric | Flag | Choice | Label


class Category(StrEnum):
    """What an alarm is about; the locale key is `category.<value>`."""

    ENTRAPMENT = "entrapment"  # 困人
    FAULT = "fault"  # 故障
    DANGEROUS_BEHAVIOR = "dangerous_behavior"  # 危险行为
    UNCIVIL_BEHAVIOR = "uncivil_behavior"  # 不文明行为
    VIOLATION = "violation"  # 叉车违规
    PRESENCE = "presence"  # 装置离线


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule must know of one machine besides its readings; None where the register does not say."""

    equipment_id: int
    rated_speed: float | None = None  # m/s
    rated_load: float | None = None  # kg
    has_belt: bool = True
    indoor: bool = False
    fence: tuple[float, float, float, float] | None = None  # west, south, east, north; degrees WGS-84


Settings = Mapping[str, float]
Condition = Callable[[Values, Values | None, Subject], bool | None]
"""(values, previous values or None, subject) → whether the condition holds on this reading; None when the device did not say."""
ConditionFor = Callable[[Mapping[str, int], Settings], Condition]
"""Binds a condition to a kind's metric positions and to the thresholds in force."""


@dataclass(frozen=True, slots=True)
class While:
    """Raise when `when` has held on every reading for `lasting`; clear when `until` (default: the opposite) has held for `quiet`.

    Samples further apart than `gap` break the hold: what nobody saw is not evidence.
    """

    key: str
    when: ConditionFor
    lasting: Threshold
    quiet: Threshold
    until: ConditionFor | None = None
    gap: Threshold = MAX_GAP


@dataclass(frozen=True, slots=True)
class Unless:
    """Raise when `starts` was seen, `cancels` was not within `within`, and `still` holds then; clear as soon as `until` is seen.

    Samples further apart than `gap`, and samples that do not say whether `cancels` holds, end the waiting.
    """

    key: str
    starts: ConditionFor
    cancels: ConditionFor
    still: ConditionFor
    within: Threshold
    until: ConditionFor
    gap: Threshold = MAX_GAP


@dataclass(frozen=True, slots=True)
class Repeats:
    """Raise when `counts` came true at least `times` within `within`; clear on `ends`, or after `quiet` without another."""

    key: str
    counts: ConditionFor
    times: Threshold
    within: Threshold
    quiet: Threshold
    ends: ConditionFor


Rule = While | Unless | Repeats


@dataclass(frozen=True, slots=True)
class EquipmentKind:
    """One kind of special equipment. `catalogue` is the class number of the 特种设备目录; `counted` kinds add up to 18,964."""

    key: str
    catalogue: str
    icon: str
    fields: tuple[Field, ...] = ()
    rules: tuple[Rule, ...] = ()
    suppressed: ConditionFor | None = None  # while it holds, no rule of this kind raises
    offline_alarm: Threshold = OFFLINE_ALARM  # silence that is an alarm
    counted: bool = True
    inspection_months: int | None = None
    position: Mapping[str, int] = field(init=False)
    by_wire: Mapping[str, tuple[int, Field]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", {f.key: i for i, f in enumerate(self.fields)})
        object.__setattr__(self, "by_wire", {f.wire: (i, f) for i, f in enumerate(self.fields)})
