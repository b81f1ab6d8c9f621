"""Incidents: which order an alarm or a call asks for, and when several reports are about one thing (三动报警合一). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.equipment.kind import Category, Settings, seconds
from domain.faults import ENTRAPMENT, RULES
from domain.response import ResponseLevel, ResponseReason
from domain.work_orders import OrderKind, OrderStatus

WINDOW: Final = seconds("incident.window_seconds", 3600)  # reports of one machine within it are one incident: an assumption
TOLD_WITHIN: Final = seconds("incident.told_seconds", 86_400)  # what is said to have begun before that is a wrong date
USER_ALARM: Final = "user_alarm"
REPORTED_FAULT: Final = "reported_fault"  # what a person reports has no code
DRILL: Final = "drill"


class Way(StrEnum):
    """By which of the three ways (三动) a report came; the locale key is `way.<value>`."""

    AUTOMATIC = "automatic"  # 自动
    ACTIVE = "active"  # 主动
    PASSIVE = "passive"  # 被动


class Origin(StrEnum):
    """Who or what reported; the locale key is `origin.<value>`."""

    IOT = "iot"  # 物联网
    BUTTON = "button"  # 轿厢按钮
    APP = "app"  # 智慧电梯码
    POLICE = "110"
    FIRE = "119"
    PROPERTY = "property"  # 物业
    MAINTAINER = "maintainer"  # 维保单位
    PHONE = "phone"  # 电话


WAYS: Final[Mapping[Origin, Way]] = {
    Origin.IOT: Way.AUTOMATIC,
    Origin.BUTTON: Way.ACTIVE,
    Origin.APP: Way.ACTIVE,
    Origin.POLICE: Way.PASSIVE,
    Origin.FIRE: Way.PASSIVE,
    Origin.PROPERTY: Way.PASSIVE,
    Origin.MAINTAINER: Way.PASSIVE,
    Origin.PHONE: Way.PASSIVE,
}


PLATFORM_CHANNELS: Final[Mapping[str, Origin]] = {
    "S01": Origin.POLICE,
    "S02": Origin.PROPERTY,
    "S03": Origin.MAINTAINER,
    "S04": Origin.IOT,
    "S05": Origin.APP,
}
"""The city platform's alarmChannel: an event may be somebody's word that the platform passes on."""


class What(StrEnum):
    """What a person reports; the locale key is `what.<value>`."""

    TRAPPED = "trapped"  # 困人
    CASUALTY = "casualty"  # 人员伤亡
    FAULT = "fault"  # 故障


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The order that a report asks for. `alone`: it is never one incident with others of its machine.

    `out_of_service`: the machine must not run before the order is closed.
    """

    kind: OrderKind
    cause: str
    cause_key: str
    level: ResponseLevel
    urgent: bool
    reason: str
    out_of_service: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An alarm as far as an order is concerned."""

    equipment_id: int
    rule: str
    family: str
    category: Category
    level: ResponseLevel
    urgent: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An order of the same machine that nobody has closed. `completed_at`: when it was done, of one that is."""

    id: int
    kind: OrderKind
    cause: str
    cause_key: str
    status: OrderStatus
    level: ResponseLevel | None
    urgent: bool
    suspended: bool
    opened_at: datetime
    completed_at: datetime | None = None


BEHAVIOURS: Final = frozenset({Category.DANGEROUS_BEHAVIOR, Category.UNCIVIL_BEHAVIOR})
"""What has orders of its own shape: services.behaviour."""
ONE_MACHINE: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR})
UNDER_WAY: Final = frozenset({OrderStatus.REPORTED, OrderStatus.CREATED, OrderStatus.ACCEPTED, OrderStatus.ON_SITE})
"""While somebody still works on an order, another report belongs to it; once it is done, what happens has happened again."""
_ALONE: Final = frozenset({Category.PRESENCE, Category.VIOLATION})  # a lost monitor says nothing about the machine
_APART: Final = frozenset(fault.family for fault in RULES.values() if fault.category in _ALONE)


def origins(family: str, channels: Iterable[str]) -> list[Origin]:
    """Who told of an occurrence: by the platform's channels, else the button in the car for a user's alarm, else the monitor."""
    named = [PLATFORM_CHANNELS[channel] for channel in channels if channel in PLATFORM_CHANNELS]
    people: list[Origin] = [origin for origin in named if origin is not Origin.IOT]
    return people or ([Origin.BUTTON] if family == USER_ALARM else [Origin.IOT])


def rescue_key(equipment_id: int, *, drill: bool = False) -> str:
    """What a rescue from this machine is about, however many reports of it there are."""
    return _drilled(f"rescue:{equipment_id}", drill)


def asked_by_alarm(fact: Fact) -> Asked | None:
    """The order that an alarm asks for; None for behaviours.

    People inside: a rescue. Faults, a silent monitor among them: a repair; a grave one in an empty car is urgent, and the lift
    stays out of service until the order is closed. What a truck's driver did wrong: an anomaly, the use unit's matter.
    """
    if fact.category in BEHAVIOURS:
        return None
    rescue = fact.level is not ResponseLevel.MINOR_FAULT and fact.category in (Category.FAULT, Category.ENTRAPMENT)
    kind = OrderKind.RESCUE if rescue else OrderKind.ANOMALY if fact.category is Category.VIOLATION else OrderKind.REPAIR
    rule = RULES.get(fact.rule)
    return Asked(
        kind=kind,
        cause=fact.family,
        cause_key=rescue_key(fact.equipment_id) if rescue else f"alarm:{fact.family}:{fact.equipment_id}",
        level=fact.level,
        urgent=fact.urgent or rescue,
        reason=fact.reason,
        out_of_service=rule is not None and rule.grave and fact.category is Category.FAULT,
        alone=fact.category in _ALONE,
    )


def asked_by_person(what: What, equipment_id: int, *, drill: bool = False) -> Asked:
    """The order that somebody's word asks for."""
    if what is What.FAULT:
        key = _drilled(f"alarm:{REPORTED_FAULT}:{equipment_id}", drill)
        reason = ResponseReason.MINOR.value
        return Asked(
            kind=OrderKind.REPAIR, cause=REPORTED_FAULT, cause_key=key, level=ResponseLevel.MINOR_FAULT, urgent=False, reason=reason
        )
    trapped = what is What.TRAPPED
    return Asked(
        kind=OrderKind.RESCUE,
        cause=ENTRAPMENT,
        cause_key=rescue_key(equipment_id, drill=drill),
        level=ResponseLevel.ENTRAPMENT if trapped else ResponseLevel.EMERGENCY,
        urgent=True,
        reason=(ResponseReason.ENTRAPMENT if trapped else ResponseReason.CASUALTIES).value,
    )


def joined(
    asked: Asked, standing: Iterable[Standing], *, settings: Settings, said_of: datetime | None = None, at: datetime
) -> Standing | None:
    """The order that this report is a part of: one under way of the same cause, or of the same machine within the window and no less
    grave; or one of the same cause that is done, where the report speaks of what was before (`said_of`), within the window.
    """
    known = list(standing)
    under_way = [order for order in known if order.status in UNDER_WAY]
    told_late = [order for order in known if said_of is not None and _is_before(said_of, order, settings)]
    same = next((order for order in (*under_way, *told_late) if order.cause_key == asked.cause_key), None)
    if same is not None or asked.alone or asked.kind is OrderKind.RESCUE:
        return same
    near = [order for order in under_way if _one_incident(order, settings, at) and _weight(order.kind, order.urgent) >= _weight_of(asked)]
    return max(near, key=lambda order: (_weight(order.kind, order.urgent), -order.id), default=None)


def absorbed(asked: Asked, standing: Iterable[Standing], *, settings: Settings, at: datetime) -> list[Standing]:
    """The repairs under way that a new rescue from the same machine goes on for."""
    if asked.kind is not OrderKind.RESCUE:
        return []
    return [
        order
        for order in standing
        if order.kind is OrderKind.REPAIR and order.status in UNDER_WAY and not order.suspended and _one_incident(order, settings, at)
    ]


def _is_before(said_of: datetime, order: Standing, settings: Settings) -> bool:
    """Whether somebody speaks, late, of what an order was about that is done by now."""
    near = abs((said_of - order.opened_at).total_seconds()) <= WINDOW.of(settings)
    return near and order.completed_at is not None and said_of <= order.completed_at


def _one_incident(order: Standing, settings: Settings, at: datetime) -> bool:
    recent = (at - order.opened_at).total_seconds() <= WINDOW.of(settings)
    return recent and order.kind in ONE_MACHINE and order.cause not in _APART


def _weight(kind: OrderKind, urgent: bool) -> tuple[bool, bool]:
    return kind is OrderKind.RESCUE, urgent


def _weight_of(asked: Asked) -> tuple[bool, bool]:
    return _weight(asked.kind, asked.urgent)


def _drilled(key: str, drill: bool) -> str:
    return f"{DRILL}:{key}" if drill else key
