"""A town for work orders: lifts and a truck with their units, teams on duty, and somebody of every role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from data_access.engine import Store, Tx
from data_access.repositories import accounts, equipment, organizations, rosters, streets, vendors
from data_access.repositories import deployments as flag
from data_access.repositories import work_orders as stored
from data_access.repositories.accounts import NewAccount
from data_access.repositories.work_orders import Opening, Source, StoredOrder
from domain.response import ResponseLevel
from domain.scope import ALL, Actor, Role, Scope
from domain.work_orders import RESCUE_CHAIN, OrderKind, Proof, Step
from services import work_orders
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, OTHER_UNITS, OTHER_USER, UNITS, USER

AT: Final = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai
PASSWORD: Final = "听涛-公园-2026"
STREET, OTHER_STREET = "310107901", "310107902"
LIFT, SECOND_LIFT, OTHERS_LIFT, TRUCK = 1, 2, 3, 4
CODES: Final = {
    LIFT: "31101070052019000001",
    SECOND_LIFT: "31101070052019000002",
    OTHERS_LIFT: "31101070142019000003",
    TRUCK: "51101070052020000004",
}
PLACE: Final = (121.4, 31.23)
NAMES: Final = {USER: "听涛物业", OTHER_USER: "望泉物业", MAINTAINER: "江宁电梯维保", OTHER_MAINTAINER: "真北电梯维保"}


@dataclass
class Town:
    """Opens orders and lets people act. `actors` by role, and the other units' people by their unit's number."""

    store: Store
    actors: dict[Role | int, Actor]
    opened: int = field(default=0)

    def open(
        self, kind: OrderKind = OrderKind.RESCUE, *, machine: int | None = LIFT, at: datetime = AT, key: str = "", **more: Any
    ) -> StoredOrder:
        """An order as the platform opens it, with everything that follows."""
        with self.store.transaction() as tx:
            return work_orders.open_(tx, self.opening(kind, machine=machine, at=at, key=key, **more), source(at))[0]

    def opening(self, kind: OrderKind, *, machine: int | None = LIFT, at: datetime = AT, key: str = "", **more: Any) -> Opening:
        """What an order begins with; each for a cause of its own unless `key` names it."""
        self.opened += 1
        level = ResponseLevel.ENTRAPMENT if kind is OrderKind.RESCUE else ResponseLevel.MINOR_FAULT
        usual: dict[str, Any] = {
            "level": level.value if kind in RESCUE_CHAIN else None,
            "urgent": kind is OrderKind.RESCUE,
            "cause": "entrapment" if kind is OrderKind.RESCUE else "overspeed",
            "occurred_at": at,
        }
        status = work_orders.first_status(kind)
        cause = key or f"test:{self.opened}"
        return Opening(kind=kind.value, status=status, cause_key=cause, equipment_id=machine, opened_at=at, **(usual | more))

    def step(self, who: Role | int, order_id: int, step: Step, *, at: datetime = AT, seen: int | None = None, **proof: Any) -> int:
        """Somebody takes a step; the number of its event."""
        return work_orders.advance(self.actors[who], self.store, order_id, step=step, proof=Proof(**proof), seen=seen, at=at)

    def order(self, order_id: int) -> StoredOrder:
        """The order as it is now."""
        with self.store.transaction() as tx:
            found = stored.locked(tx, order_id)
        assert found is not None
        return found

    def log(self, order_id: int) -> list[Any]:
        """Its steps."""
        with self.store.reading() as tx:
            return stored.log(tx, order_id)

    def sql(self, statement: str, *values: object) -> list[Any]:
        """What a statement finds or does, past the product."""
        with self.store.transaction() as tx:
            done = tx.connection.exec_driver_sql(statement, values or None)
            return list(done) if done.returns_rows else []


def source(at: datetime) -> Source:
    """The report of a monitor."""
    return Source(channel="automatic", source="iot", at=at)


def settle(store: Store, *, at: datetime = AT) -> Town:
    """Fill an empty database with the town; its shifts last three days around `at`."""
    with store.transaction() as tx:
        flag.declare(tx, "demonstration", at=at)
        vendors.add_all(tx, [("xzl", "迅智联")])
        streets.upsert(tx, [_street(STREET, "长风试验街道"), _street(OTHER_STREET, "甘泉试验街道")])
        kinds = {USER: "use_unit", OTHER_USER: "use_unit", MAINTAINER: "maintenance_unit", OTHER_MAINTAINER: "maintenance_unit"}
        organizations.add_all(tx, [{"id": unit, "name": NAMES[unit], "kind": kind} for unit, kind in kinds.items()])
        equipment.add_all(tx, [_machine(LIFT), _machine(SECOND_LIFT), _machine(OTHERS_LIFT), _machine(TRUCK)])
        teams = rosters.add_teams(tx, [_team(MAINTAINER, "江宁一班", 0.002), _team(OTHER_MAINTAINER, "真北一班", 0.001)])
        rosters.add_shifts(tx, [_shift(team, at) for team in teams])
        for unit in (MAINTAINER, OTHER_MAINTAINER):
            rosters.put_licence(tx, _licence(unit, at.date()))
        return Town(store, _people(tx))


def _people(tx: Tx) -> dict[Role | int, Actor]:
    everybody = [(role, UNITS.get(role), role.value) for role in Role]
    others = [(role, unit, f"{role.value}-2") for role, unit in OTHER_UNITS.items()]
    hashed = PasswordHasher.from_parameters(CHEAPEST).hash(PASSWORD)
    found: dict[Role | int, Actor] = {}
    for role, unit, username in (*everybody, *others):
        streets_of: Sequence[str] | str = (STREET,) if role is Role.STREET else ALL
        account = NewAccount(username=username, name=f"{username} 经办人", role=role, streets=streets_of, organization=unit)  # type: ignore[arg-type]
        number = accounts.add(tx, account, password_hash=hashed)
        scope = Scope(role, account.streets, unit, ALL)
        found[unit if username.endswith("-2") and unit is not None else role] = Actor(number, username, account.name, scope)
    return found


def _street(code: str, name: str) -> dict[str, Any]:
    return {"code": code, "name": name, "kind": "street", "lng": PLACE[0], "lat": PLACE[1], "area_km2": 3.0, "geometry": None}


def _machine(number: int) -> dict[str, Any]:
    mine = number != OTHERS_LIFT
    return {
        "id": number,
        "code": CODES[number],
        "kind": "forklift" if number == TRUCK else "elevator",
        "name": f"听涛苑 {number} 号梯",
        "address": "石泉路 1 号",
        "street_code": STREET if mine else OTHER_STREET,
        "monitor_vendor": "xzl",
        "lng": PLACE[0],
        "lat": PLACE[1],
        "use_unit_id": USER if mine else OTHER_USER,
        "maintenance_unit_id": None if number == TRUCK else MAINTAINER if mine else OTHER_MAINTAINER,
    }


def _team(unit: int, name: str, north: float) -> dict[str, Any]:
    return {"organization_id": unit, "name": name, "lng": PLACE[0], "lat": PLACE[1] + north, "capacity": 200}


def _shift(team: int, at: datetime) -> dict[str, Any]:
    around = {"starts_at": at - timedelta(days=1), "ends_at": at + timedelta(days=2)}
    return {"post": "team", "team_id": team, "name": "陈岚", "phone": "", **around}


def _licence(unit: int, day: date) -> dict[str, Any]:
    valid = {"valid_from": day - timedelta(days=900), "valid_until": day + timedelta(days=900)}
    return {"organization_id": unit, "number": f"TS-{unit}", "kinds": ["elevator", "forklift"], **valid}
