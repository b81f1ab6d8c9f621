"""The town of the web's tests with two units, orders about its lifts, and a post office that keeps what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access.engine import Store, connect
from data_access.repositories.work_orders import Opening, Source, StoredOrder
from domain.outbox import Channel
from domain.scope import ALL, Actor, Role, Scope
from domain.work_orders import OrderKind
from services import notifications, work_orders
from services.senders import Letter, NotSent, Receipt, Sender
from tests.integration.web import town

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai
USE_UNIT, MAINTAINER, TEAM = 1, 2, 4


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Store]:
    """The module's own town; its lifts belong to unit 1 and are maintained by unit 2."""
    town.settle(database_url)
    opened = connect(database_url, name="tests")
    with opened.transaction() as tx:
        run = tx.connection.exec_driver_sql
        for number, name, kind in ((USE_UNIT, "听涛苑业委会", "use_unit"), (MAINTAINER, "通稳电梯", "maintenance_unit")):
            run(
                "INSERT INTO organizations (id, name, kind, pinyin) VALUES (%s, %s, %s, '')",
                (number, name, kind),
            )
        run("UPDATE equipment SET use_unit_id = %s, maintenance_unit_id = %s", (USE_UNIT, MAINTAINER))
    yield opened
    opened.close()


@dataclass
class Post:
    """A channel that keeps its letters; `down` makes it refuse them."""

    letters: list[Letter] = field(default_factory=list)
    down: NotSent | None = None

    def send(self, letter: Letter) -> Receipt:
        """Keep it."""
        if self.down is not None:
            raise self.down
        self.letters.append(letter)
        return Receipt(reference=f"post-{len(self.letters)}")


@dataclass
class House:
    """Opens orders, lets time pass and sends what is due."""

    store: Store
    post: Post = field(default_factory=Post)
    opened: int = 0

    @property
    def senders(self) -> dict[Channel, Sender]:
        """Everybody without an address is reached by the post, and SMS goes there as well."""
        return {Channel.CONSOLE: self.post, Channel.SMS: self.post, Channel.DRILL: Forbidden()}

    def order(
        self, code: str = town.IN_CHANGFENG.code, *, at: datetime = AT, kind: OrderKind = OrderKind.RESCUE, **more: Any
    ) -> StoredOrder:
        """A new order about a lift: by default, somebody is inside."""
        with self.store.transaction() as tx:
            return self.order_in(tx, code, at=at, kind=kind, **more)

    def order_in(
        self, tx: Any, code: str = town.IN_CHANGFENG.code, *, at: datetime = AT, kind: OrderKind = OrderKind.RESCUE, **more: Any
    ) -> StoredOrder:
        """The same inside a transaction."""
        self.opened += 1
        machine = tx.connection.exec_driver_sql("SELECT id FROM equipment WHERE code = %s", (code,)).scalar_one()
        usual: dict[str, Any] = {"level": "entrapment", "urgent": True, "cause": "entrapment", "reason": "entrapment", "occurred_at": at}
        opening = Opening(
            kind=kind.value,
            status=work_orders.first_status(kind),
            cause_key=f"test:{self.opened}",
            equipment_id=machine,
            opened_at=at,
            **(usual | more),
        )
        return work_orders.open_(tx, opening, Source(channel="automatic", source="iot", at=at))[0]

    def send(self, at: datetime = AT, *, urgent: bool = True) -> int:
        """One sweep."""
        return notifications.sweep(self.store, self.senders, urgent=urgent, at=at, clock=lambda: at, public_url="https://putuo.example")

    def messages(self, order: StoredOrder | None = None) -> list[tuple[Any, ...]]:
        """(recipient, template, urgent, status, attempts, error) of an order's messages, or of all."""
        sql = (
            "SELECT n.recipient, m.template, m.urgent, m.status, m.attempts, m.error FROM notification_messages m "
            "JOIN notifications n ON n.id = m.notification_id WHERE %s::bigint IS NULL OR n.work_order_id = %s ORDER BY m.id"
        )
        number = order and order.id
        with self.store.reading() as tx:
            return [tuple(row) for row in tx.connection.exec_driver_sql(sql, (number, number))]


class Forbidden:
    """What a drill would have said to outsiders is nobody's to send; a real channel would be a breach."""

    def send(self, letter: Letter) -> Receipt:
        """Nothing leaves."""
        return Receipt()


@pytest.fixture
def house(store: Store) -> House:
    """The house with an empty outbox."""
    return House(store)


@pytest.fixture
def team(store: Store) -> Iterator[Callable[[str, str], None]]:
    """Call it with the telephones of a shift around AT and of its team, of the maintenance unit; nobody is licensed, so none is sent."""

    def found(shift: str, own: str) -> None:
        with store.transaction() as tx:
            run = tx.connection.exec_driver_sql
            run("INSERT INTO response_teams (id, organization_id, name, phone) VALUES (%s, %s, '通稳一班', %s)", (TEAM, MAINTAINER, own))
            run(
                "INSERT INTO duty_shifts (post, team_id, name, phone, starts_at, ends_at) VALUES ('team', %s, '陈岚', %s, %s, %s)",
                (TEAM, shift, AT - timedelta(hours=6), AT + timedelta(hours=18)),
            )

    yield found
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("UPDATE work_orders SET team_id = NULL")
        tx.connection.exec_driver_sql("DELETE FROM duty_shifts")
        tx.connection.exec_driver_sql("DELETE FROM response_teams")


@pytest.fixture
def actor(store: Store) -> Callable[..., Actor]:
    """An account of the town as an actor."""

    def somebody(username: str, role: Role, streets: tuple[str, ...] | str = ALL) -> Actor:
        with store.reading() as tx:
            number = tx.connection.exec_driver_sql("SELECT id FROM accounts WHERE username = %s", (username,)).scalar_one()
        return Actor(number, username, f"{username} 值班员", Scope(role, streets, None, ALL))  # type: ignore[arg-type] # ALL is a word

    return somebody


@pytest.fixture(autouse=True)
def _clean(store: Store) -> Iterator[None]:
    """Every test finds the town without orders; the log's guard is off for the broom alone."""
    yield
    with store.transaction() as tx:
        run = tx.connection.exec_driver_sql
        run("ALTER TABLE work_order_events DISABLE TRIGGER work_order_events_only_grow")
        run("ALTER TABLE order_photos DISABLE TRIGGER order_photos_only_grow")
        run("TRUNCATE work_orders, notification_addresses CASCADE")
        run("ALTER TABLE work_order_events ENABLE TRIGGER work_order_events_only_grow")
        run("ALTER TABLE order_photos ENABLE TRIGGER order_photos_only_grow")
