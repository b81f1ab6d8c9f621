"""What readers see of people who reported something (个人信息保护): everything, its ends, or nothing. Pure.

GB/T 22239-2019 8.1.4.11: a name is shown as 张**, a telephone as 138****1234 to whoever does not have to speak with its owner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from domain.scope import Role
from domain.work_orders import OrderKind


class Sight(StrEnum):
    """How much of a reporter is seen."""

    WHOLE = "whole"
    ENDS = "ends"
    NOTHING = "nothing"


UNITS: Final = frozenset({Role.USE_UNIT, Role.MAINTENANCE_UNIT, Role.INSPECTION_BODY})
CALLED_BY: Final = frozenset({Role.OPERATIONS_CENTRE, Role.BUREAU, Role.OFFICE})
"""Who calls back whoever complained: those who take complaints in and those who decide them."""
SPEAK_WITH_CALLERS: Final = frozenset({Role.OPERATIONS_CENTRE, Role.EMERGENCY, Role.FIRE, Role.USE_UNIT, Role.MAINTENANCE_UNIT})
"""Who speaks with somebody who waits for help, or who knows what is broken."""
MASK: Final = "****"
NAME_MASK: Final = "**"
_NUMBERS: Final = re.compile(r"(?<!\d)(?:\+?86[ -]?)?(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8})(?!\d)")


def sight(kind: OrderKind, role: Role) -> Sight:
    """What a role sees of the reporters of orders of this kind: a unit never learns who complained about it."""
    if kind is OrderKind.FEEDBACK:
        return Sight.NOTHING if role in UNITS else Sight.WHOLE if role in CALLED_BY else Sight.ENDS
    return Sight.WHOLE if role in SPEAK_WITH_CALLERS else Sight.ENDS


def seen(source: Mapping[str, Any], by: Sight) -> dict[str, Any]:
    """A report (reporter, phone, words) as somebody sees it. Numbers in the words are numbers too."""
    name, phone = _SHOWN[by]
    words = without_numbers(source["words"], by)
    return {**source, "reporter": name(source["reporter"]), "phone": phone(source["phone"]), "words": words}


def without_numbers(words: str, by: Sight) -> str:
    """What a citizen wrote, with the telephone numbers in it as somebody sees them."""
    _, phone = _SHOWN[by]
    return words if by is Sight.WHOLE else _NUMBERS.sub(lambda found: phone(found[0]) or MASK, words)


def masked_name(name: str) -> str:
    """The family name, or the first letter."""
    return name.strip()[:1] and name.strip()[:1] + NAME_MASK


def masked_phone(phone: str) -> str:
    """The ends of a number: three and four figures of a mobile's, the last two of a shorter one."""
    figures = "".join(filter(str.isdigit, phone))
    if len(figures) < 11:
        return MASK + figures[-2:] if phone.strip() else ""
    return f"{figures[-11:][:3]}{MASK}{figures[-4:]}"


_SHOWN: Final[Mapping[Sight, tuple[Callable[[str], str], Callable[[str], str]]]] = {
    Sight.WHOLE: (str, str),
    Sight.ENDS: (masked_name, masked_phone),
    Sight.NOTHING: (lambda _: "", lambda _: ""),
}
