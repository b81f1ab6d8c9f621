"""The town of the web's tests with people who act in it, and orders opened as the platform opens them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from data_access.engine import Store, connect
from data_access.repositories.work_orders import Opening, Source, StoredOrder
from domain.scope import ALL, Actor, Role, Scope
from domain.work_orders import OrderKind
from services import work_orders
from tests.integration.web import town

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Store]:
    """The module's own town."""
    town.settle(database_url)
    opened = connect(database_url, name="tests")
    yield opened
    opened.close()


@pytest.fixture
def officer(store: Store) -> Actor:
    """The officer at the centre's seat."""
    return somebody(store, "centre", Role.OPERATIONS_CENTRE)


def somebody(store: Store, username: str, role: Role, streets: tuple[str, ...] | str = ALL) -> Actor:
    """An account of the town as an actor."""
    with store.reading() as tx:
        number = tx.connection.exec_driver_sql("SELECT id FROM accounts WHERE username = %s", (username,)).scalar_one()
    return Actor(number, username, f"{username} 值班员", Scope(role, streets, None, ALL))  # type: ignore[arg-type] # ALL is a word


@dataclass
class Town:
    """Opens orders in the town; each for a cause of its own."""

    store: Store
    opened: int = field(default=0)

    def order(
        self, code: str = town.IN_CHANGFENG.code, *, at: datetime = AT, kind: OrderKind = OrderKind.RESCUE, **more: Any
    ) -> StoredOrder:
        """A new order about a lift: by default, somebody is inside."""
        self.opened += 1
        with self.store.transaction() as tx:
            machine = tx.connection.exec_driver_sql("SELECT id FROM equipment WHERE code = %s", (code,)).scalar_one()
            usual: dict[str, Any] = {
                "level": "entrapment",
                "urgent": True,
                "cause": "entrapment",
                "reason": "entrapment",
                "occurred_at": at,
            }
            opening = Opening(
                kind=kind.value,
                status=work_orders.first_status(kind),
                cause_key=f"test:{self.opened}",
                equipment_id=machine,
                opened_at=at,
                **(usual | more),
            )
            source = Source(channel="automatic", source="iot", at=at)
            return work_orders.open_(tx, opening, source)[0]


@pytest.fixture
def orders(store: Store) -> Callable[..., StoredOrder]:
    """Open an order."""
    return Town(store).order


@pytest.fixture(autouse=True)
def _clean(store: Store) -> Iterator[None]:
    """Every test finds the town without orders; the log's guard is off for the broom alone."""
    yield
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE work_order_events DISABLE TRIGGER work_order_events_only_grow")
        tx.connection.exec_driver_sql("ALTER TABLE order_photos DISABLE TRIGGER order_photos_only_grow")
        tx.connection.exec_driver_sql("TRUNCATE work_orders, drills CASCADE")
        tx.connection.exec_driver_sql("ALTER TABLE work_order_events ENABLE TRIGGER work_order_events_only_grow")
        tx.connection.exec_driver_sql("ALTER TABLE order_photos ENABLE TRIGGER order_photos_only_grow")
