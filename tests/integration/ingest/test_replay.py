"""A refused message that is tried again after a fix: taken exactly once, in its own time, or refused with its reason."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from data_access.engine import Store
from data_access.quarantine_filter import Refusals
from data_access.repositories import quarantine_replay, vendors
from domain.errors import StoreUnavailable
from ingest.decode import Decoder
from ingest.replay import Replay, pattern_of
from services import quarantine, telemetry
from services.telemetry_memory import Memory, refresh
from tests.integration.ingest.district import Rows, beijing, event, lift, say, state, wait_for, working

STRANGER = 77  # a lift that is not registered yet
OUTCOMES = "SELECT reason, outcome, outcome_reason FROM quarantine ORDER BY id"


def ask(store: Store, at: datetime) -> int:
    with store.transaction() as tx:
        return quarantine_replay.request(tx, Refusals(), by="wang", at=at, limit=1000)


def replay(store: Store, memory: Memory, at: datetime, *filters: str) -> int:
    return Replay(store, filters or ("pt/v1/#",)).run(memory, Decoder(memory.register), at=at)


def register(store: Store, memory: Memory, rows: Rows, number: int) -> None:
    """The fix: somebody enters the lift."""
    code, vendor = lift(number), "htk"
    rows(
        "INSERT INTO equipment (code, kind, name, pinyin, sort_key, search_key, monitor_vendor, rated_speed) "
        f"VALUES ('{code}', 'elevator', '{number}号梯', '', '', '', '{vendor}', 1.75) RETURNING id"
    )
    with store.transaction() as tx:
        tx.touch("equipment")
    refresh(store, memory)


def test_readings_of_a_lift_entered_later_become_its_history(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    came = now - timedelta(hours=2)
    say(store, memory, *(state(STRANGER, came + timedelta(seconds=n)) for n in range(20)), at=came + timedelta(seconds=20))
    register(store, memory, rows, STRANGER)

    assert ask(store, now) == 20
    assert replay(store, memory, now) == 20

    found = "SELECT count(*), min(sampled_at), max(received_at) FROM readings JOIN equipment e ON e.id = equipment_id"
    assert rows(f"{found} WHERE code = '{lift(STRANGER)}'") == [(20, came, came + timedelta(seconds=20))]
    assert set(rows(OUTCOMES)) == {("unknown_equipment", "accepted", None)}


def test_what_was_taken_is_not_taken_again(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, event(STRANGER, now, "E-1"), at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)

    assert (replay(store, memory, now), replay(store, memory, now)) == (1, 0)

    assert ask(store, now) == 0
    assert rows("SELECT count(*), sum(occurrences) FROM alarms") == [(1, 1)]


def test_without_a_fix_it_is_refused_again_and_stands_once(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(STRANGER, now), state(1, now, Speed="fast"), at=now)

    ask(store, now)

    assert replay(store, memory, now) == 0
    assert rows(OUTCOMES) == [("unknown_equipment", "refused", "unknown_equipment"), ("bad_value", "refused", "bad_value")]


def test_the_good_are_taken_from_among_the_bad(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    said = [state(STRANGER if n % 3 else 1, now - timedelta(seconds=n), Speed="fast" if n % 3 == 0 else 0) for n in range(12)]
    say(store, memory, *said, at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)

    assert replay(store, memory, now) == 8

    assert rows("SELECT outcome, count(*) FROM quarantine GROUP BY 1 ORDER BY 1") == [("accepted", 8), ("refused", 4)]
    assert rows("SELECT count(*) FROM readings") == [(8,)]


def test_the_item_of_a_batch_is_tried_alone(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    items = [{"type": "state", **json.loads(state(n, now)[1])} for n in (1, STRANGER)]
    say(store, memory, ("pt/v1/htk/elevator/batch", json.dumps(items).encode()), at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)

    assert replay(store, memory, now) == 1

    assert rows("SELECT count(*) FROM readings") == [(2,)]


def test_a_code_mapped_later_raises_the_alarm_it_meant(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, event(1, now, "E-7", code="K1"), at=now)
    ask(store, now)
    unmapped = replay(store, memory, now)
    with store.transaction() as tx:
        vendors.map_codes(tx, [("htk", "K1", "entrapment_reported")])
    refresh(store, memory)
    ask(store, now)

    assert (unmapped, replay(store, memory, now)) == (0, 1)

    assert rows("SELECT family, occurrences FROM alarms") == [("entrapment", 1)]
    assert rows("SELECT count(*), min(code) FROM events") == [(1, "entrapment_reported")]


def test_what_ended_meanwhile_opens_no_alarm_that_nobody_would_close(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, event(STRANGER, now - timedelta(minutes=9), "E-8"), at=now - timedelta(minutes=9))
    register(store, memory, rows, STRANGER)
    say(store, memory, event(STRANGER, now - timedelta(minutes=1), "E-8", phase="disappear"), at=now)
    ask(store, now)

    assert replay(store, memory, now) == 1

    assert rows("SELECT count(*) FROM alarms WHERE cleared_at IS NULL") == [(0,)]


def test_a_beginning_and_its_end_tried_together_are_one_closed_alarm(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    began = now - timedelta(minutes=9)
    say(store, memory, event(STRANGER, began, "E-9"), event(STRANGER, now, "E-9", phase="disappear"), at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)

    assert replay(store, memory, now) == 2

    assert rows("SELECT raised_at, cleared_at IS NOT NULL FROM alarms") == [(began, True)]


def test_an_old_reading_never_moves_the_present(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(STRANGER, now - timedelta(hours=1), Car_Position="9"), at=now - timedelta(hours=1))
    register(store, memory, rows, STRANGER)
    say(store, memory, state(STRANGER, now, Car_Position="2"), at=now)
    ask(store, now)

    assert replay(store, memory, now) == 1

    assert rows("SELECT sampled_at, late_count FROM equipment_states") == [(now, 1)]


def test_a_vendor_that_fell_silent_is_not_heard_by_a_replay(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    came = now - timedelta(hours=1)
    say(store, memory, state(STRANGER, came), at=came)
    register(store, memory, rows, STRANGER)
    ask(store, now)

    replay(store, memory, now)

    assert rows("SELECT last_message_at FROM vendors WHERE name = 'htk'") == [(came,)]


def test_a_worker_leaves_the_others_machines_alone(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(STRANGER, now), at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)

    assert replay(store, memory, now, "pt/v1/xzl/#", "pt/v1/+/forklift/#") == 0
    assert replay(store, memory, now, "pt/v1/+/elevator/#") == 1


def test_a_transaction_that_fails_leaves_the_message_to_be_tried(
    store: Store, memory: Memory, rows: Rows, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, memory, event(STRANGER, now, "E-5"), at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)

    def lost(*_: object, **__: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(telemetry.quarantine, "count_unknown_keys", lost)
        with pytest.raises(StoreUnavailable):
            replay(store, memory, now)

    assert rows("SELECT count(*) FROM alarms") == [(0,)]
    assert replay(store, memory, now) == 1
    assert rows("SELECT count(*) FROM alarms") == [(1,)]


def test_two_workers_that_take_the_same_message_store_it_once(
    store: Store, memory: Memory, rows: Rows, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, memory, state(STRANGER, now), at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)
    with store.reading() as tx:
        seen = quarantine.due(tx, topics=[".*"], limit=10)
    replay(store, memory, now)

    monkeypatch.setattr(quarantine, "due", lambda *_, **__: seen)

    assert replay(store, memory, now) == 0
    assert rows("SELECT count(*) FROM readings") == [(1,)]


@pytest.mark.parametrize(
    ("topic_filter", "pattern"),
    [
        ("pt/v1/#", "^pt/v1(/.*)?$"),
        ("#", "^.*$"),
        ("pt/v1/+/elevator/#", "^pt/v1/[^/]+/elevator(/.*)?$"),
        ("pt/v1/a.b/+/+/state", r"^pt/v1/a\.b/[^/]+/[^/]+/state$"),
    ],
)
def test_a_topic_filter_is_a_regular_expression(topic_filter: str, pattern: str) -> None:
    assert pattern_of(topic_filter) == pattern


def test_the_time_of_a_replay_is_not_the_time_of_the_message(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    """A clock that ran ahead then is refused for the same reason a day later, and not taken because time has caught up."""
    topic, payload = state(1, now + timedelta(minutes=20))
    assert beijing(now + timedelta(minutes=20)).encode() in payload
    say(store, memory, (topic, payload), at=now)
    ask(store, now)

    assert replay(store, memory, now + timedelta(days=1)) == 0

    assert rows(OUTCOMES) == [("future", "refused", "future")]


def test_a_worker_tries_again_what_was_asked_for(url: str, mqtt_url: str, store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(STRANGER, now), event(STRANGER, now, "E-3"), at=now)
    register(store, memory, rows, STRANGER)

    with working(url, mqtt_url, "replaying"):
        ask(store, now)

        wait_for(lambda: rows("SELECT DISTINCT outcome FROM quarantine"), [("accepted",)])

    assert rows("SELECT (SELECT count(*) FROM readings), (SELECT count(*) FROM alarms)") == [(1, 1)]


def test_any_number_of_bad_ones_is_one_transaction(
    store: Store, memory: Memory, rows: Rows, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [(state(1, now)[0], b'{"broken":%d' % n) for n in range(60)]
    unmapped = [event(3, now, f"U-{n}", code="K9") for n in range(10)]
    told = state(1, now - timedelta(minutes=5), Car_Position="7")
    say(store, memory, *bad, *unmapped, state(1, now - timedelta(minutes=5)), told, state(5, now), at=now)
    ask(store, now)
    turns = []
    accept = telemetry.accept
    monkeypatch.setattr(telemetry, "accept", lambda *given, **more: turns.append(1) or accept(*given, **more))

    assert replay(store, memory, now) == 0

    assert len(turns) == 1
    assert rows("SELECT outcome_reason, outcome, count(*) FROM quarantine GROUP BY 1, 2 ORDER BY 1") == [
        ("conflict", "refused", 1),
        ("not_json", "refused", 60),
        ("unmapped_code", "refused", 10),
    ]


def test_what_the_database_refuses_is_found_and_the_others_are_taken(
    store: Store, memory: Memory, rows: Rows, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, memory, *(state(STRANGER, now - timedelta(seconds=n)) for n in range(9)), at=now)
    register(store, memory, rows, STRANGER)
    ask(store, now)
    accept = telemetry.accept

    def particular(store: Store, batch: telemetry.Batch, *given: object, **more: object) -> object:
        if any(reading.sampled_at == now - timedelta(seconds=4) for reading, _ in batch.singles):
            raise ValueError("a value that no column takes")
        return accept(store, batch, *given, **more)

    monkeypatch.setattr(telemetry, "accept", particular)

    assert replay(store, memory, now) == 8

    assert rows("SELECT count(*) FROM readings") == [(8,)]
    refused = rows("SELECT outcome_reason, outcome_detail FROM quarantine WHERE outcome = 'refused'")
    assert refused == [("bad_value", "ValueError: a value that no column takes")]
