"""What an open order does to its machine on map, list and card: a call by telephone counts like an alarm, a drill never."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from callbacks import figures
from components.panels import district_map
from data_access.conditions import Filter, Status
from data_access.queries import equipment, order_lists, overview
from domain.order_words import Proof, Step
from domain.scope import ALL, Role, Scope
from domain.work_orders import OrderKind
from locales import t
from services import work_orders
from tests.integration.desk.conftest import AT
from tests.integration.web import town

CENTRE = Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL)
SECOND = timedelta(seconds=1)
LIFT = town.IN_CHANGFENG.code
FAULT = {"kind": OrderKind.REPAIR, "level": "minor_fault", "cause": "brake", "reason": "grave_empty"}
SUPERVISION = {"kind": OrderKind.SUPERVISION, "level": None, "cause": "inspection_overdue", "reason": None}


@pytest.fixture(autouse=True)
def _no_alarms(store):
    """Nothing but orders speaks here."""
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("UPDATE alarms SET cleared_at = raised_at + interval '1 second' WHERE cleared_at IS NULL")


def status(store):
    with store.reading() as tx:
        found = equipment.by_code(CENTRE, tx, code=LIFT)
        listed = equipment.page(CENTRE, tx, filter=Filter(statuses=(Status.CRITICAL.value,)), at=AT)
        marks = equipment.map_status(CENTRE, tx).count(equipment.MARKS[Status.CRITICAL])
        ring = overview.status_counts(CENTRE, tx)[Status.CRITICAL]
    assert marks == ring == listed.total == (1 if found.status == "critical" else 0)
    return found.status


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ({}, "critical"),
        (FAULT | {"urgent": True}, "critical"),
        (FAULT | {"urgent": False}, "never"),
        (SUPERVISION | {"urgent": True}, "never"),
        ({"drill": True}, "never"),
    ],
    ids=["rescue", "urgent repair", "minor repair", "late inspection", "drill"],
)
def test_an_order_without_an_alarm_makes_its_machine_critical(store, orders, opened, expected):
    assert status(store) == "never"

    orders(**opened)

    assert status(store) == expected


def test_a_machine_is_no_longer_critical_once_the_order_is_closed(store, orders, officer):
    order = orders()

    work_orders.advance(officer, store, order.id, step=Step.FALSE_ALARM, proof=Proof(note="试梯"), at=AT + SECOND)

    assert status(store) == "never"


@pytest.fixture(autouse=True)
def _no_device_file(monkeypatch):
    """The address of the map's file comes from the running application."""
    monkeypatch.setattr(figures, "url_for", lambda scope: "")


def drawn(store, at=AT):
    with store.reading() as tx:
        rows = figures.district_map(CENTRE, tx, at=at)
    return district_map.update(orjson.loads(orjson.dumps(rows)), at=at)["map"]["map"]


def test_the_map_points_at_a_call_and_says_who_has_it_and_by_when(store, orders):
    order = orders()

    shown = drawn(store)

    with store.reading() as tx:
        clock = order_lists.running(CENTRE, tx, order_ids=[order.id])[order.id]
    assert [pin["tone"] for pin in shown["alarms"]] == ["crit"]
    assert order.number in shown["callout"]["note"]
    assert t("orders.nobody") in shown["callout"]["note"]
    assert shown["callout"]["clock"]["kids"][0]["data"]["due"] == clock.due_at.isoformat()


def test_a_drill_is_not_on_the_map(store, orders):
    orders(drill=True)

    assert (drawn(store)["alarms"], drawn(store)["callout"]) == ([], None)


def test_the_card_shows_the_real_order_and_not_a_drill_before_it(store, orders):
    orders(drill=True, level="emergency", at=AT - SECOND)
    real = orders()

    with store.reading() as tx:
        card = figures.picked(CENTRE, tx, at=AT, pick=LIFT)
        busy = order_lists.of_machines(CENTRE, tx, codes=[LIFT])

    assert card["open_order"]["number"] == real.number
    assert busy == {LIFT: (real.id, real.number)}


def test_a_stopped_lift_is_told_in_list_and_card(store, orders):
    order = orders(**FAULT, urgent=True, detail={"out_of_service": True})

    with store.reading() as tx:
        [row] = equipment.page(CENTRE, tx, filter=Filter(text=LIFT), at=AT).rows
        card = figures.picked(CENTRE, tx, at=AT, pick=LIFT)

    assert row.stopped_by == card["stopped_by"] == order.number
