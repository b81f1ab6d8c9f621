"""What was said of orders goes after its time, piece by piece; the orders stay, and of an open one nothing goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from data_access.engine import connect
from domain.scope import Role
from domain.thresholds import THRESHOLDS
from domain.work_orders import OrderKind, Step
from services import retention, schedule
from services.reconciliation import reconcile
from tests.order_town import AT, LIFT, Town, settle

KEPT = timedelta(days=THRESHOLDS["storage.messages_days"].default)
DEFAULTS = {key: threshold.default for key, threshold in THRESHOLDS.items()}
DONE_AT = AT + timedelta(minutes=30)
SAID = "SELECT (SELECT count(*) FROM notification_messages), (SELECT count(*) FROM notifications), (SELECT count(*) FROM device_commands)"


@pytest.fixture
def town(fresh_database: Callable[[], str]) -> Iterator[Town]:
    store = connect(fresh_database(), name="tests")
    yield settle(store)
    store.close()


def said(town: Town) -> tuple[int, ...]:
    return tuple(town.sql(SAID)[0])


def finished(town: Town) -> int:
    """An order that was called a false alarm half an hour later, all its messages sent, with a prompt of its own."""
    order = town.open(OrderKind.REPAIR)
    town.step(Role.OPERATIONS_CENTRE, order.id, Step.FALSE_ALARM, at=DONE_AT, note="误报")
    prompted(town, order.id)
    return order.id


def prompted(town: Town, order_id: int) -> None:
    town.sql("UPDATE notification_messages SET status = 'sent', sent_at = created_at")
    town.sql(
        "INSERT INTO device_commands (work_order_id, equipment_id, key, prompt, status, created_at) "
        f"VALUES ({order_id}, {LIFT}, 'p{order_id}', 'ebike', 'acknowledged', '{AT}')"
    )


def test_messages_go_when_their_order_was_closed_long_ago_and_not_before(town: Town) -> None:
    finished(town)
    before = said(town)

    schedule.minute(town.store, DONE_AT + KEPT - timedelta(minutes=1))
    kept = said(town)
    schedule.minute(town.store, DONE_AT + KEPT + timedelta(minutes=1))

    assert min(before) > 0
    assert kept == before
    assert said(town) == (0, 0, 0)
    assert town.sql("SELECT count(*) FROM work_orders")[0][0] == 1
    assert len(town.sql("SELECT FROM work_order_events")) >= 2


def test_of_an_open_order_nothing_goes_however_old(town: Town) -> None:
    order = town.open(OrderKind.REPAIR)
    prompted(town, order.id)
    before = said(town)

    retention.forget(town.store, DEFAULTS, AT + 3 * KEPT)

    assert said(town) == before


def test_what_has_not_left_yet_stays(town: Town) -> None:
    finished(town)
    town.sql("UPDATE notification_messages SET status = 'queued', sent_at = NULL WHERE id = (SELECT min(id) FROM notification_messages)")

    retention.forget(town.store, DEFAULTS, AT + 2 * KEPT)

    assert said(town)[:2] == (1, 1)


def test_much_goes_in_pieces_and_no_more_than_a_tick_can_take(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PIECE", 3)
    monkeypatch.setattr(retention, "PIECES", 2)
    for _ in range(5):
        finished(town)
    messages = said(town)[0]

    dropped = retention.forget(town.store, DEFAULTS, AT + 2 * KEPT)

    assert messages > 6
    assert dropped == 6 + 5
    assert said(town)[0] == messages - 6


def test_a_reconciliation_does_not_miss_what_has_gone(town: Town) -> None:
    finished(town)
    late = AT + 2 * KEPT
    town.sql(f"UPDATE deadlines SET dropped_at = coalesce(dropped_at, '{DONE_AT}') WHERE met_at IS NULL")

    retention.forget(town.store, DEFAULTS, late)

    assert "lost messages" not in reconcile(town.store, at=late).wrong
    assert "lost messages" in reconcile(town.store, at=DONE_AT).wrong  # so it would have missed them
