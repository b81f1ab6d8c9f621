"""At most one open alarm per machine and family; it counts repetitions, its level never falls."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import count

import pytest

from data_access.queries import alarms as queries
from data_access.repositories import alarms, equipment, streets
from domain.errors import Conflict, NotFound
from tests.integration.data_access.district import AT, DISTRICT, STREETS, machine, raised, street

MINUTE = timedelta(minutes=1)
_numbers = count(1)


@pytest.fixture(scope="module", autouse=True)
def _street(store):
    with store.transaction() as tx:
        streets.upsert(tx, [street(*STREETS[0])])


@pytest.fixture
def lift(store) -> int:
    """A lift of its own, in a street."""
    number = next(_numbers)
    with store.transaction() as tx:
        equipment.add_all(tx, [machine(id=number, code=f"code-{number}", street_code=STREETS[0][0])])
    return number


def _raise(store, *occurrences):
    with store.transaction() as tx:
        return alarms.raise_(tx, occurrences)


def _alarms_of(store, lift):
    with store.reading() as tx:
        return queries.of_equipment(DISTRICT, tx, equipment_id=lift)


def test_a_second_word_is_an_occurrence_not_an_alarm(store, lift):
    [first] = _raise(store, raised(lift))

    [second] = _raise(store, raised(lift, at=AT + MINUTE))

    assert (first.is_new, second.is_new, second.id) == (True, False, first.id)
    [row] = _alarms_of(store, lift)
    assert (row.occurrences, row.raised_at, row.last_occurred_at) == (2, AT, AT + MINUTE)


def test_families_are_open_side_by_side(store, lift):
    opened = _raise(store, raised(lift, "entrapment"), raised(lift, "overspeed"))

    assert [alarm.is_new for alarm in opened] == [True, True]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
def test_a_level_rises_and_never_falls(store, lift, together):
    words = [raised(lift, level=level, reason=level) for level in ("minor_fault", "emergency", "entrapment")]

    if together:
        _raise(store, *words)
    else:
        for word in words:
            _raise(store, word)

    [row] = _alarms_of(store, lift)
    assert (row.level, row.reason, row.occurrences) == ("emergency", "emergency", 3)


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
@pytest.mark.parametrize(
    ("words", "person"),
    [((None, None), None), ((None, False), False), ((False, None), False), ((True, False), True), ((False, True), True)],
    ids=str,
)
def test_somebody_seen_inside_stays_known(store, lift, words, person, together):
    occurrences = [raised(lift, person=word) for word in words]

    if together:
        _raise(store, *occurrences)
    else:
        for occurrence in occurrences:
            _raise(store, occurrence)

    assert _alarms_of(store, lift)[0].person is person


def test_an_escalation_is_no_occurrence(store, lift):
    _raise(store, raised(lift, level="minor_fault"))

    _raise(store, raised(lift, level="emergency", occurrences=0, at=AT + MINUTE))

    [row] = _alarms_of(store, lift)
    assert (row.level, row.occurrences, row.last_occurred_at) == ("emergency", 1, AT)


def test_a_cleared_alarm_makes_room_for_the_next(store, lift):
    [first] = _raise(store, raised(lift))
    with store.transaction() as tx:
        [cleared] = alarms.clear(tx, [(lift, "entrapment", AT + MINUTE), (lift, "overspeed", AT)])

    [second] = _raise(store, raised(lift, at=AT + 2 * MINUTE))

    assert cleared.id == first.id
    assert second.is_new
    assert [row.cleared_at for row in _alarms_of(store, lift)] == [None, AT + MINUTE]


def test_an_alarm_never_ends_before_it_began(store, lift):
    _raise(store, raised(lift))
    with store.transaction() as tx:
        alarms.clear(tx, [(lift, "entrapment", AT - MINUTE)])

    assert _alarms_of(store, lift)[0].cleared_at == AT


def test_two_workers_at_once_open_one_alarm(store, lift):
    together = threading.Barrier(4)

    def work():
        together.wait()
        _raise(store, raised(lift))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    [row] = _alarms_of(store, lift)
    assert row.occurrences == 4


def test_an_alarm_touches_its_street_and_the_district(store, lift):
    with store.transaction() as tx:
        alarms.raise_(tx, [raised(lift)])
        assert tx.touched == {"alarms", f"street:{STREETS[0][0]}:alarms"}
    with store.transaction() as tx:
        alarms.clear(tx, [(lift, "overspeed", AT)])
        assert tx.touched == set()


def test_the_first_name_stays(store, lift):
    [alarm] = _raise(store, raised(lift))
    with store.transaction() as tx:
        alarms.acknowledge(tx, alarm.id, name="王某", account_id=1, note="已联系", at=AT)

    with pytest.raises(Conflict) as refused, store.transaction() as tx:
        alarms.acknowledge(tx, alarm.id, name="李某", account_id=2, note="", at=AT + MINUTE)

    assert refused.value.data == {"by": "王某", "at": AT}
    [row] = _alarms_of(store, lift)
    assert (row.acknowledged_by, row.acknowledgement_note, row.acknowledged_at) == ("王某", "已联系", AT)


def test_no_alarm_cannot_be_acknowledged(store):
    with pytest.raises(NotFound), store.transaction() as tx:
        alarms.acknowledge(tx, 10**9, name="王某", account_id=1, note="", at=AT)


def test_a_starting_worker_finds_what_is_open(store, lift):
    _raise(store, raised(lift, "entrapment", level="emergency"), raised(lift, "overspeed"))
    with store.transaction() as tx:
        alarms.clear(tx, [(lift, "overspeed", AT)])
        found = alarms.open_by_equipment(tx, [lift])
        assert alarms.open_by_equipment(tx)[lift] == found[lift]

    assert {family: alarm.level for family, alarm in found[lift].items()} == {"entrapment": "emergency"}


def test_evidence_may_hold_anything(store, lift, database):
    _raise(store, raised(lift, evidence={"description": "a\0b\ud800", "held": float("inf")}))

    stored = database.execute("SELECT evidence FROM alarms WHERE equipment_id = %s", (lift,)).fetchone()
    assert stored == ({"description": "a\ufffdb?", "held": None},)
