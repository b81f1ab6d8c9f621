"""What an import has to say about a file, its rows and its cells: every reason once, with what it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import Invalid
from locales import t

LONGEST_QUOTE: Final = 200  # characters of a raw value that a report repeats


class Effect(StrEnum):
    """What became of the thing a finding is about; the locale key is `registry.effect.<value>`."""

    ROW_REFUSED = "row_refused"  # 整行未导入
    LEFT_EMPTY = "left_empty"  # 该项未导入
    KEPT = "kept"  # 已导入，请核对


class Reason(StrEnum):
    """Why; the locale key is `registry.<value>`."""

    # The whole file is refused.
    NO_FILE = "no_file"
    TOO_LARGE = "too_large"
    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    NOT_TEXT = "not_text"
    OLD_WORKBOOK = "old_workbook"
    NOT_A_WORKBOOK = "not_a_workbook"
    HOSTILE_WORKBOOK = "hostile_workbook"
    NO_SHEET = "no_sheet"
    UNDECODABLE = "undecodable"
    MIXED_ENCODINGS = "mixed_encodings"
    BROKEN_CSV = "broken_csv"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    NO_KEY_COLUMN = "no_key_column"
    NO_KIND_COLUMN = "no_kind_column"
    MISSING_COLUMN = "missing_column"
    TWICE_NAMED = "twice_named"
    TWO_COLUMNS = "two_columns"
    BAD_MAPPING = "bad_mapping"
    BUSY = "busy"
    # A row is refused.
    NO_KEY = "no_key"
    UNUSABLE_KEY = "unusable_key"
    DIGITS_LOST = "digits_lost"
    NO_KIND = "no_kind"
    KIND_CHANGED = "kind_changed"
    WRONG_WIDTH = "wrong_width"
    REPEATED_ROW = "repeated_row"
    CONFLICTING_ROWS = "conflicting_rows"
    # A cell is left empty.
    FORMULA = "formula"
    ERROR_VALUE = "error_value"
    WRONG_TYPE = "wrong_type"
    TOO_LONG = "too_long"
    CONTROL_CHARACTERS = "control_characters"
    REJECTED = "rejected"
    NOT_A_NUMBER = "not_a_number"
    DECIMAL_MARK = "decimal_mark"
    NOT_WHOLE = "not_whole"
    UNKNOWN_UNIT = "unknown_unit"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_DATE = "not_a_date"
    NO_SUCH_DAY = "no_such_day"
    IMPOSSIBLE_YEAR = "impossible_year"
    IN_THE_FUTURE = "in_the_future"
    TIME_OF_DAY = "time_of_day"
    UNKNOWN_WORD = "unknown_word"
    UNKNOWN_VENDOR = "unknown_vendor"
    NAME_WITHOUT_LETTERS = "name_without_letters"
    HALF_A_POSITION = "half_a_position"
    OFF_THE_GLOBE = "off_the_globe"
    OUTSIDE_BOUNDS = "outside_bounds"
    UNKNOWN_STREET = "unknown_street"
    UNNAMED_UNIT = "unnamed_unit"
    # Taken as it is, worth a look.
    NUMERIC_KEY = "numeric_key"
    FORMULA_KEPT = "formula_kept"
    BAD_CREDIT_CODE = "bad_credit_code"
    SHARED_CREDIT_CODE = "shared_credit_code"
    NAMED_OTHERWISE = "named_otherwise"
    IN_NO_STREET = "in_no_street"
    STREET_DIFFERS = "street_differs"
    UNKNOWN_COLUMN = "unknown_column"
    PERSONAL_COLUMN = "personal_column"


_ROW: Final = (
    Reason.NO_KEY, Reason.UNUSABLE_KEY, Reason.DIGITS_LOST, Reason.NO_KIND, Reason.KIND_CHANGED, Reason.WRONG_WIDTH,
    Reason.REPEATED_ROW, Reason.CONFLICTING_ROWS,
)  # fmt: skip
_KEPT: Final = (
    Reason.NUMERIC_KEY, Reason.FORMULA_KEPT, Reason.BAD_CREDIT_CODE, Reason.SHARED_CREDIT_CODE, Reason.NAMED_OTHERWISE,
    Reason.IN_NO_STREET, Reason.STREET_DIFFERS,
)  # fmt: skip
EFFECTS: Final[dict[Reason, Effect]] = dict.fromkeys(_ROW, Effect.ROW_REFUSED) | dict.fromkeys(_KEPT, Effect.KEPT)


class Refused(Invalid):
    """The whole file is refused and nothing was written; `reason` is a Reason, the other data fill its sentence."""

    code = "register_refused"

    def __init__(self, reason: Reason, **data: object) -> None:
        self.reason = reason
        super().__init__(reason=reason.value, **data)

    @property
    def sentence(self) -> str:
        """One sentence in the language in force."""
        return t(f"registry.{self.reason}", **{key: value for key, value in self.data.items() if key != "reason"})


class BadCell(Exception):
    """A cell that cannot be taken as it is; `detail` tells what was expected."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason, detail)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. `row` counts as a spreadsheet does (the header is usually row 1); None speaks of a whole column."""

    row: int | None
    column: str
    raw: str
    reason: Reason
    detail: str = ""

    @property
    def effect(self) -> Effect:
        """What became of the row or cell."""
        return EFFECTS.get(self.reason, Effect.LEFT_EMPTY)

    @property
    def sentence(self) -> str:
        """The remark in the language in force."""
        words = t(f"registry.{self.reason}")
        return f"{words}（{self.detail}）" if self.detail else words


def quote(raw: object) -> str:
    """A raw value as a report repeats it."""
    text = str(raw)
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
