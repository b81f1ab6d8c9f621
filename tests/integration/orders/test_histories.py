"""Random people do random things with random orders, and what is stored is whole afterwards."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from data_access.repositories import work_orders as stored
from domain.errors import PutuoError, Refused
from domain.order_words import Need, OrderKind, Proof, Step, SuspendReason
from domain.response import ResponseLevel
from domain.scope import GRANTS, Action, Role
from domain.work_orders import TABLES
from services import work_orders
from services.reconciliation import reconcile
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, OTHER_USER, USER
from tests.order_town import AT, CODES, LIFT, PLACE, Town

ORDERS = 48
STEPS = 1200
ACTORS = [role for role in Role if Action.WORK_ORDERS in GRANTS.get(role, frozenset())] + [OTHER_MAINTAINER, OTHER_USER]


def a_proof(chance: random.Random, town: Town, kind: OrderKind, step: Step, who: Role | int, orders: list[int]) -> Proof:
    """What the step needs, chosen among what could be given; now and then something is missing or wrong."""
    unit = chance.choice([MAINTAINER, OTHER_MAINTAINER, USER, OTHER_USER])
    given = {
        Need.SCAN: {"scan": CODES[LIFT]},
        Need.POSITION: {"position": PLACE},
        Need.NOTE: {"note": "备注"},
        Need.REASON: {"reason": chance.choice([*SuspendReason, "设备不在本单位维保"])},
        Need.UNIT: {"unit": unit},
        Need.ASSIGNEE: {"assignee": town.actors[who].account_id},
        Need.MASTER: {"master": chance.choice(orders)},
        Need.LEVEL: {"level": chance.choice(list(ResponseLevel))},
        Need.RATING: {"rating": chance.randint(0, 5)},
    }
    needs = {need for rule in TABLES[kind] if rule.step is step for need in rule.needs if chance.random() < 0.95}
    return Proof(**{name: value for need in needs for name, value in given.get(need, {}).items()})


@pytest.mark.parametrize("seed", [20261120, 74])
def test_whatever_people_do_the_log_rebuilds_rows_clocks_and_messages(town: Town, seed: int):
    chance = random.Random(seed)
    kinds = [kind for kind in OrderKind for _ in range(ORDERS // len(OrderKind))]
    orders = {town.open(kind, machine=LIFT, unit_id=MAINTAINER if kind is OrderKind.SUPERVISION else None).id: kind for kind in kinds}
    taken: Counter[str] = Counter()

    for turn in range(STEPS):
        number, kind = chance.choice(list(orders.items()))
        step = chance.choice(sorted({rule.step for rule in TABLES[kind]}))
        who = chance.choice(ACTORS)
        proof = a_proof(chance, town, kind, step, who, [each for each in orders if orders[each] is kind])
        try:
            work_orders.advance(town.actors[who], town.store, number, step=step, proof=proof, at=AT + timedelta(seconds=turn))
            taken[step] += 1
        except PutuoError as refusal:
            taken[refusal.code] += 1
        if chance.random() < 0.05:
            by_itself(town, number, chance, AT + timedelta(seconds=turn))

    found = reconcile(town.store, at=AT)
    assert found.wrong == {}
    assert found.counts["events"] > ORDERS * 3
    assert set(taken) >= {"refused", Step.ACCEPT, Step.NOTE, Step.ESCALATE, Step.MERGE, Step.RETURN}


def by_itself(town: Town, number: int, chance: random.Random, at: datetime) -> None:
    """The system takes a step."""
    step = chance.choice([Step.RETURN, Step.ESCALATE, Step.CLOSE, Step.NOTE])
    proof = Proof(reason="no_answer", note="备注", level=ResponseLevel.EMERGENCY)
    with town.store.transaction() as tx:
        order = stored.locked(tx, number)
        assert order is not None
        with suppress(Refused):
            work_orders.advance_by_system(tx, order, step, proof, at=at)


def test_an_edited_row_a_lost_message_and_a_lost_clock_are_found(town: Town):
    order, other = town.open(), town.open()
    town.sql("UPDATE work_orders SET level = 'emergency' WHERE id = %s", order.id)
    town.sql("DELETE FROM deadlines WHERE work_order_id = %s AND kind = 'rescue'", order.id)
    town.sql("UPDATE work_orders SET seq = seq + 1 WHERE id = %s", other.id)
    lost = "DELETE FROM notification_messages m USING notifications n WHERE n.id = m.notification_id AND n.work_order_id = %s"
    town.sql(lost, order.id)

    wrong = reconcile(town.store, at=AT).wrong

    mine = {sort for sort, names in wrong.items() if any(order.number in name or str(order.id) in name for name in names)}
    assert mine >= {"rows that differ from their log", "lost clocks", "lost messages", "notifications without a message"}
    assert any(other.number in name for name in wrong["half-written orders"])
