"""Three-level response (三级响应): how grave an alarm is, from what is known about the people inside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.equipment.kind import Category, Settings, Threshold, seconds
from domain.faults import Fault


class ResponseLevel(StrEnum):
    """一/二/三级响应; the value is the database text and the locale key `level.<value>`."""

    MINOR_FAULT = "minor_fault"  # 一级 轻微故障
    ENTRAPMENT = "entrapment"  # 二级 困人
    EMERGENCY = "emergency"  # 三级 突发事件

    @property
    def rank(self) -> int:
        """1 to 3."""
        return list(ResponseLevel).index(self) + 1


class ResponseReason(StrEnum):
    """Why an alarm has its level; the locale key is `response.<value>`."""

    MINOR = "minor"
    GRAVE = "grave"  # urgent whoever is there
    GRAVE_EMPTY = "grave_empty"  # would be an emergency with somebody inside
    ENTRAPMENT = "entrapment"
    PERSON_INSIDE = "person_inside"
    GRAVE_WITH_PERSON = "grave_with_person"
    TRAPPED_LONG = "trapped_long"
    MANY_TRAPPED = "many_trapped"
    CASUALTIES = "casualties"  # somebody said that people are hurt
    POWER_CUTS = "power_cuts"  # many lifts of one area stand without power
    GRID_FAULT = "grid_fault"  # so many that it is a matter of the district
    RAISED_BY_PERSON = "raised_by_person"  # his words are in the log


@dataclass(frozen=True, slots=True)
class Response:
    """The level, whether a level-1 case is urgent, and why (a `ResponseReason`; text, because storage gives it back as text)."""

    level: ResponseLevel
    urgent: bool
    reason: str


TRAPPED_LONG: Final = seconds("response.trapped_seconds", 3600)
MANY_TRAPPED: Final = Threshold("response.trappings", 5, "起")
MANY_WITHIN: Final = seconds("response.trappings_seconds", 900)


def level_of(fault: Fault, *, person: bool | None) -> Response:
    """The response to one fault; `person` is whether somebody is inside, None when unknown.

    Source: 普陀区特种设备 work plan 2025-37 三级响应; the assignment of codes is an assumption kept in domain/faults.py.
    An unknown occupancy is treated as empty for the level, and a grave fault is then urgent, so nobody waits for certainty.
    """
    if fault.category is Category.ENTRAPMENT:
        return Response(ResponseLevel.ENTRAPMENT, True, ResponseReason.ENTRAPMENT)
    if fault.category is Category.FAULT and person:
        if fault.traps:
            return Response(ResponseLevel.ENTRAPMENT, True, ResponseReason.PERSON_INSIDE)
        if fault.emergency:
            return Response(ResponseLevel.EMERGENCY, True, ResponseReason.GRAVE_WITH_PERSON)
    if fault.grave:
        return Response(
            ResponseLevel.MINOR_FAULT, True, ResponseReason.GRAVE_EMPTY if fault.traps or fault.emergency else ResponseReason.GRAVE
        )
    return Response(ResponseLevel.MINOR_FAULT, False, ResponseReason.MINOR)


def level_of_wait(response: Response, *, trapped_seconds: float, settings: Settings) -> Response:
    """The response to an entrapment that has lasted `trapped_seconds`: level 3 after an hour."""
    if trapped_seconds < TRAPPED_LONG.of(settings) or response.level is ResponseLevel.EMERGENCY:
        return response
    return Response(ResponseLevel.EMERGENCY, True, ResponseReason.TRAPPED_LONG)
