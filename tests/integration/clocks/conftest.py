"""One lift with its units and their people, whose orders are opened and moved at moments the test chooses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import pytest

from data_access.engine import Store, connect
from data_access.repositories import accounts, equipment, organizations, streets
from data_access.repositories.accounts import NewAccount
from data_access.repositories.organizations import Unit
from data_access.repositories.work_orders import Opening, Source, StoredOrder
from domain.scope import ALL, Actor, Role, Scope
from domain.work_orders import OrderKind, Proof, Step
from services import work_orders
from tests.integration.data_access.district import STREETS, machine, street

AT: Final = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # a Friday, 14:30 in Shanghai
CODE: Final = "31101070142026000001"
CAUSES: Final = count(1)
SPOT: Final = (121.4, 31.2)


def minutes(number: float) -> timedelta:
    """A length of time."""
    return timedelta(minutes=number)


@dataclass(frozen=True)
class House:
    """The lift's house: its numbers and its people."""

    store: Store
    lift: int
    maintainer: int
    people: dict[Role, Actor]

    def open(self, kind: OrderKind = OrderKind.RESCUE, *, at: datetime = AT, occurred_at: datetime | None = None, **more: Any) -> int:
        """A new order about the lift, for a cause of its own; its id."""
        opening = Opening(
            kind=kind.value,
            status=work_orders.first_status(kind),
            cause="test",
            cause_key=f"test:{next(CAUSES)}",
            equipment_id=self.lift,
            opened_at=at,
            occurred_at=occurred_at or at,
            **({"level": "entrapment", "urgent": True} | more if kind is OrderKind.RESCUE else more),
        )
        with self.store.transaction() as tx:
            order, _ = work_orders.open_(tx, opening, Source(channel="automatic", source="iot", at=at))
        return int(order.id)

    def take(self, order: int, step: Step, role: Role, *, at: datetime, **proof: Any) -> None:
        """A step of somebody of a role, with the proof that is usual for it."""
        usual: dict[str, Any] = {
            Step.DISPATCH: {"unit": self.maintainer, "reason": "就近"},
            Step.SIGN_IN: {"scan": CODE, "position": SPOT},
            Step.RETURN: {"reason": "人手不足"},
            Step.REDO: {"reason": "未修复"},
            Step.SUSPEND: {"reason": "parts"},
            Step.TRANSFER: {"unit": self.maintainer, "reason": "换人"},
        }.get(step, {"note": "已办"})
        work_orders.advance(self.people[role], self.store, order, step=step, proof=Proof(**usual | proof), at=at)

    def order(self, order: int) -> StoredOrder:
        """An order as it is stored."""
        [row] = self.rows("SELECT * FROM work_orders WHERE id = %s", order)
        return row

    def clocks(self, order: int) -> dict[tuple[str, int], Any]:
        """Every deadline of an order by kind and turn."""
        return {(row.kind, row.turn): row for row in self.rows("SELECT * FROM deadlines WHERE work_order_id = %s ORDER BY id", order)}

    def messages(self, order: int, template: str) -> list[tuple[str, str | None]]:
        """Who was told by this template, and of which deadline."""
        found = self.rows(
            "SELECT n.recipient, m.words->>'deadline' AS deadline FROM notification_messages m JOIN notifications n "
            "ON n.id = m.notification_id WHERE n.work_order_id = %s AND m.template = %s ORDER BY m.id",
            order, template,
        )  # fmt: skip
        return [(row.recipient, row.deadline) for row in found]

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Whatever a test looks up behind the product's back."""
        with self.store.reading() as tx:
            return list(tx.connection.exec_driver_sql(statement, values))


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Store]:
    """The module's own database."""
    opened = connect(database_url, name="tests")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def house(store: Store) -> House:
    """The lift with its units and people."""
    with store.transaction() as tx:
        streets.upsert(tx, [street(code, name) for code, name in STREETS])
        units = [Unit("甲物业", kind="use_unit"), Unit("丙电梯维保", kind="maintenance_unit")]
        user, maintainer = organizations.ensure(tx, units).values()
        equipment.add_all(
            tx, [machine(code=CODE, street_code=STREETS[0][0], use_unit_id=user, maintenance_unit_id=maintainer, lng=SPOT[0], lat=SPOT[1])]
        )
        lift = tx.connection.exec_driver_sql("SELECT id FROM equipment").scalar_one()
        places = {Role.USE_UNIT: user, Role.MAINTENANCE_UNIT: maintainer, Role.OPERATIONS_CENTRE: None, Role.BUREAU: None}
        people = {role: _person(tx, role, unit) for role, unit in places.items()}
    return House(store, lift, maintainer, people)


def _person(tx: Any, role: Role, unit: int | None) -> Actor:
    name = f"{role.value}-1"
    number = accounts.add(tx, NewAccount(username=name, name=name, role=role, organization=unit), password_hash="-")
    return Actor(number, name, name, Scope(role, ALL, unit, ALL))
