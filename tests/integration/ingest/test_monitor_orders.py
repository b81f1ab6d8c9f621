"""A monitor that was silent alone speaks again: its order ends while nobody is on the way, and says so to whoever is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from data_access.engine import Store
from services.reconciliation import reconcile
from tests.integration.ingest.district import Rows
from tests.integration.ingest.town import Town

ORDERS = "SELECT cause, status, closed_at IS NOT NULL FROM work_orders ORDER BY id"
LOG = "SELECT action, hand, coalesce(reason, proof ->> 'note', '') FROM work_order_events WHERE action <> 'open' ORDER BY id"
SILENCE_S = 1000  # longer than the limit of an offline alarm


@pytest.fixture
def town(store: Store, url: str, now: datetime) -> Iterator[Town]:
    """Monitors of one gateway, all of them speaking."""
    made = Town(store, url, now)
    made.settle(40, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑")
    made.pass_time(180)
    yield made
    made.close()


@pytest.fixture
def lost(town: Town, rows: Rows) -> int:
    """One monitor that has fallen silent alone, and has an order."""
    [(machine,)] = rows("SELECT min(equipment_id) FROM equipment_states")
    town.silence(machine)
    town.pass_time(SILENCE_S)
    assert rows(ORDERS) == [("device_offline", "reported", False)]
    return int(machine)


def test_the_order_about_a_silent_monitor_ends_when_it_speaks_again(store: Store, town: Town, rows: Rows, lost: int) -> None:
    town.wake(lost)
    town.pass_time(120)

    assert rows(ORDERS) == [("device_offline", "confirmed", True)]
    assert rows(LOG) == [("close", "system", "monitor_back")]
    assert rows("SELECT count(*) FROM deadlines WHERE met_at IS NULL AND dropped_at IS NULL") == [(0,)]
    assert reconcile(store, at=town.now).wrong == {}


def test_an_alarm_folded_into_an_outage_leaves_no_order_behind(town: Town, rows: Rows, lost: int) -> None:
    rows("UPDATE alarms SET cleared_at = now() WHERE family = 'device_offline' RETURNING id")

    town.wake(lost)
    town.pass_time(120)

    assert rows(ORDERS) == [("device_offline", "confirmed", True)]


@pytest.mark.parametrize("status", ["accepted", "on_site"])
def test_whoever_is_on_the_way_is_told_once_and_the_order_stays_his(town: Town, rows: Rows, lost: int, status: str) -> None:
    rows(f"UPDATE work_orders SET status = '{status}', unowned_since = NULL RETURNING id")

    town.wake(lost)
    town.pass_time(120)

    assert rows(ORDERS) == [("device_offline", status, False)]
    assert rows(LOG) == [("note", "system", "monitor_back")]


def test_what_a_person_called_grave_is_left_to_people(town: Town, rows: Rows, lost: int) -> None:
    rows("UPDATE work_orders SET level = 'entrapment' RETURNING id")

    town.wake(lost)
    town.pass_time(120)

    assert rows(ORDERS) == [("device_offline", "reported", False)]
    assert rows(LOG) == [("note", "system", "monitor_back")]


def test_a_monitor_that_stays_silent_keeps_its_order(town: Town, rows: Rows, lost: int) -> None:
    town.pass_time(600)

    assert rows(ORDERS) == [("device_offline", "reported", False)]
    assert rows(LOG) == []
