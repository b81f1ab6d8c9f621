"""Readings, states and events: the first reading of a second wins, redelivery changes nothing, the newest state stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data_access.queries import readings as queries
from data_access.repositories import equipment, presence, streets, telemetry
from data_access.repositories.presence import Word
from domain.scope import ALL, Role, Scope
from domain.telemetry import Phase
from tests.integration.data_access.district import AT, DISTRICT, STREETS, event, machine, reading, state, street, values
from tests.readings_fixture import append_readings, upsert_states

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module", autouse=True)
def _machines(store):
    with store.transaction() as tx:
        equipment.add_all(tx, [machine(id=n, code=f"code-{n}") for n in range(1, 60)])


def _history(store, equipment_id, **more):
    with store.reading() as tx:
        return queries.history(DISTRICT, tx, equipment_id=equipment_id, since=AT - timedelta(days=9), until=AT + timedelta(days=1), **more)


def _append(store, *batch):
    with store.transaction() as tx:
        return append_readings(tx, batch)


def test_readings_are_stored_once_and_come_back_in_order(store):
    batch = [reading(1, AT + n * SECOND, speed=n / 10, floor="B1", passenger=True) for n in (2, 0, 1)]

    done = _append(store, *batch)

    assert done.stored == {(1, AT + n * SECOND) for n in range(3)}
    assert (done.duplicates, done.conflicts) == (0, ())
    assert _history(store, 1) == [(AT + n * SECOND, values(speed=n / 10, floor="B1", passenger=True)) for n in range(3)]


def test_a_redelivered_batch_changes_nothing(store):
    batch = [reading(2, AT + n * SECOND, speed=1.0) for n in range(50)]
    _append(store, *batch)

    done = _append(store, *batch)

    assert (done.stored, done.duplicates, done.conflicts) == (frozenset(), 50, ())
    assert len(_history(store, 2)) == 50


def test_another_reading_of_the_same_second_is_a_conflict(store):
    _append(store, reading(3, AT, speed=1.0))
    other = reading(3, AT, speed=2.0)

    done = _append(store, other, reading(3, AT + SECOND, speed=1.0))

    assert done.conflicts == (other,)
    assert done.stored == {(3, AT + SECOND)}
    assert _history(store, 3)[0] == (AT, values(speed=1.0))


def test_within_a_batch_the_first_wins(store):
    first, same, other = (reading(4, AT, speed=speed) for speed in (1.0, 1.0, 2.0))

    done = _append(store, first, same, other)

    assert (done.stored, done.duplicates, done.conflicts) == ({(4, AT)}, 1, (other,))
    assert _history(store, 4) == [(AT, values(speed=1.0))]


def test_a_stored_reading_judges_the_whole_batch(store):
    _append(store, reading(5, AT, speed=1.0))
    wrong, right = reading(5, AT, speed=2.0), reading(5, AT, speed=1.0)

    done = _append(store, wrong, right)

    assert (done.stored, done.duplicates, done.conflicts) == (frozenset(), 1, (wrong,))


def test_a_history_may_be_thinned(store):
    _append(store, *(reading(6, AT + n * SECOND, speed=1.0) for n in range(120)))

    thinned = _history(store, 6, every_seconds=60)

    assert [at for at, _ in thinned] == [AT, AT + 60 * SECOND]


def test_an_empty_batch_is_nothing(store):
    assert _append(store).stored == frozenset()
    with store.transaction() as tx:
        upsert_states(tx, [])
        assert telemetry.append_events(tx, []) == frozenset()
        assert tx.touched == set()


def _latest(store, equipment_id):
    with store.reading() as tx:
        return queries.latest(DISTRICT, tx, equipment_id=equipment_id)


def test_the_newest_state_stays(store):
    newest = state(7, AT + SECOND, speed=2.0)

    with store.transaction() as tx:
        upsert_states(tx, [state(7, AT, speed=1.0), newest, state(7, AT, speed=3.0)])
    with store.transaction() as tx:
        upsert_states(tx, [state(7, AT, speed=4.0)])

    row = _latest(store, 7)
    assert (row.sampled_at, row.values, row.cadence_seconds, row.late_count) == (AT + SECOND, newest.values, 5.0, 0)


def test_late_readings_are_counted(store):
    with store.transaction() as tx:
        upsert_states(tx, [state(8, AT)])
        telemetry.count_late(tx, {8: 2})
        telemetry.count_late(tx, {8: 1, 9: 1})

    assert _latest(store, 8).late_count == 3
    assert _latest(store, 9) is None


def test_presence_touches_only_what_changed_and_nothing_that_spoke_meanwhile(store):
    with store.transaction() as tx:
        upsert_states(tx, [state(10, AT), state(11, AT, presence="offline"), state(12, AT)])
    words = [Word(10, "offline", AT), Word(11, "offline", AT), Word(12, "offline", AT - timedelta(seconds=5))]
    with store.transaction() as tx:
        changed = presence.set_words(tx, words)
        touched = set(tx.touched)
    with store.transaction() as tx:
        assert presence.set_words(tx, words) == 0
        assert tx.touched == set()

    assert (changed, touched) == (1, {"states"})
    assert [_latest(store, number).presence for number in (10, 11, 12)] == ["offline", "offline", "online"]


@pytest.fixture(scope="module")
def trucks(store):
    """Four trucks of two streets: two with a fix, one before its first, one that never says where it is."""
    fixes = ({"lng": 121.4, "lat": 31.25}, {"lng": 121.41, "lat": 31.26}, {"lng": 0.0, "lat": 0.0}, {})
    with store.transaction() as tx:
        streets.upsert(tx, [street(*one) for one in STREETS[:2]])
        equipment.add_all(tx, [machine(id=70 + n, code=f"truck-{n}", kind="forklift", street_code=STREETS[n % 2][0]) for n in range(4)])
        upsert_states(tx, [state(70 + n, AT + n * SECOND, kind="forklift", **fix) for n, fix in enumerate(fixes)])
    return store


def test_a_truck_is_where_it_says_it_is(trucks):
    with trucks.reading() as tx:
        places = queries.positions(DISTRICT, tx)
        ones = [queries.positions(DISTRICT, tx, equipment_id=number) for number in (70, 72)]

    assert [(row.equipment_id, row.lng, row.lat) for row in places] == [(71, 121.41, 31.26), (70, 121.4, 31.25)]
    assert (ones, places[0].sampled_at) == ([[places[1]], []], AT + SECOND)


def test_only_the_latest_to_speak_are_told(trucks):
    with trucks.reading() as tx:
        assert [row.equipment_id for row in queries.positions(DISTRICT, tx, limit=3)] == [71]


def test_a_truck_of_another_street_is_nowhere(trucks):
    street_reader = Scope(Role.STREET, (STREETS[0][0],), None, ALL)
    with trucks.reading() as tx:
        assert [row.equipment_id for row in queries.positions(street_reader, tx)] == [70]
        assert queries.positions(street_reader, tx, equipment_id=71) == []


def test_an_event_is_heard_once(store):
    first, again, ended = event("e1"), event("e1", description="redelivered"), event("e1", phase=Phase.DISAPPEAR)

    with store.transaction() as tx:
        heard = telemetry.append_events(tx, [first, again, ended], bodies=[{"a": 1}, None, None])
    with store.transaction() as tx:
        repeated = telemetry.append_events(tx, [first, ended])

    assert heard == {("xzl", "e1", "add"), ("xzl", "e1", "disappear")}
    assert repeated == frozenset()


def test_text_that_postgresql_refuses_does_not_stop_a_batch(store, database):
    odd = replace(event("e\0\ud800"), vendor_code="\0", description="\udfff困人")

    with store.transaction() as tx:
        heard = telemetry.append_events(tx, [odd, event("good")], bodies=[{"k\0": ["\ud800", float("nan")]}, None])

    assert heard == {("xzl", "e\0\ud800", "add"), ("xzl", "good", "add")}
    stored = database.execute("SELECT body FROM events WHERE event_id LIKE 'e\ufffd%'").fetchone()
    assert stored == ({"k\ufffd": ["?", None]},)
