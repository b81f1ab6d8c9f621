"""Whatever people do with an order, in whatever turn: somebody owes the next step, an end can be reached, and the log tells it all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from domain.order_words import ENDED, SYSTEM, EndReason, Need, Order, OrderKind, OrderStatus, Party, Proof, Step, SuspendReason
from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import ACTING, RESCUE_CHAIN, TABLES, advance, allowed, opened, rebuilt
from tests.order_law import HANDS, MAINTAINER, OTHER_MAINTAINER, OTHER_UNITS, OTHER_USER, USER, party_of

MOST_BOUNCED = 2  # how often an order bounced is counted, and decides nothing more
PEOPLE = [party_of(hand) for hand in HANDS if hand is not SYSTEM] + [Party(hand, unit) for hand, unit in OTHER_UNITS.items()]
EVERYBODY = [*PEOPLE, Party(SYSTEM)]
SENT_TO = {Role.MAINTENANCE_UNIT: (MAINTAINER, OTHER_MAINTAINER), Role.USE_UNIT: (USER, OTHER_USER)}
PLAIN = Proof(scan="1", position=(121.4, 31.2), note="备注", reason=SuspendReason.PARTS.value, assignee=4, master=9, rating=3)


def sendable(kind: OrderKind) -> list[int]:
    """The units that services.order_checks lets an order be sent to."""
    return [unit for role in sorted(ACTING[kind]) for unit in SENT_TO[role]]


@cache
def proofs(kind: OrderKind, step: Step) -> tuple[Proof, ...]:
    """Every proof that makes a difference to where the step leads."""
    needs = {need for rule in TABLES[kind] if rule.step is step for need in rule.needs}
    units = sendable(kind) if Need.UNIT in needs or step is Step.ORDER else [None]
    levels = list(ResponseLevel) if Need.LEVEL in needs else [None]
    reason = EndReason.MONITOR_BACK.value if step is Step.CLOSE else PLAIN.reason
    return tuple(replace(PLAIN, unit=unit, level=level, reason=reason) for unit, level in product(units, levels))


def deeds(order: Order, people: list[Party]) -> Iterator[tuple[Step, Party, Order]]:
    """Everything that can be done with an order: the step, by whom, and the order afterwards."""
    for by in people:
        for rule in allowed(order, by):
            for proof in proofs(order.kind, rule.step):
                with suppress(Refused):
                    after = advance(order, rule.step, by=by, proof=proof)
                    yield rule.step, by, replace(after, bounced=min(after.bounced, MOST_BOUNCED))


@cache
def reachable(kind: OrderKind) -> dict[Order, tuple[tuple[Step, Party, Order], ...]]:
    """Every order of the kind that any history can make, with everything that can be done with it."""
    levels = (*ResponseLevel, None)
    begun = [opened(kind, level=level, use_unit=use_unit) for level in levels for use_unit in (USER, None)]
    found: dict[Order, tuple[tuple[Step, Party, Order], ...]] = {}
    while begun:
        order = begun.pop()
        if order not in found:
            found[order] = tuple(dict.fromkeys(deeds(order, EVERYBODY)))
            begun += [after for _, _, after in found[order]]
    return found


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_no_history_ends_where_nobody_owes_a_step(kind: OrderKind):
    ownerless = [
        order
        for order, after in reachable(kind).items()
        if order.is_open and not any(by.hand is not SYSTEM and moves_on(order, then) for _, by, then in after)
    ]

    assert ownerless == []


def moves_on(order: Order, then: Order) -> bool:
    """Whether something is owed no more: another status, or nobody waits any longer."""
    return then.status is not order.status or (order.suspended and not then.suspended)


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_whoever_was_sent_can_take_the_next_step_himself(kind: OrderKind):
    with_a_unit = {OrderStatus.CREATED, OrderStatus.ACCEPTED, OrderStatus.ON_SITE, OrderStatus.ORDERED}

    stuck = [
        order
        for order, after in reachable(kind).items()
        if order.is_open and order.status in with_a_unit and not any(by.unit == order.unit is not None for _, by, _ in after)
    ]

    assert stuck == []


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_from_everywhere_people_alone_can_bring_an_order_to_its_end(kind: OrderKind):
    before = defaultdict(set)
    for order, after in reachable(kind).items():
        for _, by, then in after:
            if by.hand is not SYSTEM:
                before[then].add(order)
    ends = {order for order in reachable(kind) if order.status in ENDED}
    reaching, waiting = set(ends), list(ends)
    while waiting:
        for order in before[waiting.pop()] - reaching:
            reaching.add(order)
            waiting.append(order)

    assert {order for order in reachable(kind) if order.is_open} <= reaching


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_every_line_of_the_table_can_happen(kind: OrderKind):
    happened = {(order.status, step, by.hand) for order, after in reachable(kind).items() for step, by, _ in after}
    in_table = {
        (status, rule.step, hand)
        for rule in TABLES[kind]
        if not rule.kinds or kind in rule.kinds
        for status in rule.since
        for hand in rule.who
        if kind is not OrderKind.BEHAVIOR or status is not OrderStatus.ON_SITE  # nobody signs in where people misbehaved
    }

    assert in_table - happened - never(kind) == set()


def never(kind: OrderKind) -> set[tuple[OrderStatus, Step, object]]:
    """What the table allows and no unit will ever do: a maintenance unit is not sent to behaviour, and notes belong to the concerned."""
    maintainers = {(status, Step.NOTE, Role.MAINTENANCE_UNIT) for status in OrderStatus}
    nobody_sent = {(OrderStatus.REPORTED, Step.NOTE, Role.MAINTENANCE_UNIT)}
    before_order = {
        (status, Step.NOTE, Role.MAINTENANCE_UNIT) for status in (OrderStatus.RECEIVED, OrderStatus.VERIFIED, OrderStatus.REJECTED)
    }
    if kind is OrderKind.BEHAVIOR:
        return maintainers
    return nobody_sent if kind in RESCUE_CHAIN else before_order


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_a_level_never_falls_and_an_end_is_an_end(kind: OrderKind):
    fallen, risen_again = [], []
    for order, after in reachable(kind).items():
        for step, by, then in after:
            if order.level is not None and (then.level is None or then.level.rank < order.level.rank):
                fallen.append((order, step, by))
            if not order.is_open and (then.is_open or then.status is not order.status):
                risen_again.append((order, step, by))

    assert fallen == []
    assert risen_again == []


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_a_grave_order_never_waits(kind: OrderKind):
    waiting = [
        order for order in reachable(kind) if order.suspended and order.level not in (None, ResponseLevel.MINOR_FAULT) and order.is_open
    ]

    assert waiting == []


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_an_order_that_somebody_was_sent_to_names_the_unit(kind: OrderKind):
    sent = {OrderStatus.CREATED, OrderStatus.ACCEPTED, OrderStatus.ON_SITE, OrderStatus.COMPLETED, OrderStatus.ORDERED}

    assert [order for order in reachable(kind) if order.status in sent and order.unit is None] == []
    assert [order for order in reachable(kind) if order.status is OrderStatus.REPORTED and order.unit is not None] == []


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_nobody_has_an_order_until_it_is_taken_or_given_to_somebody(kind: OrderKind):
    waiting = {OrderStatus.REPORTED, OrderStatus.CREATED}

    unowned = {order for order in reachable(kind) if not order.is_owned}

    assert unowned == {order for order in reachable(kind) if order.is_open and order.status in waiting and order.assignee is None}


@given(st.sampled_from(OrderKind), st.sampled_from((*ResponseLevel, None)), st.data())
def test_the_log_of_any_history_rebuilds_the_order(kind: OrderKind, level: ResponseLevel | None, data: st.DataObject):
    first = order = opened(kind, level=level, use_unit=USER)
    steps = []
    for by, step, choice in data.draw(
        st.lists(st.tuples(st.sampled_from(EVERYBODY), st.sampled_from(Step), st.integers(0, 5)), max_size=60)
    ):
        proof = (*proofs(kind, step), PLAIN)[choice % (len(proofs(kind, step)) + 1)]
        before = order
        try:
            order = advance(order, step, by=by, proof=proof)
        except Refused:
            assert order is before
        else:
            steps.append((step, by, proof))

    assert rebuilt(first, steps) == order
    assert order.is_open <= any(by.hand is not SYSTEM and moves_on(order, then) for _, by, then in deeds(order, PEOPLE))
