"""A few lifts of one use unit, two maintenance units with their teams, and the people of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from data_access.engine import Store, connect
from data_access.repositories import accounts, equipment, organizations, rosters, streets
from data_access.repositories.accounts import NewAccount
from data_access.repositories.organizations import Unit
from data_access.repositories.work_orders import Opening, Source, StoredOrder
from domain.scope import ALL, Actor, Role, Scope
from domain.work_orders import OrderKind, Proof, Step
from services import work_orders

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai
STREET = "310107901"
LNG, LAT = 121.40, 31.25
NORTH = 0.001  # degrees, 111 m


@dataclass
class District:
    """Ids by name, and what a test does with them."""

    store: Store
    units: dict[str, int]
    teams: dict[str, int]
    lifts: dict[str, int]
    actors: dict[str, Actor]

    def open(self, lift: str = "lift", *, kind: OrderKind = OrderKind.RESCUE, key: str = "", at: datetime = AT, **more: Any) -> StoredOrder:
        """An order as the platform opens it."""
        grave = kind is OrderKind.RESCUE
        usual = {"level": "entrapment" if grave else "minor_fault", "urgent": grave, "cause": "entrapment", "reason": "entrapment"}
        opening = Opening(
            kind=kind.value,
            status=work_orders.first_status(kind),
            cause_key=f"{kind}:{lift}:{key}",
            equipment_id=self.lifts[lift],
            opened_at=at,
            occurred_at=at,
            **(usual | more),
        )
        with self.store.transaction() as tx:
            order, _ = work_orders.open_(tx, opening, Source(channel="automatic", source="iot", at=at))
        return order

    def step(self, who: str, order_id: int, step: Step, *, at: datetime = AT, **proof: Any) -> None:
        """Somebody takes a step."""
        work_orders.advance(self.actors[who], self.store, order_id, step=step, proof=Proof(**proof), at=at)

    def sql(self, statement: str, *values: object) -> list[Any]:
        """What a statement finds or does, past the product."""
        with self.store.transaction() as tx:
            done = tx.connection.exec_driver_sql(statement, tuple(values) or None)
            return list(done) if done.returns_rows else []

    def order(self, order_id: int) -> Any:
        """The order as it is now."""
        return self.sql("SELECT * FROM work_orders WHERE id = %s", order_id)[0]

    def team_of(self, order_id: int) -> str | None:
        """The name of the team that has the order."""
        found: list[Any] = self.sql("SELECT t.name FROM work_orders w JOIN response_teams t ON t.id = w.team_id WHERE w.id = %s", order_id)
        return found[0].name if found else None

    def log(self, order_id: int) -> list[tuple[str, str | None]]:
        """(action, reason) of every step."""
        rows = self.sql("SELECT action, reason FROM work_order_events WHERE work_order_id = %s ORDER BY seq", order_id)
        return [(row.action, row.reason) for row in rows]

    def told(self, order_id: int) -> list[tuple[str, str]]:
        """(recipient, template) of the messages about an order, oldest first."""
        statement = (
            "SELECT n.recipient, m.template FROM notification_messages m JOIN notifications n ON n.id = m.notification_id "
            "WHERE n.work_order_id = %s ORDER BY m.id"
        )
        return [(row.recipient, row.template) for row in self.sql(statement, order_id)]


@pytest.fixture
def district(fresh_database: Callable[[], str]) -> Iterator[District]:
    """Near, middle and far are teams of one unit at 111, 222 and 333 m; other is the only one of another unit."""
    store = connect(fresh_database(), name="tests")
    yield _settle(store)
    store.close()


def _settle(store: Store) -> District:
    named = {
        "user": Unit("甲物业"),
        "unit": Unit("丙电梯维保", kind="maintenance_unit"),
        "rival": Unit("丁电梯维保", kind="maintenance_unit"),
    }
    with store.transaction() as tx:
        streets.upsert(
            tx, [{"code": STREET, "name": "试验街道", "kind": "street", "lng": LNG, "lat": LAT, "area_km2": 3.0, "geometry": None}]
        )
        known = organizations.ensure(tx, named.values())
        units = {name: known[unit] for name, unit in named.items()}
        lifts = [
            _lift(1, "lift", units),
            _lift(2, "second", units),
            _lift(3, "lapsed", units) | {"maintenance_contract_until": date(2026, 11, 19)},
        ]
        equipment.add_all(tx, [*lifts, _lift(4, "truck", units) | {"kind": "forklift"}])
        teams = [_team(units["unit"], name, place) for place, name in enumerate(("near", "middle", "far"), 1)]
        made = rosters.add_teams(tx, [*teams, _team(units["rival"], "other", 0.5)])
        rosters.add_shifts(tx, [_shift(team) for team in made])
        for unit in ("unit", "rival"):
            rosters.put_licence(tx, _licence(units[unit], unit))
        actors = {name: _actor(tx, name, role, units.get(unit)) for name, role, unit in PEOPLE}
    return District(store, units, dict(zip(("near", "middle", "far", "other"), made, strict=True)), LIFTS, actors)


LIFTS = {"lift": 1, "second": 2, "lapsed": 3, "truck": 4}
PEOPLE = (
    ("centre", Role.OPERATIONS_CENTRE, ""),
    ("bureau", Role.BUREAU, ""),
    ("user", Role.USE_UNIT, "user"),
    ("unit", Role.MAINTENANCE_UNIT, "unit"),
    ("rival", Role.MAINTENANCE_UNIT, "rival"),
)


def _lift(number: int, code: str, units: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number, "code": code, "kind": "elevator", "name": f"{number}号梯", "address": "石泉路1号",
        "lng": LNG, "lat": LAT, "street_code": STREET,
        "use_unit_id": units["user"], "maintenance_unit_id": units["unit"], "maintenance_contract_until": date(2026, 11, 20),
    }  # fmt: skip


def _team(unit: int, name: str, place: float) -> dict[str, Any]:
    return {"organization_id": unit, "name": name, "lng": LNG, "lat": LAT + place * NORTH, "capacity": 2}


def _shift(team: int) -> dict[str, Any]:
    return {
        "post": "team",
        "team_id": team,
        "name": "陈岚",
        "phone": "",
        "starts_at": AT - timedelta(hours=6),
        "ends_at": AT + timedelta(hours=6),
    }


def _licence(unit: int, number: str) -> dict[str, Any]:
    kinds = ["elevator", "forklift"]
    return {"organization_id": unit, "number": number, "kinds": kinds, "valid_from": date(2022, 1, 1), "valid_until": date(2026, 11, 20)}


def _actor(tx: Any, name: str, role: Role, unit: int | None) -> Actor:
    number = accounts.add(tx, NewAccount(username=name, name=name, role=role, organization=unit), password_hash="nobody signs in")
    return Actor(number, name, name, Scope(role, ALL, unit, ALL))
