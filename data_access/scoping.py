"""Who may see which rows: the one place where a Scope becomes SQL. No query filters by scope on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol, Self, TypeVar

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.sql.elements import KeyedColumnElement

from data_access.tables import alarms, equipment, streets, work_orders
from domain.scope import ALL, Scope


class Filterable(Protocol):
    """A statement that takes another condition."""

    def where(self, *whereclause: ColumnElement[bool]) -> Self:
        """The statement with the condition."""


S = TypeVar("S", bound=Filterable)
Col = KeyedColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Owned:
    """The columns of a row that say to whom it belongs: its street, its kind, and the machine it is about."""

    street: Col
    kind: Col
    equipment_id: Col


EQUIPMENT: Final = Owned(equipment.c.street_code, equipment.c.kind, equipment.c.id)
_of_units = equipment.alias("of_units")  # the statement may join equipment too
_of_orders = equipment.alias("of_orders")
ALARMS: Final = Owned(alarms.c.street_code, alarms.c.kind, alarms.c.equipment_id)


def within(scope: Scope, statement: S, columns: Owned = EQUIPMENT) -> S:
    """The statement, reduced to the rows of the scope."""
    return statement.where(inside(scope, columns))


def inside(scope: Scope, columns: Owned = EQUIPMENT) -> ColumnElement[bool]:
    """The condition itself, for the ON of an outer join or a FILTER."""
    conditions: list[ColumnElement[bool]] = []
    if scope.streets != ALL:
        conditions.append(columns.street.in_(scope.streets))  # null is in no list: equipment in no street stays outside
    if scope.kinds != ALL:
        conditions.append(columns.kind.in_(scope.kinds))
    if scope.organization is not None:
        conditions.append(_of_unit(scope.organization, columns))
    return and_(true(), *conditions)


def of_orders(scope: Scope, statement: S) -> S:
    """A statement over work orders, reduced to those of machines in the scope, and to those that a unit is to act on."""
    machine = _of_orders.c
    conditions: list[ColumnElement[bool]] = []
    if scope.streets != ALL:
        conditions.append(machine.street_code.in_(scope.streets))
    if scope.kinds != ALL:
        conditions.append(machine.kind.in_(scope.kinds))
    if scope.organization is not None:
        conditions.append(or_(machine.use_unit_id == scope.organization, machine.maintenance_unit_id == scope.organization))
    if not conditions:
        return statement
    seen = work_orders.c.equipment_id.in_(select(machine.id).where(and_(*conditions)))
    return statement.where(seen if scope.organization is None else or_(seen, work_orders.c.unit_id == scope.organization))


def of_streets(scope: Scope, statement: S) -> S:
    """A statement over the streets themselves, reduced to those of the scope."""
    return statement if scope.streets == ALL else statement.where(streets.c.code.in_(scope.streets))


def is_whole(scope: Scope) -> bool:
    """Whether the scope has no limit at all."""
    return scope.streets == ALL and scope.kinds == ALL and scope.organization is None


def unbound(scope: Scope) -> ColumnElement[bool]:
    """For rows that belong to no machine at all: true for a scope without any limit, else false."""
    return true() if is_whole(scope) else false()


def _of_unit(organization: int, columns: Owned) -> ColumnElement[bool]:
    if columns is EQUIPMENT:
        return or_(equipment.c.use_unit_id == organization, equipment.c.maintenance_unit_id == organization)
    mine = or_(_of_units.c.use_unit_id == organization, _of_units.c.maintenance_unit_id == organization)
    return columns.equipment_id.in_(select(_of_units.c.id).where(mine))
