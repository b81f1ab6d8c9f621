"""An alarm opens an order in its own transaction; reports of one machine are one incident; many at once cost no more statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, select

from data_access.engine import Store
from data_access.queries import equipment
from data_access.repositories import work_orders as orders
from data_access.tables import work_orders
from domain.scope import ALL, Role, Scope
from domain.work_orders import Step, rebuilt
from services import order_storms
from services.order_history import as_order, as_party, as_proof, begun
from services.schedule import minute
from services.telemetry_memory import Memory
from tests.integration.ingest.district import LIFTS, TRUCK, Rows, lift, say, state
from tests.integration.ingest.district import event as word

ORDERS = "SELECT kind, cause, level, urgent, status FROM work_orders WHERE closed_at IS NULL ORDER BY id"
SOURCES = (
    "SELECT w.kind, s.channel, a.family FROM incident_sources s JOIN work_orders w ON w.id = s.work_order_id "
    "JOIN alarms a ON a.id = s.alarm_id"
)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements sent while it lasts."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_an_entrapment_opens_a_rescue_in_the_same_transaction(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, word(1, now, "a"), at=now)

    assert rows(ORDERS) == [("rescue", "entrapment", "entrapment", True, "reported")]
    assert rows("SELECT w.alarm_id = a.id, w.occurred_at = a.raised_at FROM work_orders w, alarms a") == [(True, True)]
    assert rows(SOURCES) == [("rescue", "automatic", "entrapment")]
    assert rows("SELECT action, to_status, hand FROM work_order_events ORDER BY seq LIMIT 1") == [("open", "reported", "system")]


@pytest.mark.parametrize(
    ("code", "changes", "order"),
    [
        ("12", {}, ("repair", "door_close_fault", "minor_fault", False, "reported")),
        ("3", {}, ("repair", "overspeed", "minor_fault", True, "reported")),
        (
            "21",
            {"statusDetails": [{"paramCode": "Passenger_Status", "paramValue": "True"}]},
            ("rescue", "user_alarm", "entrapment", True, "reported"),
        ),
    ],
)
def test_what_a_vendor_says_becomes_the_order_of_its_level(
    store: Store, memory: Memory, rows: Rows, now: datetime, code: str, changes: dict[str, Any], order: tuple[object, ...]
) -> None:
    say(store, memory, word(1, now, "a", code=code, **changes), at=now)

    assert rows(ORDERS) == [order]


def test_a_lift_with_a_grave_fault_is_out_of_service_until_its_order_is_closed(
    store: Store, memory: Memory, rows: Rows, now: datetime, url: str
) -> None:
    say(store, memory, word(1, now, "a", code="3"), word(2, now, "b", code="12"), at=now)
    numbers = dict(rows("SELECT cause, number FROM work_orders"))

    before = [_stopped_by(store, 1), _stopped_by(store, 2)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'confirmed', closed_at = now()")

    assert before == [numbers["overspeed"], None]
    assert _stopped_by(store, 1) is None


def _stopped_by(store: Store, number: int) -> str | None:
    with store.reading() as tx:
        found = equipment.by_code(Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), tx, code=lift(number))
    assert found is not None
    return found.stopped_by


@pytest.mark.parametrize(
    ("channel", "source"),
    [("S04", ("automatic", "iot")), ("S05", ("active", "app")), ("S01", ("passive", "110")), ("S99", ("automatic", "iot"))],
)
def test_the_platforms_channel_says_who_reported(
    store: Store, memory: Memory, rows: Rows, now: datetime, channel: str, source: tuple[str, str]
) -> None:
    say(store, memory, word(1, now, "a", alarmChannel=channel), at=now)

    assert rows("SELECT channel, source FROM incident_sources") == [source]


def test_a_passengers_word_about_an_open_alarm_is_another_source_of_its_order(
    store: Store, memory: Memory, rows: Rows, now: datetime
) -> None:
    say(store, memory, word(1, now, "a", alarmChannel="S04"), at=now)
    later = now + timedelta(seconds=40)
    say(store, memory, word(1, later, "b", alarmChannel="S05"), word(1, later, "c", alarmChannel="S01"), at=later)
    say(store, memory, word(1, later, "b", alarmChannel="S05"), at=later + timedelta(seconds=1), again=True)

    assert rows("SELECT count(*) FROM work_orders") == [(1,)]
    assert rows("SELECT source, alarm_id IS NOT NULL FROM incident_sources ORDER BY id") == [("iot", True), ("app", False), ("110", False)]


def test_the_same_word_again_changes_nothing(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, word(1, now, "a"), at=now)
    say(store, memory, word(1, now, "a"), at=now + timedelta(seconds=1), again=True)

    assert len(rows(ORDERS)) == 1
    assert rows("SELECT count(*) FROM incident_sources") == [(1,)]


def test_a_rescue_outlives_its_alarm_and_takes_in_the_next(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, word(1, now, "a"), at=now)
    say(store, memory, word(1, now + timedelta(seconds=30), "a", phase="disappear"), at=now + timedelta(seconds=30))
    say(store, memory, word(1, now + timedelta(seconds=60), "b"), at=now + timedelta(seconds=60))

    assert len(rows(ORDERS)) == 1
    assert rows("SELECT count(*), count(DISTINCT alarm_id) FROM incident_sources") == [(2, 2)]


def test_somebody_seen_inside_turns_the_repair_into_a_rescue(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, word(1, now, "a", code="9"), at=now)
    say(store, memory, state(1, now + timedelta(seconds=5), Passenger_Status=True, Door_Zone=False), at=now + timedelta(seconds=5))

    assert rows(ORDERS) == [("rescue", "power_cut", "entrapment", True, "reported")]
    assert rows("SELECT m.kind FROM work_orders w JOIN work_orders m ON m.id = w.master_id WHERE w.kind = 'repair'") == [("rescue",)]
    assert rows("SELECT count(*) FROM work_orders WHERE kind = 'rescue' AND alarm_id IS NOT NULL") == [(1,)]


def test_several_faults_of_a_lift_within_the_window_are_one_order(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, word(1, now, "a", code="9"), word(1, now, "b", code="12"), at=now)
    later = now + timedelta(seconds=3599)
    say(store, memory, word(1, later, "c", code="11"), at=later)
    after = now + timedelta(seconds=3602)
    say(store, memory, word(1, after, "d", code="19"), at=after)

    assert sorted(row[1] for row in rows(ORDERS)) == ["door_close_fault", "floor_lost"]


def test_what_is_done_and_happens_again_is_another_order(store: Store, memory: Memory, rows: Rows, now: datetime, url: str) -> None:
    say(store, memory, word(1, now, "a"), at=now)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'completed'")
    say(store, memory, word(1, now + timedelta(seconds=600), "b"), at=now + timedelta(seconds=600))

    assert [(row[0], row[4]) for row in rows(ORDERS)] == [("rescue", "completed"), ("rescue", "reported")]


@pytest.mark.parametrize(("occurred", "orders"), [(250, 1), (400, 2)])
def test_a_channel_that_tells_of_it_after_the_rescue_is_a_source_of_that_rescue(
    store: Store, memory: Memory, rows: Rows, now: datetime, url: str, occurred: int, orders: int
) -> None:
    say(store, memory, word(1, now, "a"), at=now)
    say(store, memory, word(1, now + timedelta(seconds=240), "a", phase="disappear"), at=now + timedelta(seconds=240))
    complete(url, now + timedelta(seconds=300))

    late = now + timedelta(seconds=420)
    say(store, memory, word(1, now + timedelta(seconds=occurred), "b", alarmChannel="S05"), at=late)

    assert rows("SELECT count(*) FROM work_orders") == [(orders,)]
    assert rows("SELECT source FROM incident_sources ORDER BY id") == [("iot",), ("app",)]


def test_somebody_still_trapped_after_a_rescue_is_another_one(store: Store, memory: Memory, rows: Rows, now: datetime, url: str) -> None:
    say(store, memory, word(1, now, "a"), at=now)
    complete(url, now + timedelta(seconds=300))

    say(store, memory, word(1, now + timedelta(seconds=400), "b"), at=now + timedelta(seconds=400))

    assert [(row[0], row[4]) for row in rows(ORDERS)] == [("rescue", "completed"), ("rescue", "reported")]


def complete(url: str, at: datetime) -> None:
    """Whoever was sent has done it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'completed', seq = seq + 1")
        connection.execute(
            "INSERT INTO work_order_events (work_order_id, seq, action, from_status, to_status, hand, at, actor) "
            "SELECT id, seq, 'complete', 'on_site', 'completed', 'maintenance_unit', %s, '' FROM work_orders",
            (at,),
        )


def test_an_alarm_that_is_called_false_and_goes_on_opens_nothing(store: Store, memory: Memory, rows: Rows, now: datetime, url: str) -> None:
    say(store, memory, word(1, now, "a"), at=now)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'false_alarm', closed_at = now()")
        connection.execute("UPDATE alarms SET verdict = 'false'")
    say(store, memory, word(1, now + timedelta(seconds=60), "b"), at=now + timedelta(seconds=60))

    assert rows(ORDERS) == []


@pytest.mark.parametrize(("waited", "level"), [(3599, "entrapment"), (3600, "emergency")])
def test_time_raises_the_order_with_its_alarm(store: Store, memory: Memory, rows: Rows, now: datetime, waited: int, level: str) -> None:
    say(store, memory, word(1, now, "a"), at=now)

    minute(store, now + timedelta(seconds=waited))

    assert rows("SELECT level FROM work_orders WHERE kind = 'rescue'") == [(level,)]


def test_a_closed_rescue_is_not_opened_by_time_alone(store: Store, memory: Memory, rows: Rows, now: datetime, url: str) -> None:
    say(store, memory, word(1, now, "a"), at=now)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'confirmed', closed_at = now()")

    minute(store, now + timedelta(seconds=3600))

    assert rows(ORDERS) == []


def test_a_truck_drivers_fault_is_the_use_units_matter(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    topic, payload = word(1, now, "a", code="FK02", registerNumber=TRUCK)
    topic = f"pt/v1/ckt/forklift/{TRUCK}/event"

    say(store, memory, (topic, payload), at=now)

    assert rows(ORDERS) == [("anomaly", "forklift_overspeed", "minor_fault", False, "reported")]


def test_nothing_is_asked_of_the_database_where_nothing_happened(store: Store, memory: Memory, now: datetime) -> None:
    say(store, memory, state(1, now), at=now)

    with counting() as sent:
        say(store, memory, state(1, now + timedelta(seconds=5)), at=now + timedelta(seconds=5))

    assert [statement for statement in sent if "work_order" in statement or "incident" in statement] == []


def test_a_storm_is_opened_in_as_many_statements_as_a_few(
    store: Store, memory: Memory, rows: Rows, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_storms, "SENT_AT_ONCE", 2)
    with counting() as few:
        say(store, memory, *(word(n, now, f"few-{n}", code="9") for n in range(4)), at=now)
    with counting() as many:
        say(store, memory, *(word(n, now, f"many-{n}", code="9") for n in range(4, LIFTS)), at=now)

    assert len(rows(ORDERS)) == LIFTS
    assert len(many) == len(few)


def test_the_logs_of_a_storm_rebuild_its_orders(store: Store, memory: Memory, now: datetime) -> None:
    say(store, memory, *(word(n, now, f"cut-{n}", code="9") for n in range(12)), at=now)
    seen = now + timedelta(seconds=5)
    say(store, memory, *(state(n, seen, Passenger_Status=True, Door_Zone=False) for n in range(4)), at=seen)
    minute(store, now + timedelta(seconds=3700))

    with store.reading() as tx:
        stored = tx.execute(select(work_orders)).all()
        logs = {row.id: orders.log(tx, row.id) for row in stored}

    assert len(stored) == 16
    for row in stored:
        first, *steps = logs[row.id]
        told = rebuilt(begun(first), [(Step(each.action), as_party(each), as_proof(each.proof)) for each in steps])
        assert told == as_order(row)
        assert [each.seq for each in logs[row.id]] == list(range(1, row.seq + 1))
