"""Two people at once, duplicates, and the names that a step gives: nobody ends with an order that he cannot act on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from data_access.queries import equipment, order_details, work_orders
from data_access.repositories import work_orders as stored
from domain.errors import Conflict, NotFound, PutuoError, Refused
from domain.order_words import OUT_OF_SERVICE, OrderKind, OrderStatus, Refusal, Step
from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import check_merge
from services import order_checks
from services.work_orders import as_order
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, OTHER_USER, USER
from tests.order_town import CODES, LIFT, OTHERS_LIFT, SECOND_LIFT, TRUCK, Town

CENTRE, BUREAU, MAINTENANCE, USE = Role.OPERATIONS_CENTRE, Role.BUREAU, Role.MAINTENANCE_UNIT, Role.USE_UNIT


def together(*deeds) -> list[object]:
    """What becomes of deeds that begin at the same moment: their values, or the refusals."""
    barrier = Barrier(len(deeds))

    def begin(deed) -> object:
        barrier.wait(10)
        try:
            return deed()
        except PutuoError as refusal:
            return refusal

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(begin, deeds))


def refused(town: Town, who, order_id: int, step: Step, **proof) -> str:
    """The reason of a refusal."""
    with pytest.raises(Refused) as refusal:
        town.step(who, order_id, step, **proof)
    return str(refusal.value.data["reason"])


@pytest.mark.parametrize("turn", range(5))
def test_of_two_people_at_once_one_wins_and_the_other_sees_who_and_what(town: Town, turn: int):
    order = town.open()

    said = together(
        lambda: town.step(MAINTENANCE, order.id, Step.ACCEPT, seen=order.seq),
        lambda: town.step(CENTRE, order.id, Step.TRANSFER, seen=order.seq, unit=OTHER_MAINTAINER, reason="更近"),
    )

    (conflict,) = [one for one in said if isinstance(one, Conflict)]
    winner = CENTRE if isinstance(said[0], Conflict) else MAINTENANCE
    assert conflict.data["by"] == town.actors[winner].name
    assert conflict.data["step"] == (Step.TRANSFER if winner is CENTRE else Step.ACCEPT)
    assert conflict.data["status"] == town.order(order.id).status
    assert town.order(order.id).seq == order.seq + 1


def test_a_note_or_a_risen_level_keeps_nobody_from_accepting(town: Town):
    order = town.open()
    town.step(CENTRE, order.id, Step.NOTE, note="物业已派人安抚")
    town.step(CENTRE, order.id, Step.ESCALATE, level=ResponseLevel.EMERGENCY, reason="乘客不适")

    town.step(MAINTENANCE, order.id, Step.ACCEPT, seen=order.seq)

    assert town.order(order.id).status == OrderStatus.ACCEPTED


def test_of_two_who_raise_the_level_the_second_sees_the_first(town: Town):
    order = town.open()
    town.step(CENTRE, order.id, Step.ESCALATE, seen=order.seq, level=ResponseLevel.EMERGENCY, reason="乘客不适")

    with pytest.raises(Conflict) as conflict:
        town.step(BUREAU, order.id, Step.ESCALATE, seen=order.seq, level=ResponseLevel.EMERGENCY, reason="浓烟")

    assert conflict.value.data["by"] == town.actors[CENTRE].name


@pytest.mark.parametrize("turn", range(5))
def test_two_orders_merged_into_each_other_at_once_leave_one_open(town: Town, turn: int):
    one, other = town.open(), town.open()

    said = together(
        lambda: town.step(CENTRE, one.id, Step.MERGE, master=other.id),
        lambda: town.step(CENTRE, other.id, Step.MERGE, master=one.id),
    )

    (refusal,) = [answer for answer in said if isinstance(answer, PutuoError)]
    assert refusal.data["reason"] in {Refusal.MASTER_CLOSED, Refusal.MERGED}
    assert [town.order(number).closed_at is None for number in (one.id, other.id)].count(True) == 1


def test_a_duplicate_and_its_master_name_each_other(town: Town):
    master, double = town.open(), town.open(machine=None)

    town.step(CENTRE, double.id, Step.MERGE, master=master.id)

    assert town.order(double.id).master_id == master.id
    assert town.log(double.id)[-1].proof["master"] == master.id
    newest = town.log(master.id)[-1]
    assert (newest.action, newest.hand, newest.proof) == ("note", "system", {"note": double.number, "master": double.id})


def test_a_stopped_lift_stays_stopped_until_the_order_that_its_own_went_on_as_is_closed(town: Town):
    stopping = town.open(OrderKind.REPAIR, urgent=True, detail={OUT_OF_SERVICE: True})
    master = town.open()

    town.step(CENTRE, stopping.id, Step.MERGE, master=master.id)

    with town.store.reading() as tx:
        stopped = equipment.by_code(town.actors[CENTRE].scope, tx, code=CODES[LIFT])
    assert stopped is not None
    assert stopped.stopped_by == master.number


@pytest.mark.parametrize(
    ("mine", "masters", "reason"),
    [
        ({}, {"machine": SECOND_LIFT}, Refusal.OTHER_MACHINE),
        ({}, {"drill": True}, Refusal.OTHER_MACHINE),
        ({}, {"kind": OrderKind.SUPERVISION}, Refusal.OTHER_CHAIN),
        ({}, {"kind": OrderKind.REPAIR}, Refusal.LEVEL_FALLS),
        ({"kind": OrderKind.REPAIR, "urgent": True}, {"kind": OrderKind.REPAIR}, Refusal.URGENT_FALLS),
    ],
    ids=["another machine", "a drill", "the bureau's order", "a lesser one", "one that may wait"],
)
def test_an_order_is_merged_into_the_same_incident_alone(town: Town, mine, masters, reason: Refusal):
    order, master = town.open(**mine), town.open(**masters)

    assert refused(town, CENTRE, order.id, Step.MERGE, master=master.id) == reason
    assert town.order(master.id).seq == master.seq


def test_an_order_is_not_merged_into_itself_nor_into_one_that_its_actor_cannot_see(town: Town):
    order = town.open()

    for master in (order.id, 10**9):
        with pytest.raises(NotFound):
            town.step(CENTRE, order.id, Step.MERGE, master=master)


@pytest.mark.parametrize(
    ("kind", "unit", "reason"),
    [
        (OrderKind.RESCUE, OTHER_MAINTAINER, None),
        (OrderKind.RESCUE, USER, Refusal.CANNOT_ACT),
        (OrderKind.RESCUE, 999, Refusal.CANNOT_ACT),
        (OrderKind.ANOMALY, MAINTAINER, None),
        (OrderKind.BEHAVIOR, OTHER_USER, None),
        (OrderKind.BEHAVIOR, MAINTAINER, Refusal.CANNOT_ACT),
    ],
)
def test_only_who_can_act_is_sent(town: Town, kind: OrderKind, unit: int, reason: Refusal | None):
    order = town.open(kind)

    if reason is None:
        town.step(CENTRE, order.id, Step.TRANSFER, unit=unit, reason="更近")
        assert town.order(order.id).unit_id == unit
    else:
        assert refused(town, CENTRE, order.id, Step.TRANSFER, unit=unit, reason="更近") == reason


def test_a_team_is_sent_by_its_own_unit_alone(town: Town):
    order = town.open()
    ((team,),) = town.sql("SELECT id FROM response_teams WHERE organization_id = %s", MAINTAINER)

    assert refused(town, CENTRE, order.id, Step.TRANSFER, unit=OTHER_MAINTAINER, team=team, reason="更近") == Refusal.NOT_OF_UNIT


def test_a_unit_names_its_own_people_alone(town: Town):
    order = town.open()
    mine, others = town.actors[MAINTENANCE].account_id, town.actors[OTHER_MAINTAINER].account_id

    assert refused(town, MAINTENANCE, order.id, Step.ASSIGN, assignee=others) == Refusal.NOT_OF_UNIT
    assert refused(town, CENTRE, order.id, Step.ASSIGN, assignee=others) == Refusal.NOT_OF_UNIT
    assert refused(town, CENTRE, order.id, Step.ASSIGN, assignee=10**6) == Refusal.NOT_OF_UNIT
    town.step(CENTRE, order.id, Step.ASSIGN, assignee=mine)
    assert town.order(order.id).assignee_id == mine


@pytest.mark.parametrize("role", [Role.WALL, Role.AUDIT_ADMIN, Role.STREET], ids=str)
def test_nobody_is_named_who_could_not_act(town: Town, role: Role):
    order = town.open(machine=OTHERS_LIFT)  # in the other street

    assert refused(town, CENTRE, order.id, Step.ASSIGN, assignee=town.actors[role].account_id) == Refusal.PERSON_CANNOT_ACT
    assert town.order(order.id).assignee_id is None


def test_what_is_offered_to_go_on_as_is_what_the_law_takes(town: Town):
    candidates = [
        town.open(), town.open(machine=None), town.open(machine=SECOND_LIFT), town.open(drill=True), town.open(OrderKind.REPAIR),
        town.open(OrderKind.SUPERVISION), town.open(level=ResponseLevel.EMERGENCY.value), town.open(OrderKind.ANOMALY, level=None),
    ]  # fmt: skip
    order = town.open()
    with town.store.reading() as tx:
        row = work_orders.by_id(town.actors[CENTRE].scope, tx, order_id=order.id)
        assert row is not None
        offered = {each.id for each in order_details.masters(town.actors[CENTRE].scope, tx, order=row, limit=1000)}

    taken = set()
    for master in candidates:
        with suppress(Refused), town.store.transaction() as tx:
            double, found = stored.locked(tx, order.id), stored.locked(tx, master.id)
            assert double is not None
            order_checks.check_master(double, found)
            check_merge(as_order(double), as_order(found))
            taken.add(master.id)
    assert {master.id for master in candidates} & offered == taken == {candidates[place].id for place in (0, 1, 6)}


def test_a_trucks_anomaly_is_its_use_units_from_acceptance_to_completion(town: Town):
    order = town.open(OrderKind.ANOMALY, machine=TRUCK)
    if town.order(order.id).status == OrderStatus.REPORTED:
        town.step(CENTRE, order.id, Step.DISPATCH, unit=USER, reason="叉车由使用单位处置")

    town.step(USE, order.id, Step.ACCEPT)
    town.step(USE, order.id, Step.COMPLETE, note="已对驾驶员再教育")

    assert refused(town, USE, order.id, Step.CONFIRM) == Refusal.OWN_WORK
    town.step(CENTRE, order.id, Step.CONFIRM)
    assert town.order(order.id).closed_at is not None


def test_what_has_happened_is_edited_by_nobody(town: Town):
    order = town.open(machine=OTHERS_LIFT)

    for edit in (
        "UPDATE work_order_events SET actor = '' WHERE work_order_id = %s",
        "DELETE FROM work_order_events WHERE work_order_id = %s",
    ):
        with pytest.raises(Exception, match="work_order_events"):
            town.sql(edit, order.id)

    assert [event.action for event in town.log(order.id)][:1] == ["open"]


def test_one_cause_is_one_open_order_whoever_reports_it_first(town: Town):
    said = together(*[lambda: town.open(key="rescue:1", machine=LIFT).id for _ in range(4)])

    assert len(set(said)) == 1
