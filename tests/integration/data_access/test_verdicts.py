"""People say what an alarm turned out to be, and what no alarm reported: once each, within their scope, on the record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data_access.queries import alarms, truth
from data_access.repositories import alarms as alarm_rows
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import ALL, Actor, Role, Scope
from domain.truth import NEAR, Verdict
from services import missed_occurrences
from services.alarms import NOTE_LIMIT, acknowledge, judge
from tests.integration.data_access.district import AT, DISTRICT, STREETS, raised

CENTRE = Actor(1, "centre", "值班员", Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), "192.0.2.7")
BUREAU = Actor(2, "bureau", "监管员", DISTRICT)
ELSEWHERE = Actor(3, "elsewhere", "他街", Scope(Role.STREET, (STREETS[1][0],), None, ALL))
WALL = Actor(4, "wall", "大屏", Scope(Role.WALL, ALL, None, ALL))
LATER = AT + timedelta(minutes=5)
MACHINE = 1  # code-000 in the first street, a lift
CODE = "code-000"


@pytest.fixture
def alarm(district):
    """A new alarm of the first machine; no older one is open."""
    with district.transaction() as tx:
        for table in ("alarm_verdicts", "missed_occurrences", "alarms", "audit_log"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")
        [opened] = alarm_rows.raise_(tx, [raised(MACHINE)])
    return opened.id


def look(store, statement):
    with store.reading() as tx:
        return [tuple(row) for row in tx.connection.exec_driver_sql(statement)]


def verdict_of(store, alarm_id):
    with store.reading() as tx:
        return alarms.by_id(DISTRICT, tx, alarm_id=alarm_id).verdict


def given(store):
    return look(store, "SELECT verdict, given_by, given_account, note FROM alarm_verdicts ORDER BY id")


@pytest.mark.parametrize("verdict", [None, *Verdict])
def test_whoever_acknowledges_may_say_what_it_was(district, alarm, verdict):
    acknowledge(CENTRE, district, alarm, name="王某", note="到场核实", verdict=verdict, at=LATER)

    assert verdict_of(district, alarm) == verdict
    assert given(district) == ([(verdict, "王某", 1, "到场核实")] if verdict else [])
    assert look(district, "SELECT action, after ->> 'verdict' FROM audit_log") == [("acknowledge_alarm", verdict)]


def test_a_verdict_can_be_given_later_and_corrected_and_each_is_kept(district, alarm):
    acknowledge(CENTRE, district, alarm, name="王某", note="", at=LATER)
    judge(CENTRE, district, alarm, verdict=Verdict.CONFIRMED, note="", name="王某", at=LATER)
    judge(BUREAU, district, alarm, verdict=Verdict.FALSE, note="监控显示轿厢无人", seen=Verdict.CONFIRMED, at=LATER)

    assert verdict_of(district, alarm) == "false"
    assert given(district) == [("confirmed", "王某", 1, ""), ("false", "监管员", 2, "监控显示轿厢无人")]
    assert look(
        district,
        "SELECT username, before ->> 'verdict', after ->> 'verdict', reason FROM audit_log WHERE action = 'judge_alarm' ORDER BY id",
    ) == [
        ("centre", None, "confirmed", None),
        ("bureau", "confirmed", "false", "监控显示轿厢无人"),
    ]


def test_the_second_hears_who_was_first_and_changes_nothing(district, alarm):
    judge(CENTRE, district, alarm, verdict=Verdict.CONFIRMED, note="", at=LATER)

    with pytest.raises(Conflict) as late:
        judge(BUREAU, district, alarm, verdict=Verdict.FALSE, note="", at=LATER)

    assert (late.value.data["by"], late.value.data["verdict"]) == ("值班员", "confirmed")
    assert verdict_of(district, alarm) == "confirmed"


def test_nobody_corrects_a_verdict_that_has_changed_since(district, alarm):
    judge(CENTRE, district, alarm, verdict=Verdict.CONFIRMED, note="", at=LATER)
    judge(CENTRE, district, alarm, verdict=Verdict.DRILL, note="演练计划", seen=Verdict.CONFIRMED, at=LATER)

    with pytest.raises(Conflict):
        judge(BUREAU, district, alarm, verdict=Verdict.FALSE, note="误判", seen=Verdict.CONFIRMED, at=LATER)

    assert len(given(district)) == 2


def test_an_acknowledgement_with_a_verdict_does_not_overwrite_one(district, alarm):
    judge(BUREAU, district, alarm, verdict=Verdict.DRILL, note="", at=LATER)

    with pytest.raises(Conflict):
        acknowledge(CENTRE, district, alarm, name="王某", note="", verdict=Verdict.FALSE, at=LATER)

    assert look(district, "SELECT acknowledged_at FROM alarms") == [(None,)]


REFUSED = {
    "another street": (ELSEWHERE, {}, NotFound),
    "a screen": (WALL, {}, NotPermitted),
    "a correction without a reason": (CENTRE, {"seen": Verdict.FALSE}, Invalid),
    "a correction of nothing": (CENTRE, {"seen": Verdict.FALSE, "note": "有误"}, Conflict),
    "a long note": (CENTRE, {"note": "x" * (NOTE_LIMIT + 1)}, Invalid),
    "a long name": (CENTRE, {"name": "王" * 51}, Invalid),
}


@pytest.mark.parametrize(("actor", "said", "refusal"), REFUSED.values(), ids=REFUSED.keys())
def test_what_may_not_be_said_leaves_no_trace(district, alarm, actor, said, refusal):
    with pytest.raises(refusal):
        judge(actor, district, alarm, verdict=Verdict.CONFIRMED, at=LATER, **({"note": ""} | said))

    assert given(district) == []
    assert look(district, "SELECT count(*) FROM audit_log") == [(0,)]


def test_an_alarm_keeps_the_vendor_it_came_through(district):
    with district.transaction() as tx:
        tx.connection.exec_driver_sql("DELETE FROM alarm_verdicts")
        tx.connection.exec_driver_sql("DELETE FROM alarms")
        [opened] = alarm_rows.raise_(tx, [raised(3)])
        tx.connection.exec_driver_sql("UPDATE equipment SET monitor_vendor = 'idle' WHERE id = 3")

    with district.reading() as tx:
        assert alarms.by_id(DISTRICT, tx, alarm_id=opened.id).vendor == "xzl"


def record(store, actor=CENTRE, **said):
    told = {"code": CODE, "family": "overspeed", "occurred_at": AT, "reported_by": "96333 来电", "note": "居民来电"} | said
    return missed_occurrences.record(actor, store, at=LATER, **told)


def missed(store, scope=DISTRICT):
    with store.reading() as tx:
        return truth.missed(scope, tx, since=AT - timedelta(days=1))


def test_what_no_alarm_reported_is_written_down_with_who_said_so(district, alarm):
    number = record(district)

    [row] = missed(district)
    assert (row.id, row.code, row.family, row.occurred_at, row.reported_by, row.note) == (
        number,
        CODE,
        "overspeed",
        AT,
        "96333 来电",
        "居民来电",
    )
    assert missed(district, ELSEWHERE.scope) == []
    assert look(district, "SELECT action, object, after ->> 'equipment' FROM audit_log") == [
        ("record_missed", f"missed_occurrence:{number}", CODE)
    ]


MISTAKEN = {
    "another street": ({"actor": ELSEWHERE}, NotFound),
    "a screen": ({"actor": WALL}, NotPermitted),
    "no such machine": ({"code": "nothing"}, NotFound),
    "nothing that happens to a lift": ({"family": "collision"}, Invalid),
    "still to come": ({"occurred_at": LATER + timedelta(seconds=1)}, Invalid),
    "nobody said so": ({"reported_by": " "}, Invalid),
    "an alarm reported it": ({"family": "entrapment"}, Conflict),
    "an alarm reported it a little later": ({"family": "entrapment", "occurred_at": AT - NEAR}, Conflict),
}


@pytest.mark.parametrize(("said", "refusal"), MISTAKEN.values(), ids=MISTAKEN.keys())
def test_what_was_not_missed_is_refused(district, alarm, said, refusal):
    with pytest.raises(refusal):
        record(district, **said)

    assert missed(district) == []


def test_an_occurrence_long_before_the_alarm_was_missed(district, alarm):
    record(district, family="entrapment", occurred_at=AT - NEAR - timedelta(seconds=1))

    assert len(missed(district)) == 1


def test_the_same_is_written_down_once(district, alarm):
    record(district)

    with pytest.raises(Conflict):
        record(district)


def test_a_record_taken_back_counts_no_longer_and_may_be_made_again(district, alarm):
    number = record(district)

    missed_occurrences.withdraw(BUREAU, district, number, note="同一事件另有告警", at=LATER)

    assert missed(district) == []
    assert record(district) != number
    assert look(district, "SELECT count(*) FROM missed_occurrences") == [(2,)]


@pytest.mark.parametrize(
    ("actor", "note", "refusal"), [(ELSEWHERE, "有误", NotFound), (WALL, "有误", NotPermitted), (CENTRE, " ", Invalid)]
)
def test_a_record_is_not_taken_back_by_everybody_or_without_a_reason(district, alarm, actor, note, refusal):
    number = record(district)

    with pytest.raises(refusal):
        missed_occurrences.withdraw(actor, district, number, note=note, at=LATER)

    assert len(missed(district)) == 1


def test_a_record_is_taken_back_once(district, alarm):
    number = record(district)
    missed_occurrences.withdraw(CENTRE, district, number, note="有误", at=LATER)

    with pytest.raises(Conflict):
        missed_occurrences.withdraw(CENTRE, district, number, note="有误", at=LATER)
