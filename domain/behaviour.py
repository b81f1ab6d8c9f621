"""Behaviour in the car (乘梯行为): what is answered by a voice prompt, and which order an occurrence belongs to. Pure.

Source: 普陀区特种设备 work plan: 危险行为 → voice alarm, use unit, copy to the street; 不文明行为 → use unit, targeted publicity.
A device is asked to speak and to nothing else: we never command a lift to move or to stop.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from domain.equipment.kind import Category, Threshold, seconds
from domain.faults import RULES
from domain.scope import Role

PROMPT_LASTS: Final = seconds("behavior.prompt_seconds", 30)  # later, nobody it is meant for is there
ANSWER_WITHIN: Final = seconds("behavior.answer_seconds", 60)
PUBLICITY_FROM: Final = Threshold("behavior.publicity_occurrences", 5, "次")  # of one behaviour at one site in one week
COMPARED_DAYS: Final = Threshold("behavior.publicity_days", 30, "d")  # before and after publicity: what is compared

DANGEROUS: Final = frozenset(fault.family for fault in RULES.values() if fault.category is Category.DANGEROUS_BEHAVIOR)
UNCIVIL: Final = frozenset(fault.family for fault in RULES.values() if fault.category is Category.UNCIVIL_BEHAVIOR)
BEHAVIOURS: Final = DANGEROUS | UNCIVIL
"""Families of alarms about people; the sentence a car speaks is `prompt.<family>`."""
COPIED: Final = DANGEROUS
"""Causes of orders that the machine's street gets a copy of."""
GATHERED: Final = Category.UNCIVIL_BEHAVIOR.value
"""The cause of the one order that gathers a lift's day of uncivil behaviour."""


PUBLICISTS: Final = frozenset({Role.USE_UNIT, Role.STREET, Role.OFFICE, Role.BUREAU, Role.OPERATIONS_CENTRE})
"""Who may say that publicity was done at a site of theirs."""
WEEKS: Final = 2  # the running one, and the one before, which late words may still reach


class CommandStatus(StrEnum):
    """What became of a voice prompt; the locale key is `command_status.<value>`."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"  # the device has spoken
    FAILED = "failed"  # the device says that it could not
    EXPIRED = "expired"  # it could not be sent in time, and was not
    UNANSWERED = "unanswered"


class Played(StrEnum):
    """What a device says became of a prompt."""

    PLAYED = "played"
    FAILED = "failed"


class PromptNote(StrEnum):
    """What the log of an order says about a prompt; the locale key is `system_note.<value>`."""

    PLAYED = "prompt_played"
    FAILED = "prompt_failed"
    REFUSED_TO_RUN = "device_refused_to_run"  # the machine's own protection: evidence that it was so
    UNANSWERED = "prompt_unanswered"
    TOO_LATE = "prompt_too_late"  # we heard of it, by the device's clock, when nobody was there any more: none was asked for
    AGAIN = "behaviour_again"


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def cause_of(family: str) -> str:
    """What the order about an occurrence is about: dangerous behaviour by itself, uncivil behaviour together."""
    return family if family in DANGEROUS else GATHERED


def cause_key(family: str, equipment_id: int, day: date) -> str:
    """The order an occurrence belongs to: of dangerous behaviour the open one, of uncivil behaviour the one of that Shanghai day."""
    key = f"behavior:{cause_of(family)}:{equipment_id}"
    return key if family in DANGEROUS else f"{key}:{day.isoformat()}"
