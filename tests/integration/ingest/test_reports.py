"""Calls, taps and alarms about one lift are one incident; a drill is apart from all of them; what an order was, its alarms were."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import psycopg
import pytest

from data_access.engine import Store
from data_access.repositories import work_orders as orders
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.incidents import Origin, What
from domain.response import ResponseLevel
from domain.scope import ALL, Actor, Role, Scope
from domain.work_orders import Proof, Step
from services import drills, plans, work_orders
from services.incidents import Answer, Report, report
from services.telemetry_memory import Memory
from tests.integration.ingest.district import Rows, event, lift, say

SOURCES = "SELECT channel, source, reporter FROM incident_sources ORDER BY id"


@pytest.fixture
def people(url: str) -> Iterator[dict[Role, Actor]]:
    """Somebody of every role that takes part."""
    roles = (Role.OPERATIONS_CENTRE, Role.STREET, Role.FIRE, Role.HOUSING, Role.BUREAU, Role.WALL)
    with psycopg.connect(url, autocommit=True) as connection:
        made = {}
        for role in roles:
            row = connection.execute(
                "INSERT INTO accounts (username, name, role, password_hash) VALUES (%s, %s, %s, '') RETURNING id",
                (role.value, role.value, role.value),
            ).fetchone()
            assert row is not None
            made[role] = Actor(row[0], role.value, role.value, Scope(role, ALL, None, ALL))
        yield made


def told(number: int, what: What = What.TRAPPED, origin: Origin = Origin.POLICE, **more: object) -> Report:
    """Somebody's word about a lift."""
    return Report(origin=origin, what=what, code=lift(number), **more)  # type: ignore[arg-type]


@pytest.fixture
def call(store: Store, people: dict[Role, Actor], now: datetime):
    """Take a report in at the centre."""

    def take(given: Report, at: datetime = now) -> Answer:
        return report(people[Role.OPERATIONS_CENTRE], store, given, at=at)

    return take


def test_an_alarm_a_tap_and_a_call_are_one_rescue_with_three_sources(store: Store, memory: Memory, rows: Rows, now: datetime, call) -> None:
    say(store, memory, event(1, now, "a"), at=now)
    tapped = call(told(1, origin=Origin.APP), now + timedelta(seconds=20))
    called = call(told(1, reporter="王某", phone="110"), now + timedelta(seconds=90))

    assert (tapped.is_new, called.is_new) == (False, False)
    assert tapped.order_id == called.order_id
    assert rows("SELECT kind, level FROM work_orders") == [("rescue", "entrapment")]
    assert rows(SOURCES) == [("automatic", "iot", ""), ("active", "app", ""), ("passive", "110", "王某")]


def test_a_call_before_the_alarm_is_the_incident_that_the_alarm_joins(
    store: Store, memory: Memory, rows: Rows, now: datetime, call
) -> None:
    first = call(told(1))
    say(store, memory, event(1, now, "a"), at=now)

    assert first.is_new
    assert rows("SELECT count(*) FROM work_orders") == [(1,)]
    assert [row[0] for row in rows(SOURCES)] == ["passive", "automatic"]


def test_a_fault_in_which_somebody_turns_out_to_be_trapped_goes_on_as_the_rescue(rows: Rows, now: datetime, call) -> None:
    fault = call(told(1, What.FAULT))
    rescue = call(told(1), now + timedelta(minutes=5))

    assert rows(f"SELECT master_id FROM work_orders WHERE id = {fault.order_id}") == [(rescue.order_id,)]
    assert [row[0] for row in rows(f"SELECT action FROM work_order_events WHERE work_order_id = {rescue.order_id} ORDER BY seq")][:1] == [
        "open"
    ]
    assert rows(f"SELECT proof ->> 'master' FROM work_order_events WHERE work_order_id = {rescue.order_id} AND action = 'note'") == [
        (str(fault.order_id),)
    ]


def test_who_knows_that_it_began_earlier_moves_the_hour_inside_and_not_what_the_units_owe(
    store: Store, memory: Memory, rows: Rows, now: datetime, call
) -> None:
    say(store, memory, event(1, now, "a"), at=now)
    clocks = "SELECT kind, started_at, due_at FROM deadlines WHERE kind IN ('rescue', 'level_three', 'accident') ORDER BY due_at"
    began = now - timedelta(minutes=25)

    call(told(1, occurred_at=began), now + timedelta(minutes=2))
    call(told(1, occurred_at=began + timedelta(minutes=5)), now + timedelta(minutes=3))

    hours = {kind: (started_at, due_at) for kind, started_at, due_at in rows(clocks)}
    assert rows("SELECT occurred_at FROM work_orders") == [(began,)]
    assert hours == {
        "rescue": (now, now + timedelta(minutes=30)),
        "level_three": (began, began + timedelta(hours=1)),
        "accident": (began, began + timedelta(hours=2)),
    }
    assert rows("SELECT proof ->> 'note' FROM work_order_events WHERE action = 'note' AND hand = 'system'") == [("occurred_earlier",)]


def test_a_fault_that_began_before_somebody_was_inside_does_not_lengthen_his_stay(rows: Rows, now: datetime, call) -> None:
    call(told(1), now)

    call(told(1, what=What.FAULT, occurred_at=now - timedelta(minutes=50)), now + timedelta(minutes=1))

    assert rows("SELECT kind, occurred_at FROM work_orders") == [("rescue", now)]


def test_people_who_are_hurt_raise_the_rescue_to_the_district_plan(rows: Rows, now: datetime, call) -> None:
    first = call(told(1))
    second = call(told(1, What.CASUALTY), now + timedelta(minutes=1))

    assert second.order_id == first.order_id
    assert rows("SELECT level, reason FROM work_orders") == [("emergency", "casualties")]
    assert rows("SELECT count(*) FROM plan_tasks") == [(6,)]


def test_calls_at_the_same_moment_are_one_order(rows: Rows, call) -> None:
    callers = 8
    ready = Barrier(callers)

    def at_once(number: int) -> Answer:
        ready.wait(30)
        return call(told(1, reporter=f"来电 {number}"))

    with ThreadPoolExecutor(callers) as pool:
        answers = list(pool.map(at_once, range(callers)))

    assert sum(answer.is_new for answer in answers) == 1
    assert rows("SELECT count(*) FROM work_orders") == [(1,)]
    assert rows("SELECT count(DISTINCT reporter) FROM incident_sources") == [(callers,)]


def test_a_drill_is_an_order_of_its_own(store: Store, memory: Memory, rows: Rows, now: datetime, people: dict[Role, Actor], call) -> None:
    say(store, memory, event(1, now, "a"), at=now)
    drills.start(people[Role.OPERATIONS_CENTRE], store, name="困人演练", at=now)
    drill = call(told(1, drill=True), now + timedelta(seconds=20))

    assert drill.is_new
    assert rows("SELECT drill, cause_key FROM work_orders ORDER BY id")[1][0] is True
    assert rows(f"SELECT cause_key LIKE 'drill:%' FROM work_orders WHERE id = {drill.order_id}") == [(True,)]


def test_nothing_is_rehearsed_while_no_drill_goes_on(store: Store, people: dict[Role, Actor], rows: Rows, now: datetime, call) -> None:
    drills.start(people[Role.OPERATIONS_CENTRE], store, name="困人演练", at=now)
    drills.stop(people[Role.OPERATIONS_CENTRE], store, at=now)

    with pytest.raises(Invalid) as refused:
        call(told(1, drill=True))

    assert refused.value.data == {"field": "drill", "reason": "over"}
    assert rows("SELECT count(*) FROM work_orders") == [(0,)]


@pytest.mark.parametrize(("ago", "reason"), [(-1, "future"), (0, ""), (86_400, ""), (86_401, "long_ago"), (365 * 86_400, "long_ago")])
def test_a_call_with_a_wrong_date_opens_nothing(rows: Rows, now: datetime, call, ago: int, reason: str) -> None:
    given = told(1, occurred_at=now - timedelta(seconds=ago))
    if reason:
        with pytest.raises(Invalid) as refused:
            call(given)
        assert refused.value.data == {"field": "occurred_at", "reason": reason}
    else:
        call(given)

    assert rows("SELECT count(*) FROM work_orders") == [(int(not reason),)]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (Report(origin=Origin.PHONE, what=What.TRAPPED, code="nowhere"), NotFound),
        (told(1, words="x" * 501), Invalid),
        (told(1, reporter="x" * 51), Invalid),
    ],
)
def test_what_cannot_be_taken_in_is_refused(call, given: Report, error: type[Exception], rows: Rows) -> None:
    with pytest.raises(error):
        call(given)

    assert rows("SELECT count(*) FROM work_orders") == [(0,)]


def test_who_only_watches_reports_nothing(store: Store, people: dict[Role, Actor], now: datetime) -> None:
    with pytest.raises(NotPermitted):
        report(people[Role.WALL], store, told(1), at=now)


def test_a_street_reports_its_own_lifts_only(store: Store, people: dict[Role, Actor], now: datetime) -> None:
    street = people[Role.STREET]
    elsewhere = Actor(street.account_id, street.username, street.name, Scope(Role.STREET, ("310107014",), None, ALL))

    with pytest.raises(NotFound):
        report(elsewhere, store, told(1), at=now)


@pytest.mark.parametrize(("step", "verdict"), [(Step.FALSE_ALARM, "false"), (Step.ACCIDENT, "confirmed")])
def test_what_an_order_turned_out_to_be_is_what_its_alarm_was(
    store: Store, memory: Memory, rows: Rows, now: datetime, people: dict[Role, Actor], step: Step, verdict: str
) -> None:
    say(store, memory, event(1, now, "a"), event(1, now, "b", code="12"), at=now)
    ((number,),) = rows("SELECT id FROM work_orders WHERE kind = 'rescue' AND master_id IS NULL")

    work_orders.advance(people[Role.OPERATIONS_CENTRE], store, number, step=step, proof=Proof(note="查看录像"), at=now)

    assert rows("SELECT family, verdict FROM alarms ORDER BY family") == [("door_close_fault", None), ("entrapment", verdict)]
    assert rows("SELECT given_by FROM alarm_verdicts") == [("operations_centre",)]


def test_a_verdict_that_somebody_gave_stays(
    store: Store, memory: Memory, rows: Rows, now: datetime, people: dict[Role, Actor], url: str
) -> None:
    say(store, memory, event(1, now, "a"), at=now)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alarms SET verdict = 'confirmed'")
    ((number,),) = rows("SELECT id FROM work_orders")

    work_orders.advance(people[Role.OPERATIONS_CENTRE], store, number, step=Step.FALSE_ALARM, proof=Proof(note="无人"), at=now)

    assert rows("SELECT verdict FROM alarms") == [("confirmed",)]


def test_a_department_finishes_its_own_task_once(store: Store, rows: Rows, now: datetime, people: dict[Role, Actor], call) -> None:
    call(told(1, What.CASUALTY))
    ((task,),) = rows("SELECT id FROM plan_tasks WHERE owner = 'fire'")

    with pytest.raises(NotPermitted):
        plans.finish(people[Role.HOUSING], store, task, at=now)
    plans.finish(people[Role.FIRE], store, task, note="已破拆", at=now)
    with pytest.raises(Conflict):
        plans.finish(people[Role.OPERATIONS_CENTRE], store, task, at=now)

    assert rows("SELECT owner, done_by, note FROM plan_tasks WHERE done_at IS NOT NULL") == [("fire", "fire", "已破拆")]
    assert rows("SELECT count(*) FROM audit_log WHERE object LIKE 'plan_task:%'") == [(1,)]


def test_a_rescue_becomes_as_grave_as_the_fault_it_takes_in(store: Store, rows: Rows, now: datetime, call) -> None:
    fault = call(told(1, What.FAULT))
    with store.transaction() as tx:
        standing = orders.locked(tx, fault.order_id)
        assert standing is not None
        work_orders.advance_by_system(tx, standing, Step.ESCALATE, Proof(level=ResponseLevel.EMERGENCY, reason="grid_fault"), at=now)

    rescue = call(told(1), now + timedelta(minutes=5))

    assert rescue.is_new
    assert rows("SELECT kind, level, reason, master_id FROM work_orders ORDER BY id") == [
        ("repair", "emergency", "grid_fault", rescue.order_id),
        ("rescue", "emergency", "grid_fault", None),
    ]
