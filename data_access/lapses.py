"""What 脱保 means in SQL: a machine without a contract, or a lift without a maintainer or with one that has no licence in force."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Case, ColumnElement, ScalarSelect, Select, Text, and_, any_, case, func, literal, select

from data_access.tables import equipment, licences
from domain.equipment.elevator import ELEVATOR
from domain.triggers import Lapse

e, c = equipment.c, licences.c
_others = equipment.alias("maintained").c
# 特种设备安全法 第四十五条: lifts are maintained by their maker, or by a unit that is licensed to.
_IS_LIFT: Final = e.kind == ELEVATOR.key
_FOR_LIFTS: Final = literal(ELEVATOR.key, Text) == any_(c.kinds)
_ANY_MAINTAINER: Final = select(_others.id).where(_others.kind == ELEVATOR.key, _others.maintenance_unit_id.is_not(None)).exists()
_ANY_LICENCE: Final = select(c.id).where(_FOR_LIFTS).exists()


def lapse(day: date) -> Case[str | None]:
    """Why nobody may maintain a machine on that day (Lapse), NULL where somebody may; for statements over equipment.

    What a register does not hold says nothing: neither a contract without an end, nor a district of which no maintainer, or no
    licence for lifts, was ever entered.
    """
    words = (
        (e.maintenance_contract_until < day, Lapse.CONTRACT_ENDED.value),
        (and_(_IS_LIFT, e.maintenance_unit_id.is_(None), _ANY_MAINTAINER), Lapse.NO_MAINTAINER.value),
        (and_(_IS_LIFT, e.maintenance_unit_id.not_in(_licensed(day)), _ANY_LICENCE), Lapse.NO_LICENCE.value),
    )
    return case(*words, else_=None)


def licence_ended() -> ScalarSelect[Any]:
    """The last day of the newest licence for lifts that the machine's maintainer ever had; for statements over equipment."""
    return (
        select(func.max(c.valid_until)).where(c.organization_id == e.maintenance_unit_id, _FOR_LIFTS).correlate(equipment).scalar_subquery()
    )


def has_lapsed(day: date) -> ColumnElement[bool]:
    """Whether nobody may maintain a machine on that day; for statements over equipment."""
    return lapse(day).is_not(None)


def _licensed(day: date) -> Select[Any]:
    return select(c.organization_id).where(_FOR_LIFTS, c.valid_from <= day, c.valid_until >= day).correlate(None)
