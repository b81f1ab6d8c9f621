"""A rescue's clocks from the report to two hours after it, and what becomes of them when nobody watches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from domain.scope import Role
from domain.work_orders import OrderKind, Step
from services import clocks, overdue, reminders
from tests.integration.clocks.conftest import AT, House, minutes

CENTRE, MAINTAINER, USER, BUREAU = Role.OPERATIONS_CENTRE, Role.MAINTENANCE_UNIT, Role.USE_UNIT, Role.BUREAU


def late_orders(house: House, order: int) -> list[str]:
    """The bureau's orders about a rescue that was late."""
    found = house.rows("SELECT status FROM work_orders WHERE cause = 'rescue_overdue' AND cause_key LIKE %s", f"%%:{order}")
    return [row.status for row in found]


def test_a_rescue_that_nobody_sees_to_warns_breaches_rises_and_becomes_a_candidate(house: House):
    order = house.open()
    seen = {}

    for minute in (0, 14.9, 15, 20, 25, 29.9, 30, 60, 120):
        overdue.due(house.store, AT + minutes(minute))
        clock = house.clocks(order)[("rescue", 1)]
        seen[minute] = (clock.warned, clock.breached_at is not None, len(late_orders(house, order)))

    assert seen == {
        0: (0, False, 0), 14.9: (0, False, 0), 15: (1, False, 0), 20: (2, False, 0), 25: (3, False, 0), 29.9: (3, False, 0),
        30: (3, True, 1), 60: (3, True, 1), 120: (3, True, 1),
    }  # fmt: skip
    row = house.order(order)
    assert (row.level, row.detail["accident_candidate"], row.closed_at) == ("emergency", True, None)
    assert ("role:operations_centre", "rescue") in house.messages(order, "breach")
    assert len([told for told in house.messages(order, "warning") if told == ("role:operations_centre", "rescue")]) == 3
    assert ("role:emergency", "accident") in house.messages(order, "accident_candidate")


def test_a_turn_taken_twice_changes_nothing(house: House):
    order = house.open()
    overdue.due(house.store, AT + minutes(121))
    told = house.rows("SELECT count(*) AS n FROM notification_messages")[0].n
    before = (house.clocks(order), house.order(order), late_orders(house, order))

    looked_at = overdue.due(house.store, AT + minutes(121))

    assert looked_at == 0
    assert (house.clocks(order), house.order(order), late_orders(house, order)) == before
    assert house.rows("SELECT count(*) AS n FROM notification_messages")[0].n == told


@pytest.mark.parametrize("turns", [[120], [120, 0, 120], [10, 130, 5, 125]], ids=["dead for two hours", "set back and forth", "jumping"])
def test_whenever_anybody_looks_the_end_is_the_same(house: House, turns: list[float]):
    order = house.open()

    for minute in turns:
        overdue.due(house.store, AT + minutes(minute))

    found = house.clocks(order)
    over = {kind for kind, clock in found.items() if clock.breached_at is not None}
    assert over == {(kind, 1) for kind in ("notify", "owner", "arrive", "rescue", "level_three", "accident")}
    assert len(late_orders(house, order)) == 1
    assert house.messages(order, "warning") == [], "what is over is not warned of"
    notes = house.rows("SELECT action FROM work_order_events WHERE work_order_id = %s AND action <> 'open' ORDER BY seq", order)
    assert [row.action for row in notes] == ["escalate", "note"]


def test_warnings_that_were_missed_are_given_as_one(house: House):
    order = house.open()

    overdue.due(house.store, AT + minutes(21))

    assert house.clocks(order)[("rescue", 1)].warned == 2
    assert house.messages(order, "warning").count(("role:operations_centre", "rescue")) == 1


def test_a_rescue_that_was_late_while_nothing_watched_still_reaches_the_bureau(house: House):
    order = house.open()
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    house.take(order, Step.ACCEPT, MAINTAINER, at=AT + minutes(2))
    house.take(order, Step.SIGN_IN, MAINTAINER, at=AT + minutes(20))
    house.take(order, Step.COMPLETE, MAINTAINER, at=AT + minutes(31))
    house.take(order, Step.CONFIRM, USER, at=AT + minutes(32))

    overdue.due(house.store, AT + minutes(40))

    found = house.clocks(order)
    assert found[("rescue", 1)].breached_at == AT + minutes(40)
    assert found[("arrive", 1)].breached_at is None
    assert len(late_orders(house, order)) == 1
    assert "accident_candidate" not in house.order(order).detail


def test_what_was_done_in_time_is_never_late(house: House):
    order = house.open()
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    house.take(order, Step.ACCEPT, MAINTAINER, at=AT + minutes(2))
    house.take(order, Step.SIGN_IN, MAINTAINER, at=AT + minutes(20))
    house.take(order, Step.COMPLETE, MAINTAINER, at=AT + minutes(30) - timedelta(seconds=1))

    overdue.due(house.store, AT + minutes(500))

    assert [row.breached_at for row in house.clocks(order).values()] == [None] * 7
    assert all(row.met_at for row in house.clocks(order).values())


def test_a_person_inside_since_long_before_the_report_counts_from_the_beginning(house: House):
    order = house.open(occurred_at=AT - minutes(110))

    overdue.due(house.store, AT + minutes(10))

    found = house.clocks(order)
    assert {kind for kind, _ in found if found[(kind, 1)].breached_at} >= {"accident", "level_three"}
    assert found[("rescue", 1)].due_at == AT + minutes(30), "the units owe it from the report"


def test_a_rescue_that_was_not_one_goes_on_from_its_beginning(house: House):
    order = house.open()
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    house.take(order, Step.ACCEPT, MAINTAINER, at=AT + minutes(2))
    house.take(order, Step.SIGN_IN, MAINTAINER, at=AT + minutes(10))
    house.take(order, Step.COMPLETE, MAINTAINER, at=AT + minutes(12))
    house.take(order, Step.REDO, USER, at=AT + minutes(16))

    overdue.due(house.store, AT + minutes(31))

    found = house.clocks(order)
    assert found[("rescue", 1)].met_at == AT + minutes(12)
    assert (found[("rescue", 2)].started_at, found[("rescue", 2)].breached_at) == (AT, AT + minutes(31))
    assert len(late_orders(house, order)) == 1


def test_each_team_that_is_sent_has_its_own_three_minutes(house: House):
    order = house.open()
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    house.take(order, Step.RETURN, MAINTAINER, at=AT + minutes(2))
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(6))

    found = house.clocks(order)

    assert found[("accept", 1)].dropped_at == AT + minutes(2)
    assert (found[("accept", 2)].due_at, found[("accept", 2)].met_at) == (AT + minutes(9), None)


def test_a_repair_that_waits_for_parts_has_so_much_longer(house: House):
    order = house.open(OrderKind.REPAIR, level="minor_fault")
    house.take(order, Step.DISPATCH, CENTRE, at=AT)
    house.take(order, Step.ACCEPT, MAINTAINER, at=AT + minutes(1))
    house.take(order, Step.SUSPEND, MAINTAINER, at=AT + minutes(60))

    overdue.due(house.store, AT + timedelta(hours=30))
    waiting = house.clocks(order)[("handle", 1)]
    house.take(order, Step.RESUME, MAINTAINER, at=AT + timedelta(hours=31))
    going = house.clocks(order)[("handle", 1)]

    assert (waiting.paused_at, waiting.breached_at) == (AT + minutes(60), None)
    assert (going.due_at, going.paused_seconds, going.paused_at) == (AT + timedelta(hours=54), 30 * 3600, None)


def test_an_order_that_fails_keeps_no_other_waiting(house: House, monkeypatch: pytest.MonkeyPatch):
    broken, sound = house.open(), house.open()
    lawful = overdue.CONSEQUENCES

    def failing(tx, order, at):
        if order.id == broken:
            raise RuntimeError("broken")
        return order

    monkeypatch.setattr(overdue, "CONSEQUENCES", {**lawful, "rescue": failing})
    overdue.due(house.store, AT + minutes(31))
    after_failure = house.clocks(broken)[("rescue", 1)].breached_at, house.clocks(sound)[("rescue", 1)].breached_at
    monkeypatch.setattr(overdue, "CONSEQUENCES", lawful)
    overdue.due(house.store, AT + minutes(32))

    assert after_failure == (None, AT + minutes(31))
    assert house.clocks(broken)[("rescue", 1)].breached_at == AT + minutes(32)


def test_a_drill_breaches_without_a_real_order_at_the_bureau(house: House):
    order = house.open(drill=True)

    overdue.due(house.store, AT + minutes(31))

    [opened] = house.rows("SELECT drill FROM work_orders WHERE cause = 'rescue_overdue' AND cause_key LIKE %s", f"%%:{order}")
    assert opened.drill is True


def test_every_part_of_a_turn_does_its_work(house: House, caplog: pytest.LogCaptureFixture):
    house.open()

    led = reminders.tick(house.store, AT + minutes(31))

    assert led
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_unit_was_told_when_its_message_left(house: House):
    order = house.open()
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    untold = clocks.notified(house.store, AT + minutes(2))
    with house.store.transaction() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE notification_messages m SET status = 'sent', sent_at = %s FROM notifications n "
            "WHERE n.id = m.notification_id AND n.work_order_id = %s AND m.template = 'dispatched'",
            (AT + minutes(4), order),
        )

    told = clocks.notified(house.store, AT + minutes(9))
    overdue.due(house.store, AT + minutes(10))

    clock = house.clocks(order)[("notify", 1)]
    assert (untold, told) == (0, 1)
    assert (clock.met_at, clock.breached_at) == (AT + minutes(4), None)


def test_two_that_look_at_once_do_everything_once(house: House):
    opened = [house.open() for _ in range(8)]
    at = AT + minutes(121)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: overdue.due(house.store, at), range(8)))
    while overdue.due(house.store, at):
        pass

    assert [len(late_orders(house, order)) for order in opened] == [1] * 8
    for order in opened:
        actions = house.rows("SELECT seq, action FROM work_order_events WHERE work_order_id = %s ORDER BY seq", order)
        assert [(row.seq, row.action) for row in actions] == [(1, "open"), (2, "escalate"), (3, "note")]
        assert len(house.messages(order, "breach")) == len(set(house.messages(order, "breach")))
