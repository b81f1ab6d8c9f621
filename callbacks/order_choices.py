"""Whom and what somebody may choose for the steps of orders: teams with what speaks against each, units, people, masters, levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from data_access.engine import Tx
from data_access.queries import order_details, teams
from data_access.queries.order_details import UnitRow
from data_access.queries.teams import TeamRow
from data_access.queries.work_orders import OrderRow
from domain.dispatch import Against
from domain.response import ResponseLevel
from domain.scope import Role, Scope
from domain.work_orders import ACTING, RESCUE_CHAIN, WELCOME, Need, OrderKind, Rule, Step

Choice = dict[str, Any]
Choices = dict[str, list[Choice]]
ROLES: Final = (Role.MAINTENANCE_UNIT, Role.USE_UNIT)


def needs_of(order: OrderRow, rule: Rule) -> frozenset[Need]:
    """What a step with this order must bring: to order rectification of nobody, one has to say of whom."""
    nobodys = rule.step is Step.ORDER and order.unit_id is None and order.use_unit_id is None
    return rule.needs | ({Need.UNIT} if nobodys else frozenset())


def for_one(scope: Scope, tx: Tx, order: OrderRow, steps: Sequence[Rule], *, at: datetime) -> Choices:
    """What can be chosen for what the steps with one order need or may bring."""
    asked = {need for rule in steps for need in rule.needs | WELCOME.get(rule.step, frozenset())}
    choices: Choices = {}
    if Need.UNIT in asked:
        choices["unit"] = _units(scope, tx, order, at=at)
    if Need.ASSIGNEE in asked:
        choices["assignee"] = [asdict(row) for row in order_details.people(scope, tx, unit_id=order.unit_id)]
    if Need.MASTER in asked:
        choices["master"] = [asdict(row) for row in order_details.masters(scope, tx, order=order)]
    if Need.LEVEL in asked:
        present = ResponseLevel(order.level).rank if order.level else 0
        choices["level"] = [{"level": level.value} for level in ResponseLevel if level.rank > present]
    return choices


def for_many(scope: Scope, tx: Tx, orders: Sequence[Mapping[str, Any]], *, at: datetime) -> Choices:
    """Whom many orders can be given to, where one of those on the page can be given to anybody.

    Each unit comes with the `kinds` of orders that it can act on, and each team with its place: how far it is, the browser knows, which
    knows what was chosen.
    """
    steps = {step for row in orders for step in row["steps"]}
    choices: Choices = {}
    if Step.DISPATCH.value in steps:
        kinds = {OrderKind(row["kind"]) for row in orders if Step.DISPATCH.value in row["steps"]}
        choices["unit"] = [_sendable(row, role, kinds) for role, row in _anybody(scope, tx, kinds, at=at)]
    if Step.ASSIGN.value in steps:
        choices["assignee"] = [asdict(row) for row in order_details.people(scope, tx, unit_id=None)]
    return choices


def _units(scope: Scope, tx: Tx, order: OrderRow, *, at: datetime) -> list[Choice]:
    """Teams as they were weighed for a rescue or repair, the best first; then every unit of the kinds that may act, those of the machine
    first. Who has the order already is not offered.
    """
    kind = OrderKind(order.kind)
    acting = [role for role in ROLES if role in ACTING[kind]]
    listed = {role: order_details.units(scope, tx, kind=role.value) for role in acting}
    names = {row.unit_id: row.unit for rows in listed.values() for row in rows}
    sends_teams = kind in RESCUE_CHAIN and Role.MAINTENANCE_UNIT in acting
    weighed = teams.candidates(scope, tx, order_id=order.id, at=at) if sends_teams else []
    sent = [_weighed(one, names) for one in weighed if one["unit"] in names]
    known = {each["unit_id"] for each in sent}
    others = [_plain(row, role, order) for role in acting for row in _once(listed[role]) if row.unit_id not in known]
    others.sort(key=lambda each: not each["own"])
    holder = (order.unit_id, order.team_id)
    return [each for each in (*sent, *others) if (each["unit_id"], each["team_id"]) != holder]


def _weighed(one: Mapping[str, Any], names: Mapping[int, str]) -> Choice:
    return {
        "unit_id": one["unit"],
        "unit": names[one["unit"]],
        "team_id": one["team"],
        "team": one["name"],
        "role": Role.MAINTENANCE_UNIT.value,
        "metres": one["metres"],
        "load": one["load"],
        "capacity": one["capacity"],
        "against": one["against"],
        "own": Against.NO_CONTRACT.value not in one["against"],
    }


def _plain(row: UnitRow, role: Role, order: OrderRow) -> Choice:
    own = row.unit_id == (order.use_unit_id if role is Role.USE_UNIT else order.maintenance_unit_id)
    return {"unit_id": row.unit_id, "unit": row.unit, "team_id": None, "team": None, "role": role.value, "own": own}


def _once(rows: Iterable[UnitRow]) -> list[UnitRow]:
    """Each unit once, however many teams it has."""
    return list({row.unit_id: row for row in rows}.values())


def _anybody(scope: Scope, tx: Tx, kinds: Iterable[OrderKind], *, at: datetime) -> list[tuple[Role, UnitRow | TeamRow]]:
    acting = {role for kind in kinds for role in ACTING[kind]}
    found: list[tuple[Role, UnitRow | TeamRow]] = []
    if Role.MAINTENANCE_UNIT in acting:
        with_teams = sorted(teams.every(scope, tx, at=at), key=lambda team: len(_against(team)))
        units = {team.unit_id for team in with_teams}
        others = (row for row in _once(order_details.units(scope, tx)) if row.unit_id not in units)
        found += [(Role.MAINTENANCE_UNIT, team) for team in with_teams]
        found += [(Role.MAINTENANCE_UNIT, unit) for unit in others]
    if Role.USE_UNIT in acting:
        found += [(Role.USE_UNIT, row) for row in order_details.units(scope, tx, kind=Role.USE_UNIT.value)]
    return found


def _sendable(row: UnitRow | TeamRow, role: Role, kinds: Iterable[OrderKind]) -> Choice:
    able = {"role": role.value, "kinds": sorted(kind.value for kind in kinds if role in ACTING[kind])}
    if isinstance(row, UnitRow):
        return able | {"unit_id": row.unit_id, "unit": row.unit, "team_id": None, "team": None}
    return able | {
        "unit_id": row.unit_id,
        "unit": row.unit,
        "team_id": row.id,
        "team": row.name,
        "load": row.load,
        "capacity": row.capacity,
        "against": [reason.value for reason in _against(row)],
        "place": None if row.lng is None or row.lat is None else [row.lng, row.lat],
    }


def _against(team: TeamRow) -> list[Against]:
    """What speaks against a team whatever the order is about."""
    facts = ((Against.NO_LICENCE, not team.licensed), (Against.OFF_DUTY, not team.on_duty), (Against.FULL, team.load >= team.capacity))
    return [reason for reason, holds in facts if holds]
