"""Drills: one at a time, marked, and over with everything that belonged to them (E6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data_access.queries import drills as queries
from data_access.queries import work_orders as order_queries
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import ALL, Role, Scope
from domain.work_orders import OrderKind
from services import drills
from tests.integration.desk.conftest import AT, somebody

CENTRE = Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL)
HOUR = timedelta(hours=1)


def going_on(store):
    with store.reading() as tx:
        return queries.going_on(CENTRE, tx)


def test_a_drill_goes_on_until_somebody_ends_it(store, orders, officer):
    drills.start(officer, store, name="四季度困人救援演练", at=AT)
    orders(drill=True)

    drill = going_on(store)
    assert (drill.name, drill.started_by, drill.open) == ("四季度困人救援演练", officer.name, 1)

    drills.stop(officer, store, at=AT + HOUR)
    assert going_on(store) is None


def test_only_one_drill_goes_on_at_a_time(store, officer):
    drills.start(officer, store, name="第一场", at=AT)

    with pytest.raises(Conflict) as first:
        drills.start(officer, store, name="第二场", at=AT)

    assert first.value.data["by"] == officer.name


@pytest.mark.parametrize("name", ["", "   ", "演" * 61], ids=["none", "blank", "too long"])
def test_a_drill_has_a_name(store, officer, name):
    with pytest.raises(Invalid):
        drills.start(officer, store, name=name, at=AT)


def test_only_the_centre_runs_drills(store):
    with pytest.raises(NotPermitted):
        drills.start(somebody(store, "changfeng", Role.STREET), store, name="演练", at=AT)


def test_without_a_drill_there_is_nothing_to_end(store, officer):
    with pytest.raises(NotFound):
        drills.stop(officer, store, at=AT)


def test_the_end_closes_the_orders_of_the_drill_and_no_others(store, orders, officer):
    drills.start(officer, store, name="演练", at=AT)
    live = orders()
    of_drill = [
        orders(drill=True),
        orders(drill=True, kind=OrderKind.SUPERVISION, level=None, urgent=False, cause="rescue_overdue", reason=None),
    ]

    assert drills.stop(officer, store, at=AT + HOUR) == 2

    with store.reading() as tx:
        ended = [order_queries.by_id(CENTRE, tx, order_id=order.id) for order in of_drill]
        assert [(row.status, row.closed_at) for row in ended if row] == [("false_alarm", AT + HOUR), ("closed", AT + HOUR)]
        still = order_queries.by_id(CENTRE, tx, order_id=live.id)
    assert still is not None
    assert still.closed_at is None
