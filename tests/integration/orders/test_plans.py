"""The district plan lives as long as somebody owes it: shared by an incident, handed on when its order ends, late once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from data_access.order_conditions import OrderFilter
from data_access.queries import order_lists
from data_access.queries import plans as queries
from data_access.queries.plans import TaskRow
from domain.district_plan import PLAN, Task
from domain.errors import NotFound, Refused
from domain.order_words import OrderKind, Step
from domain.response import ResponseLevel
from domain.scope import Role
from services import plan_watch, plans
from tests.order_law import MAINTAINER
from tests.order_town import AT, LIFT, OTHERS_LIFT, SECOND_LIFT, Town

CENTRE, FIRE, STREET = Role.OPERATIONS_CENTRE, Role.FIRE, Role.STREET
LATER = AT + timedelta(minutes=16)  # force entry (15 min) is over, the building (20 min) is not
TASKS = [duty.task.value for duty in sorted(PLAN, key=lambda duty: duty.minutes.default)]


@pytest.fixture(autouse=True)
def _quiet(town: Town) -> None:
    """No plan of an earlier test is owed any more."""
    town.sql("UPDATE plan_tasks SET dropped_at = due_at WHERE done_at IS NULL")


@pytest.fixture
def incident(town: Town) -> int:
    """An incident without orders."""
    return int(
        town.sql("INSERT INTO incident_groups (cause, name, opened_at, last_at) VALUES ('many_trapped', '', %s, %s) RETURNING id", AT, AT)[
            0
        ][0]
    )


def emergency(town: Town, *, machine: int = LIFT, **more: Any) -> int:
    """A rescue at level three."""
    return int(town.open(machine=machine, level=ResponseLevel.EMERGENCY.value, **more).id)


def seen(town: Town, order: int, who: Role = CENTRE) -> list[TaskRow]:
    """The checklist on the order's page."""
    with town.store.reading() as tx:
        return queries.tasks(town.actors[who].scope, tx, order_id=order)


def task(town: Town, order: int, wanted: Task) -> TaskRow:
    return next(row for row in seen(town, order) if row.task == wanted)


def mine(town: Town, who: Role, order: int, at: datetime = AT) -> bool:
    with town.store.reading() as tx:
        return bool(order_lists.page(town.actors[who].scope, tx, wanted=OrderFilter(ids=(order,), mine=True), at=at))


def test_every_order_of_an_incident_shows_the_one_plan(town: Town, incident: int):
    holder, other = emergency(town, group_id=incident), emergency(town, machine=SECOND_LIFT, group_id=incident)

    assert [row.task for row in seen(town, holder)] == TASKS
    assert seen(town, other) == seen(town, holder)
    assert {row.order_id for row in seen(town, other)} == {holder}


def test_a_street_sees_and_finishes_the_plan_of_an_incident_that_reaches_it(town: Town, incident: int):
    elsewhere = emergency(town, machine=OTHERS_LIFT, group_id=incident)
    duty = task(town, elsewhere, Task.ON_SITE_ORDER).id
    with pytest.raises(NotFound):
        plans.finish(town.actors[STREET], town.store, duty, at=AT)

    here = emergency(town, group_id=incident)
    plans.finish(town.actors[STREET], town.store, duty, note="已拉警戒线", at=AT)

    assert seen(town, elsewhere, STREET) == []
    assert [(row.done_by, row.note) for row in seen(town, here, STREET) if row.done_at] == [("street 经办人", "已拉警戒线")]


def test_the_plan_of_an_order_that_was_false_goes_on_with_the_next_of_its_incident(town: Town, incident: int):
    holder, other = emergency(town, group_id=incident), emergency(town, machine=SECOND_LIFT, group_id=incident)
    plans.finish(town.actors[FIRE], town.store, task(town, holder, Task.FORCE_ENTRY).id, at=AT)

    town.step(CENTRE, holder, Step.FALSE_ALARM, note="轿厢无人")
    plan_watch.ended(town.store, AT)

    assert {row.order_id for row in seen(town, other)} == {other}
    assert task(town, other, Task.FORCE_ENTRY).done_at == AT
    assert mine(town, Role.HOUSING, other)
    assert not mine(town, Role.HOUSING, holder)


def test_a_plan_whose_order_ends_alone_is_dropped(town: Town):
    order = emergency(town)
    plans.finish(town.actors[FIRE], town.store, task(town, order, Task.FORCE_ENTRY).id, at=AT)

    town.step(CENTRE, order, Step.FALSE_ALARM, note="轿厢无人")
    plan_watch.ended(town.store, LATER)
    plan_watch.late(town.store, LATER)

    assert {(row.task == Task.FORCE_ENTRY, row.dropped_at, row.breached_at) for row in seen(town, order)} == {
        (True, None, None),
        (False, LATER, None),
    }
    assert not mine(town, Role.HOUSING, order)
    with pytest.raises(Refused):
        plans.finish(town.actors[Role.HOUSING], town.store, task(town, order, Task.BUILDING).id, at=LATER)


def test_who_is_trapped_after_the_holder_ended_has_a_plan(town: Town, incident: int):
    holder = emergency(town, group_id=incident)
    town.step(CENTRE, holder, Step.FALSE_ALARM, note="轿厢无人")

    other = emergency(town, machine=SECOND_LIFT, group_id=incident)
    plan_watch.ended(town.store, AT)

    assert [(row.task, row.dropped_at) for row in seen(town, other)] == [(each, None) for each in TASKS]


def test_a_merged_order_hands_its_plan_to_its_master(town: Town):
    order, master = emergency(town), emergency(town)
    town.sql("DELETE FROM plan_tasks WHERE work_order_id = %s", master)

    town.step(CENTRE, order, Step.MERGE, master=master)
    plan_watch.ended(town.store, AT)

    assert [row.task for row in seen(town, master)] == TASKS
    assert seen(town, order) == []


def test_an_accident_ends_the_order_and_not_its_plan(town: Town):
    order = emergency(town)

    town.step(CENTRE, order, Step.ACCIDENT, note="乘客受伤")
    plan_watch.ended(town.store, AT)

    assert {row.dropped_at for row in seen(town, order)} == {None}
    assert mine(town, Role.BUREAU, order)


def test_a_task_that_runs_out_is_told_of_and_noted_once(town: Town):
    order = emergency(town)
    plans.finish(town.actors[CENTRE], town.store, task(town, order, Task.ACTIVATE).id, at=AT)
    plans.finish(town.actors[CENTRE], town.store, task(town, order, Task.COORDINATE).id, at=AT)
    due = task(town, order, Task.FORCE_ENTRY).due_at

    early = plan_watch.late(town.store, due - timedelta(microseconds=1))
    found = [plan_watch.late(town.store, each) for each in (due, due, LATER)]

    assert (early, found) == (0, [2, 0, 0])  # force entry, and order on the spot
    assert [row.task for row in seen(town, order) if row.breached_at == due] == ["force_entry", "on_site_order"]
    assert [event.proof["note"] for event in town.log(order)[-2:]] == ["plan_late_force_entry", "plan_late_on_site_order"]
    told = town.sql(
        "SELECT n.recipient, m.words ->> 'task' FROM notification_messages m JOIN notifications n ON n.id = m.notification_id"
        " WHERE n.work_order_id = %s AND m.template = 'plan_task' ORDER BY 1, 2",
        order,
    )
    assert sorted(map(tuple, told)) == [
        ("role:fire", "force_entry"),
        ("role:operations_centre", "force_entry"),
        ("role:operations_centre", "on_site_order"),
        ("street:310107901", "on_site_order"),
    ]


def test_orders_below_level_three_have_no_plan(town: Town):
    assert seen(town, int(town.open(OrderKind.REPAIR, unit_id=MAINTAINER).id)) == []
