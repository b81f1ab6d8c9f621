"""The law of work orders, triple by triple: what is in the table is done, everything else is refused."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from domain.errors import Refused
from domain.order_words import SYSTEM, Need, Order, OrderKind, OrderStatus, Party, Proof, Refusal, Step, SuspendReason
from domain.response import ResponseLevel
from domain.scope import GRANTS, Action, Role
from domain.work_orders import ACTING, TABLES, advance, allowed, check_merge, opened, rebuilt
from tests.order_law import FULL, MAINTAINER, OTHER_MAINTAINER, OTHER_UNITS, USER, Triple, full, order_for, party_of, statuses, triples

CENTRE = Party(Role.OPERATIONS_CENTRE)
BUREAU = Party(Role.BUREAU)
MAINTENANCE = Party(Role.MAINTENANCE_UNIT, MAINTAINER)
USE = Party(Role.USE_UNIT, USER)


def refusal(order: Order, step: Step, by: Party, proof: Proof = FULL) -> str:
    """The reason of a refusal."""
    with pytest.raises(Refused) as refused:
        advance(order, step, by=by, proof=proof)
    return str(refused.value.data["reason"])


def outcome(triple: Triple) -> str:
    """Where it leads, or the reason of its refusal."""
    try:
        return advance(order_for(triple), triple.step, by=party_of(triple.hand), proof=full(triple.step)).status
    except Refused as refused:
        return str(refused.data["reason"])


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_every_status_step_and_role_is_in_the_table_or_refused(kind: OrderKind):
    said = {triple: outcome(triple) for triple in triples(kind)}

    wrong = [f"{triple}: {word}" for triple, word in said.items() if word != triple.to and (triple.to or word not in set(Refusal))]
    assert wrong == []


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_only_allowed_steps_are_shown_and_every_one_of_them(kind: OrderKind):
    wrong = []
    for triple in triples(kind):
        shown = {rule.step for rule in allowed(order_for(triple), party_of(triple.hand))}
        if (triple.step in shown) != (triple.to is not None):
            wrong.append(str(triple))

    assert wrong == []


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_a_unit_acts_on_no_order_of_another_unit(kind: OrderKind):
    mine = [triple for triple in triples(kind) if triple.hand in OTHER_UNITS and triple.to is not None]

    reasons = {str(triple): refusal(order_for(triple), triple.step, party_of(triple.hand, OTHER_UNITS)) for triple in mine}

    assert mine
    assert set(reasons.values()) == {Refusal.NOT_YOURS}


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_a_unit_account_without_a_unit_acts_on_nothing(kind: OrderKind):
    mine = [triple for triple in triples(kind) if triple.hand in OTHER_UNITS and triple.to is not None]

    unowned = {refusal(replace(order_for(one), unit=None, use_unit=None), one.step, Party(one.hand)) for one in mine}

    assert unowned == {Refusal.NOT_YOURS}


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_a_step_without_its_proof_says_what_is_missing(kind: OrderKind):
    wrong = []
    for triple in triples(kind):
        if triple.to is None:
            continue
        rule = next(rule for rule in allowed(order_for(triple), party_of(triple.hand)) if rule.step is triple.step)
        for need in rule.needs:
            with pytest.raises(Refused) as refused:
                advance(order_for(triple), triple.step, by=party_of(triple.hand), proof=without(need))
            if refused.value.data["needs"] != [need.value]:
                wrong.append(f"{triple}: {refused.value.data}")

    assert wrong == []


EMPTY = {
    Need.SCAN: {"scan": ""}, Need.POSITION: {"position": None}, Need.PHOTO: {"photos": ()}, Need.NOTE: {"note": " "},
    Need.REASON: {"reason": ""}, Need.UNIT: {"unit": None}, Need.ASSIGNEE: {"assignee": None}, Need.MASTER: {"master": None},
    Need.LEVEL: {"level": None}, Need.RATING: {"rating": None}, Need.EVIDENCE: {"photos": (), "note": " "},
}  # fmt: skip


def without(need: Need) -> Proof:
    """Everything but that."""
    return replace(FULL, **EMPTY[need])


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_is_one_to_five(rating: int):
    confirmed = Order(OrderKind.RESCUE, OrderStatus.CONFIRMED, use_unit=USER)

    assert refusal(confirmed, Step.RATE, USE, Proof(rating=rating)) == Refusal.NEEDS


def test_a_rescue_goes_from_report_to_rating_by_its_owners():
    steps = [
        (Step.DISPATCH, Party(SYSTEM), Proof(unit=MAINTAINER, team=3)),
        (Step.ACCEPT, MAINTENANCE, Proof()),
        (Step.SIGN_IN, MAINTENANCE, Proof(scan="code", position=(121.4, 31.2))),
        (Step.COMPLETE, MAINTENANCE, Proof(note="乘客已安全离开")),
        (Step.CONFIRM, USE, Proof()),
        (Step.RATE, USE, Proof(rating=5)),
    ]

    order = rebuilt(opened(OrderKind.RESCUE, level=ResponseLevel.ENTRAPMENT, use_unit=USER), steps)

    assert order == Order(
        OrderKind.RESCUE, OrderStatus.CONFIRMED, ResponseLevel.ENTRAPMENT, USER, MAINTAINER, rating=5, completed_by=MAINTAINER, team=3
    )


def test_a_merged_order_goes_on_as_its_master_alone():
    merged = advance(Order(OrderKind.RESCUE, OrderStatus.CREATED, unit=MAINTAINER), Step.MERGE, by=CENTRE, proof=Proof(master=5))

    assert not merged.is_open
    assert {rule.step for rule in allowed(merged, CENTRE)} == {Step.NOTE}
    assert refusal(merged, Step.ACCEPT, MAINTENANCE) == Refusal.MERGED


@pytest.mark.parametrize(
    ("order", "master", "reason"),
    [
        (Order(OrderKind.RESCUE, OrderStatus.REPORTED), Order(OrderKind.RESCUE, OrderStatus.CONFIRMED), Refusal.MASTER_CLOSED),
        (Order(OrderKind.RESCUE, OrderStatus.REPORTED), Order(OrderKind.RESCUE, OrderStatus.ON_SITE, master=9), Refusal.MASTER_CLOSED),
        (Order(OrderKind.REPAIR, OrderStatus.REPORTED), Order(OrderKind.FEEDBACK, OrderStatus.RECEIVED), Refusal.OTHER_CHAIN),
        (
            Order(OrderKind.RESCUE, OrderStatus.REPORTED, ResponseLevel.ENTRAPMENT),
            Order(OrderKind.REPAIR, OrderStatus.ON_SITE, ResponseLevel.MINOR_FAULT),
            Refusal.LEVEL_FALLS,
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Refusal) else "",
)
def test_an_order_is_not_merged_into_nothing(order: Order, master: Order, reason: Refusal):
    with pytest.raises(Refused) as refused:
        check_merge(order, master)

    assert refused.value.data["reason"] == reason


def test_a_level_never_falls():
    order = Order(OrderKind.RESCUE, OrderStatus.ACCEPTED, ResponseLevel.ENTRAPMENT)

    reasons = {
        level: refusal(order, Step.ESCALATE, CENTRE, Proof(level=level, reason="x"))
        for level in (ResponseLevel.MINOR_FAULT, ResponseLevel.ENTRAPMENT)
    }

    assert set(reasons.values()) == {Refusal.LEVEL_FALLS}


def test_what_becomes_grave_waits_for_nothing():
    waiting = Order(OrderKind.REPAIR, OrderStatus.ACCEPTED, ResponseLevel.MINOR_FAULT, unit=MAINTAINER, suspended=True)

    risen = advance(waiting, Step.ESCALATE, by=Party(SYSTEM), proof=Proof(level=ResponseLevel.ENTRAPMENT, reason="person_inside"))

    assert not risen.suspended
    assert refusal(risen, Step.SUSPEND, MAINTENANCE) == Refusal.TOO_GRAVE


def test_nobody_confirms_his_own_work():
    own = Order(OrderKind.ANOMALY, OrderStatus.COMPLETED, use_unit=USER, unit=USER, completed_by=USER)

    assert refusal(own, Step.CONFIRM, USE) == Refusal.OWN_WORK
    assert advance(own, Step.CONFIRM, by=CENTRE, proof=Proof()).status is OrderStatus.CONFIRMED


@pytest.mark.parametrize("step", sorted(set(Step) - {Step.RESUME, Step.NOTE, Step.ASSIGN, Step.MERGE, Step.ESCALATE}))
def test_a_suspended_repair_is_resumed_before_it_is_acted_on(step: Step):
    waiting = Order(OrderKind.REPAIR, OrderStatus.ACCEPTED, ResponseLevel.MINOR_FAULT, USER, MAINTAINER, suspended=True)
    ends = {Step.FALSE_ALARM: OrderStatus.FALSE_ALARM, Step.ACCIDENT: OrderStatus.ACCIDENT}

    for by in (CENTRE, MAINTENANCE, USE):
        if step in ends and by is CENTRE:
            assert advance(waiting, step, by=by, proof=FULL).status is ends[step]
        else:
            assert refusal(waiting, step, by) in {Refusal.SUSPENDED, Refusal.NOT_NOW, Refusal.NOT_YOURS}


@pytest.mark.parametrize("reason", ["等一等", "", "PARTS", "parts "])
def test_an_order_waits_for_a_reason_of_the_closed_list_alone(reason: str):
    order = Order(OrderKind.REPAIR, OrderStatus.ACCEPTED, ResponseLevel.MINOR_FAULT, unit=MAINTAINER)

    assert refusal(order, Step.SUSPEND, MAINTENANCE, Proof(reason=reason)) == Refusal.NEEDS
    assert advance(order, Step.SUSPEND, by=MAINTENANCE, proof=Proof(reason=SuspendReason.PARTS.value)).suspended


def test_an_order_is_transferred_to_another_team_or_unit_not_to_where_it_is():
    order = Order(OrderKind.RESCUE, OrderStatus.ACCEPTED, unit=MAINTAINER, team=1)

    assert refusal(order, Step.TRANSFER, CENTRE, Proof(unit=MAINTAINER, team=1, reason="x")) == Refusal.SAME_UNIT
    assert advance(order, Step.TRANSFER, by=CENTRE, proof=Proof(unit=MAINTAINER, team=2, reason="x")).team == 2
    assert advance(order, Step.TRANSFER, by=CENTRE, proof=Proof(unit=OTHER_MAINTAINER, reason="x")).unit == OTHER_MAINTAINER


def test_nobody_is_ordered_to_mend_what_is_nobodys():
    verified = Order(OrderKind.FEEDBACK, OrderStatus.VERIFIED)

    assert refusal(verified, Step.ORDER, BUREAU, Proof(note="限期整改")) == Refusal.NEEDS
    assert advance(verified, Step.ORDER, by=BUREAU, proof=Proof(note="限期整改", unit=USER)).unit == USER
    assert advance(replace(verified, use_unit=USER), Step.ORDER, by=BUREAU, proof=Proof(note="限期整改")).unit == USER


def test_a_second_rating_is_refused():
    rated = Order(OrderKind.RESCUE, OrderStatus.CONFIRMED, use_unit=USER, rating=2)

    assert refusal(rated, Step.RATE, USE) == Refusal.NOT_NOW


def test_returns_and_failed_rechecks_are_counted():
    order = Order(OrderKind.RESCUE, OrderStatus.ACCEPTED, unit=MAINTAINER, assignee=4, team=2)

    returned = advance(order, Step.RETURN, by=MAINTENANCE, proof=Proof(reason="不在本班"))
    redone = advance(replace(order, status=OrderStatus.COMPLETED), Step.REDO, by=CENTRE, proof=Proof(reason="门仍不能关闭"))

    assert returned == Order(OrderKind.RESCUE, OrderStatus.REPORTED, bounced=1)
    assert redone.bounced == 1


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_who_acts_may_act_by_his_roles_grants(kind: OrderKind):
    hands = {hand for rule in TABLES[kind] for hand in rule.who if isinstance(hand, Role)}

    assert [hand for hand in hands if Action.WORK_ORDERS not in GRANTS[hand]] == []
    assert ACTING[kind] <= hands


def test_the_law_written_twice_speaks_of_the_same_statuses():
    spoken = {kind: {status for rule in table for status in (*rule.since, rule.to)} - {None} for kind, table in TABLES.items()}

    assert spoken == {kind: set(statuses(kind)) for kind in OrderKind}


def test_a_proof_says_of_each_need_whether_it_is_there():
    assert [need for need in Need if not FULL.has(need)] == []
    assert [need for need in Need if Proof().has(need)] == []
    assert {"scan", "position", "photos", "note"} <= {field.name for field in fields(Proof)}
