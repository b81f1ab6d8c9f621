"""Three-level response (三级响应): how grave an alarm is, from what is known about the people inside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.equipment.kind import Category
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


@dataclass(frozen=True, slots=True)
class Response:
    """The level, whether a level-1 case is urgent, and the word that says why (locale key `response.<reason>`)."""

    level: ResponseLevel
    urgent: bool
    reason: str


def level_of(fault: Fault, *, person: bool | None) -> Response:
    """The response to one fault; `person` is whether somebody is inside, None when unknown.

    Source: 普陀区特种设备 work plan 2025-37 三级响应; the assignment of codes is an assumption kept in domain/faults.py.
    An unknown occupancy is treated as empty for the level, and a grave fault is then urgent, so nobody waits for certainty.
    """
    if fault.category is Category.ENTRAPMENT:
        return Response(ResponseLevel.ENTRAPMENT, True, "entrapment")
    if fault.category is Category.FAULT and person:
        if fault.traps:
            return Response(ResponseLevel.ENTRAPMENT, True, "person_inside")
        if fault.emergency:
            return Response(ResponseLevel.EMERGENCY, True, "grave_with_person")
    if fault.grave:
        return Response(ResponseLevel.MINOR_FAULT, True, "grave_empty")
    return Response(ResponseLevel.MINOR_FAULT, False, "minor")
