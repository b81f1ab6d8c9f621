"""What one transaction makes of a batch: stored once, judged once, refused with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from data_access.engine import Store
from services import telemetry_memory
from services.telemetry import write_left
from services.telemetry_memory import Memory, recall, refresh
from tests.integration.ingest.district import Rows, event, lift, say, state


def trapped(number: int, until: datetime, *, seconds: int = 70, step: int = 5) -> list[tuple[str, bytes]]:
    """Readings of a lift that stands with its doors shut and somebody inside."""
    return [state(number, until - timedelta(seconds=back), Passenger_Status=True) for back in range(seconds, -1, -step)]


ALARMS = "SELECT family, level, occurrences, cleared_at IS NULL FROM alarms ORDER BY id"


def test_a_reading_is_stored_once_and_becomes_the_present_state(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    accepted = say(store, memory, state(0, now), state(0, now), at=now)
    again = say(store, memory, state(0, now), at=now)

    assert (accepted.stored, accepted.duplicates, again.stored, again.duplicates) == (1, 1, 0, 1)
    assert rows("SELECT count(*) FROM readings") == [(1,)]
    assert rows("SELECT e.code, s.sampled_at, s.presence FROM equipment_states s JOIN equipment e ON e.id = s.equipment_id") == [
        (lift(0), now, "online")
    ]


def test_another_reading_of_the_same_second_is_a_conflict(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(0, now), at=now)
    accepted = say(store, memory, state(0, now, Speed=1.5), at=now)

    assert (accepted.stored, accepted.conflicts) == (0, 1)
    (topic, reason, payload), *others = rows("SELECT topic, reason, payload FROM quarantine")
    assert (topic, reason, others) == (state(0, now)[0], "conflict", [])
    assert b'"Speed": 1.5' in payload


def test_a_late_reading_is_history_and_nothing_else(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(0, now), at=now)
    accepted = say(store, memory, *trapped(0, now - timedelta(seconds=60)), at=now)

    assert (accepted.stored, accepted.late, accepted.alarms) == (15, 15, 0)
    assert rows("SELECT sampled_at, late_count FROM equipment_states") == [(now, 15)]


def test_a_minute_that_arrives_at_once_and_shuffled_is_judged_as_a_minute(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *reversed(trapped(0, now)), at=now)

    assert rows(ALARMS) == [("entrapment", "entrapment", 1, True)]
    assert rows("SELECT raised_at, detected_at, street_code, person FROM alarms") == [(now - timedelta(seconds=10), now, None, True)]


def test_all_sources_of_an_entrapment_are_one_alarm_that_counts(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *trapped(1, now), at=now)
    say(store, memory, event(1, now, "htk-1"), event(1, now, "htk-2", code="7"), at=now)
    say(store, memory, event(1, now, "htk-1"), event(1, now, "htk-2", code="7"), at=now)

    assert rows(ALARMS) == [("entrapment", "entrapment", 3, True)]


def test_open_close_open_within_one_batch_are_two_alarms(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    messages = [
        event(0, now - timedelta(seconds=30), "a"),
        state(0, now - timedelta(seconds=20), Door_Status=4, Door_Close_Status=False),
        event(0, now - timedelta(seconds=10), "b"),
    ]

    say(store, memory, *messages, at=now)

    assert [row[3] for row in rows(ALARMS)] == [False, True]


def test_an_unmapped_code_is_kept_and_shown_once(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    for _ in range(2):
        say(store, memory, event(0, now, "x", code="Z-77"), at=now)

    assert rows("SELECT code, vendor_code FROM events") == [(None, "Z-77")]
    assert rows("SELECT reason, detail, vendor, equipment_code FROM quarantine") == [("unmapped_code", "Z-77", "xzl", lift(0))]
    assert rows(ALARMS) == []


def test_an_event_whose_end_came_first_opens_nothing(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, event(0, now, "x", code="14", phase="disappear"), at=now)
    say(store, memory, event(0, now - timedelta(seconds=5), "x", code="14"), at=now + timedelta(seconds=1))

    assert rows("SELECT count(*) FROM events") == [(2,)]
    assert rows(ALARMS) == []


def test_a_statistics_message_is_kept_as_it_came(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    topic, payload = state(0, now, Door_Open_Count=321)
    message = (topic.replace("/state", "/statistics"), payload)

    say(store, memory, message, message, at=now)

    assert rows("SELECT sampled_at, vendor, body ->> 'Door_Open_Count' FROM statistics") == [(now, "xzl", "321")]


def test_a_vendors_heartbeat_and_messages_are_noted(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, ("pt/v1/htk/online", b'{"online": true}'), ("pt/v1/xzl/online", b'{"online": false}'), state(0, now), at=now)

    assert rows("SELECT name, connected, heartbeat_at, last_message_at FROM vendors WHERE name IN ('htk', 'xzl') ORDER BY name") == [
        ("htk", True, now, now),
        ("xzl", False, None, now),
    ]
    assert rows("SELECT vendor, messages FROM vendor_minutes ORDER BY vendor") == [("htk", 1), ("xzl", 2)]


def test_a_batch_that_fails_leaves_no_trace(
    store: Store, memory: Memory, rows: Rows, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError

    known = [memory.of(device) for device in memory.register.devices.values()]
    with monkeypatch.context() as patch:
        patch.setattr("services.telemetry.vendors.heard", break_down)
        with pytest.raises(RuntimeError):
            say(store, memory, *trapped(0, now), at=now)

    assert rows("SELECT count(*) FROM readings") == [(0,)]
    assert [memory.of(device) for device in memory.register.devices.values()] == known
    assert say(store, memory, *trapped(0, now), at=now).alarms == 1


STATE = "SELECT sampled_at, received_at, cadence_s FROM equipment_states s JOIN equipment e ON e.id = s.equipment_id WHERE e.code = '{}'"


@pytest.mark.parametrize("alarmed", [False, True], ids=["calm", "alarmed"])
def test_a_state_left_unwritten_by_a_worker_that_died_is_written_by_the_next(
    store: Store, memory: Memory, rows: Rows, now: datetime, alarmed: bool
) -> None:
    first = trapped(0, now) if alarmed else [state(0, now - timedelta(seconds=s)) for s in (10, 5, 0)]
    say(store, memory, *first, at=now)
    last = now + timedelta(seconds=5)
    say(store, memory, state(0, last, Passenger_Status=alarmed), at=now + timedelta(seconds=1))
    assert rows(STATE.format(lift(0)))[0][0] < last

    remembered = recall(store, at=now + timedelta(seconds=2))
    write_left(store, remembered, at=now + timedelta(seconds=2))

    assert rows(STATE.format(lift(0))) == [(last, now + timedelta(seconds=1), 5.0)]
    assert remembered.of(remembered.register.devices[lift(0)]).cadence == 5.0
    write_left(store, remembered, at=now + timedelta(seconds=60))
    assert rows(STATE.format(lift(0)))[0][0] == last


@pytest.mark.parametrize("restart_after", [3, 8, 13, 14])
def test_a_restart_in_the_middle_changes_no_verdict(store: Store, memory: Memory, rows: Rows, now: datetime, restart_after: int) -> None:
    messages = [*trapped(0, now), state(0, now + timedelta(seconds=5), Door_Status=4, Door_Close_Status=False)]

    say(store, memory, *messages[:restart_after], at=now)
    say(store, recall(store, at=now), *messages[restart_after:], at=now)

    assert rows(ALARMS) == [("entrapment", "entrapment", 1, False)]


def test_a_restart_counts_nothing_twice(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *trapped(0, now), event(0, now, "x"), at=now)
    before = rows("SELECT * FROM alarms")

    say(store, recall(store, at=now), *trapped(0, now), event(0, now, "x"), at=now)

    assert rows("SELECT * FROM alarms") == before


def test_an_alarm_that_was_closed_elsewhere_is_not_remembered_as_open(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *trapped(0, now), at=now)
    with store.transaction() as tx:
        tx.cursor().execute("UPDATE alarms SET cleared_at = raised_at")

    remembered = recall(store, at=now)

    assert remembered.standing() == {}
    assert (
        say(store, remembered, *(state(0, now + timedelta(seconds=s), Passenger_Status=True) for s in range(5, 80, 5)), at=now).alarms == 1
    )


def test_a_new_machine_and_a_new_threshold_are_taken_over(store: Store, memory: Memory, now: datetime) -> None:
    assert refresh(store, memory) is False
    with store.transaction() as tx:
        tx.cursor().execute("UPDATE equipment SET monitor_vendor = 'ydw' WHERE code = %s", (lift(0),))
        tx.cursor().execute(
            "INSERT INTO rule_settings VALUES ('elevator.entrapment_seconds', 90, 1, now(), 'test', ''), "
            "('elevator.entrapment_seconds', 30, 2, now(), 'test', '')"
        )
        tx.touch("equipment", "rule_settings")

    assert refresh(store, memory) is True
    assert memory.register.devices[lift(0)].vendor == "ydw"
    assert memory.register.settings == {"elevator.entrapment_seconds": 30}
    assert telemetry_memory.refresh(store, memory) is False


def test_a_machine_that_comes_back_ends_the_offline_alarm_another_process_raised(
    store: Store, memory: Memory, rows: Rows, now: datetime
) -> None:
    then = now - timedelta(hours=1)
    say(store, memory, state(0, then), at=then)
    with store.transaction() as tx:
        tx.cursor().execute(
            "INSERT INTO alarms (equipment_id, kind, family, rule, category, level, reason, source, raised_at, detected_at, "
            "last_occurred_at) "
            "SELECT id, kind, 'device_offline', 'device_offline', 'presence', 'minor_fault', 'minor', 'presence', %s, %s, %s "
            "FROM equipment WHERE code = %s",
            (then, then, then, lift(0)),
        )

    say(store, memory, state(0, now), at=now)

    assert rows(ALARMS) == [("device_offline", "minor_fault", 1, False)]
