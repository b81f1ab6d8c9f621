"""The demonstration's people answer orders by the law, stay off what a person does, and live in a demonstration alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from threading import Event
from typing import Any

import pytest

from data_access.engine import connect
from data_access.repositories import demo_truths
from demo import people
from demo.responders import Responders
from domain.errors import WrongDistrict
from domain.scope import Role
from domain.work_orders import OrderKind, Step
from services import overdue, redispatch
from services.reconciliation import reconcile
from tests.order_town import AT, CODES, LIFT, SECOND_LIFT, TRUCK, Town, settle

SEED = 20251120


@pytest.fixture
def town(fresh_database: Callable[[], str]) -> Iterator[Town]:
    store = connect(fresh_database(), name="tests")
    yield settle(store)
    store.close()


def live(town: Town, *, until: timedelta, since: timedelta = timedelta(), every: float = 20, speed: float = 1.0) -> Responders:
    """Everybody answers, and time does what it does, from one moment after AT to another."""
    everybody = Responders(town.store, SEED, speed)
    at, end = AT + since, AT + until
    while at <= end:
        everybody.tick(at)
        redispatch.due(town.store, at)
        overdue.due(town.store, at)
        at += timedelta(seconds=every)
    return everybody


def actions(town: Town, order_id: int) -> list[str]:
    return [event.action for event in town.log(order_id)]


def minutes(town: Town, order_id: int, action: str) -> float:
    return next((event.at - AT).total_seconds() / 60 for event in town.log(order_id) if event.action == action)


def test_rescues_are_answered_in_time_but_for_a_few(town: Town) -> None:
    rescues = [town.open(OrderKind.RESCUE, machine=LIFT) for _ in range(24)]

    live(town, until=timedelta(minutes=90), every=60)

    states = Counter(town.order(order.id).status for order in rescues)
    rescued = sorted(minutes(town, order.id, "complete") for order in rescues if "complete" in actions(town, order.id))
    assert set(states) <= {"confirmed", "false_alarm"}
    assert states["confirmed"] >= 18
    assert len(rescued) == 24
    assert sum(8 <= spent <= 28 for spent in rescued) >= 16
    assert 1 <= sum(spent > 30 for spent in rescued) <= 5
    breached = town.sql("SELECT count(*) FROM deadlines WHERE kind = 'rescue' AND breached_at IS NOT NULL")[0][0]
    assert breached == sum(spent > 30 for spent in rescued)


def test_who_never_answers_loses_the_order_and_the_centre_sends_it_on(town: Town) -> None:
    orders = [town.open(OrderKind.REPAIR) for _ in range(20)]

    live(town, until=timedelta(minutes=3, seconds=40))
    unanswered = [order for order in orders if "return" in actions(town, order.id)]
    live(town, since=timedelta(minutes=4), until=timedelta(hours=4), every=300)

    assert 1 <= len(unanswered) <= 12
    assert all("dispatch" in actions(town, order.id)[3:] for order in unanswered)
    assert {town.order(order.id).status for order in orders} <= {"confirmed", "false_alarm"}


def test_every_kind_ends_and_its_log_tells_the_whole_order(town: Town) -> None:
    town.sql("UPDATE equipment SET demo = true, next_maintenance_on = '2026-11-10', last_maintained_on = '2026-10-26'")
    kinds: list[tuple[OrderKind, dict[str, Any]]] = [
        (OrderKind.ANOMALY, {"machine": TRUCK}),
        (OrderKind.BEHAVIOR, {"urgent": True}),
        (OrderKind.BEHAVIOR, {"urgent": False}),
        (OrderKind.SUPERVISION, {"cause": "maintenance_overdue"}),
        (OrderKind.FEEDBACK, {}),
        (OrderKind.FEEDBACK, {"machine": None}),
        (OrderKind.REPAIR, {"drill": True}),
    ]
    orders = [town.open(kind, **more) for kind, more in kinds]

    live(town, until=timedelta(hours=100), every=1800)

    ended = [town.order(order.id).status for order in orders]
    assert ended[:3] == ["confirmed"] * 3
    assert ended[3:5] == ["closed"] * 2
    assert ended[5:] in (["rejected", "confirmed"], ["rejected", "false_alarm"])
    assert town.sql("SELECT next_maintenance_on > '2026-11-20' FROM equipment ORDER BY id")[0][0]
    assert reconcile(town.store, at=AT + timedelta(hours=100)).wrong == {}


def test_everything_is_marked_audited_and_proven_on_the_spot(town: Town) -> None:
    order = town.open(OrderKind.REPAIR)

    live(town, until=timedelta(hours=3), every=30)

    steps = [event for event in town.log(order.id) if event.account_id is not None]
    assert steps
    assert all(event.actor.startswith("演示·") for event in steps)
    assert all("演示" in event.proof.get("note", "") for event in steps)
    signed = next(event.proof for event in steps if event.action == "sign_in")
    assert signed["scan"] == CODES[LIFT]
    audited = town.sql(f"SELECT username FROM audit_log WHERE object = 'work_order:{order.id}'")
    assert len(audited) == len(steps)
    assert all(row.username.startswith("demo-") for row in audited)
    assert town.sql("SELECT count(*) FROM accounts WHERE starts_with(username, 'demo-') AND NOT disabled") == [(0,)]


def test_an_order_that_a_person_has_touched_is_his_for_a_while(town: Town) -> None:
    mine, theirs = town.open(OrderKind.REPAIR), town.open(OrderKind.REPAIR, machine=SECOND_LIFT)
    accepted_at = AT + timedelta(seconds=20)
    town.step(Role.MAINTENANCE_UNIT, mine.id, Step.ACCEPT, at=accepted_at)

    live(town, until=timedelta(minutes=10))

    assert actions(town, mine.id)[2:] == ["accept"]
    assert len(actions(town, theirs.id)) > 2
    live(town, since=timedelta(minutes=10), until=timedelta(hours=1))
    assert "sign_in" in actions(town, mine.id)
    assert next(event.at for event in town.log(mine.id) if event.action == "sign_in") >= accepted_at + timedelta(minutes=10)


def test_a_unit_that_nobody_plays_answers_whoever_was_sent_by_a_person(town: Town) -> None:
    order = town.open(OrderKind.REPAIR)
    team = town.sql("SELECT id, organization_id FROM response_teams WHERE name = '真北一班'")[0]
    town.sql("UPDATE accounts SET disabled = true WHERE organization_id = " + str(team.organization_id))
    town.step(
        Role.OPERATIONS_CENTRE,
        order.id,
        Step.TRANSFER,
        at=AT + timedelta(seconds=5),
        unit=team.organization_id,
        team=team.id,
        reason="就近",
    )

    live(town, until=timedelta(minutes=3), since=timedelta(seconds=10), every=5)

    assert "accept" in actions(town, order.id)


def test_what_the_simulator_made_up_is_no_false_alarm_and_what_it_did_not_is(town: Town) -> None:
    orders = [town.open(OrderKind.REPAIR, machine=machine, cause="overspeed") for machine in (LIFT, SECOND_LIFT)]
    for order, machine in zip(orders, (LIFT, SECOND_LIFT), strict=True):
        town.sql(
            "INSERT INTO alarms "
            "(equipment_id, kind, family, rule, category, level, reason, source, raised_at, detected_at, last_occurred_at, occurrences) "
            f"VALUES ({machine}, 'elevator', 'overspeed', 'overspeed', 'fault', 'minor_fault', '', 'rule', '{AT}', '{AT}', '{AT}', 1)"
        )
        town.sql(f"UPDATE incident_sources SET alarm_id = (SELECT max(id) FROM alarms) WHERE work_order_id = {order.id}")
    with town.store.transaction() as tx:
        demo_truths.add(tx, [truth(CODES[LIFT], AT)])

    live(town, until=timedelta(hours=3), every=30)

    assert [town.order(order.id).status for order in orders] == ["confirmed", "false_alarm"]


def truth(code: str, at: datetime) -> dict[str, Any]:
    times = {"starts_at": at.isoformat(), "ends_at": (at + timedelta(minutes=3)).isoformat()}
    return {"id": "one", "code": code, "vendor": "xzl", "what": "overspeed", "family": "overspeed", "also": [], "told": False} | times


def test_a_process_that_begins_anew_goes_on_where_the_last_one_was(town: Town) -> None:
    """Somebody new looks every minute, as if the process were killed each time: everybody acts when he would have anyway."""
    orders = [town.open(OrderKind.REPAIR) for _ in range(5)]
    for minute in range(1, 90):
        Responders(town.store, SEED).tick(AT + timedelta(minutes=minute))
    killed = [[(event.action, event.at) for event in town.log(order.id) if event.action in ("accept", "sign_in")] for order in orders]

    assert all(len(acts) == 2 for acts in killed)
    assert reconcile(town.store, at=AT + timedelta(hours=100)).wrong == {}


def test_the_process_answers_by_the_clock_it_is_given_and_stops_when_told_to(town: Town) -> None:
    order, stopping = town.open(OrderKind.REPAIR), Event()
    moments = count()

    def clock() -> datetime:
        """Half a minute from tick to tick; told to stop once it has been answered."""
        if "accept" in actions(town, order.id):
            stopping.set()
        return AT + timedelta(seconds=30 * next(moments))

    people.run(town.store, stopping, seed=SEED, speed=1, answering=True, clock=clock)

    assert minutes(town, order.id, "accept") <= 3


def test_a_real_district_is_left_alone(town: Town) -> None:
    town.sql("UPDATE deployments SET mode = 'real'")

    with pytest.raises(WrongDistrict):
        Responders(town.store, SEED).tick(AT)
    assert town.sql("SELECT count(*) FROM accounts WHERE starts_with(username, 'demo-')") == [(0,)]
