"""Whatever is lost of what follows from orders is found, and nothing of what is whole is called broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from data_access.engine import connect
from data_access.repositories import work_orders as stored
from domain.order_words import OrderKind, Step
from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import Proof
from services import overdue, triggers, work_orders
from services.reconciliation import reconcile
from tests.order_town import AT, LIFT, SECOND_LIFT, Town, settle


@pytest.fixture
def town(fresh_database: Callable[[], str]) -> Iterator[Town]:
    """A town of this test's own."""
    store = connect(fresh_database(), name="tests")
    yield settle(store)
    store.close()


def later(minutes: float) -> datetime:
    """So many minutes after AT."""
    return AT + timedelta(minutes=minutes)


def ignored(town: Town, minutes: float) -> int:
    """A rescue that nobody sees to for so long, looked at every minute."""
    order = town.open(drill=False)
    for minute in range(int(minutes) + 1):
        overdue.due(town.store, later(minute))
    return order.id


def found(town: Town, at: datetime) -> set[str]:
    """The sorts of what is wrong."""
    return set(reconcile(town.store, at=at).wrong)


LOST: dict[str, tuple[float, str, set[str]]] = {
    "a warning": (20, "DELETE FROM notification_messages WHERE key LIKE '%%:rescue:1:warning:2'", {"lost messages of warnings"}),
    "a breach": (30, "DELETE FROM notification_messages WHERE key LIKE '%%role:bureau:rescue:1:breach'", {"lost messages of breaches"}),
    "a turn of the schedule": (
        16,
        "UPDATE deadlines SET next_warning_at = started_at WHERE kind = 'rescue'",
        {"warnings that nobody gave"},
    ),
    "a rise": (
        60,
        "UPDATE deadlines SET breached_at = started_at WHERE kind = 'accident'",
        {"breaches without their consequence", "lost messages of breaches"},
    ),
    "the plan": (60, "DELETE FROM plan_tasks WHERE task = (SELECT min(task) FROM plan_tasks)", {"emergencies without the district plan"}),
    "the first call": (1, "DELETE FROM seat_calls", {"lost seat calls"}),
}


@pytest.mark.parametrize("lost", LOST)
def test_what_is_lost_of_a_rescue_that_nobody_sees_to_is_found(town: Town, lost: str) -> None:
    minutes, statement, sorts = LOST[lost]
    ignored(town, minutes)
    whole = found(town, later(minutes))

    town.sql(statement)

    assert whole == set()
    assert found(town, later(minutes)) - {"notifications without a message"} == sorts


def test_a_call_that_did_not_ring_again_is_found(town: Town) -> None:
    order = town.open()
    town.sql("UPDATE seat_calls SET answered_at = %s, answered_by = '席位'", later(1))
    with town.store.transaction() as tx:
        rise = Proof(level=ResponseLevel.EMERGENCY, reason="trapped_long")
        work_orders.advance_by_system(tx, stored.locked(tx, order.id), Step.ESCALATE, rise, at=later(5))
    whole = found(town, later(5))

    town.sql("DELETE FROM seat_calls WHERE turn = 2")

    assert (whole, found(town, later(5))) == (set(), {"lost seat calls"})


def test_a_call_that_rings_on_for_what_is_over_is_found(town: Town) -> None:
    order = town.open()
    town.step(Role.OPERATIONS_CENTRE, order.id, Step.FALSE_ALARM, at=later(1), note="轿厢无人")
    whole = found(town, later(2))

    town.sql("UPDATE seat_calls SET answered_at = NULL, dropped_at = NULL")

    assert (whole, found(town, later(2))) == (set(), {"seat calls that ring for nobody"})


@pytest.mark.parametrize("occasion", ["found", "handled"])
def test_a_copy_that_no_street_got_is_found(town: Town, occasion: str) -> None:
    town.sql(f"UPDATE equipment SET next_inspection_on = '2026-10-31' WHERE id IN ({LIFT}, {SECOND_LIFT})")
    triggers.minute(town.store, AT)
    town.sql("UPDATE equipment SET next_inspection_on = %s WHERE id = %s", date(2027, 1, 1), LIFT)
    triggers.minute(town.store, later(1))
    whole = found(town, later(1))

    town.sql("DELETE FROM order_copies WHERE occasion = %s", occasion)

    assert (whole, found(town, later(1))) == (set(), {"lost copies"})


@pytest.mark.parametrize(
    ("status", "sent", "wrong"),
    [
        ("queued", False, False),
        ("queued", True, False),
        ("read", False, False),
        ("dead", True, False),
        ("failed", True, False),
        ("sent", True, False),
        ("sent", False, True),
        ("delivered", False, True),
    ],
)
def test_a_message_is_half_sent_where_it_is_said_to_have_left_and_nobody_knows_when(
    town: Town, status: str, sent: bool, wrong: bool
) -> None:
    town.open(OrderKind.RESCUE)

    town.sql("UPDATE notification_messages SET status = %s, sent_at = %s", status, AT if sent else None)

    assert ("messages half sent" in found(town, AT)) is wrong


def test_what_a_team_was_told_by_its_telephone_is_nothing_too_much(town: Town):
    town.sql("UPDATE response_teams SET phone = '13800002031'")
    order = town.open(machine=LIFT)
    town.step(Role.MAINTENANCE_UNIT, order.id, Step.RETURN, reason="人手不足")

    assert town.sql("SELECT count(*) FROM notifications WHERE recipient LIKE 'team:%%'")[0].count == 1
    assert reconcile(town.store, at=AT).wrong == {}
