"""Whose turn it is: an order is somebody's own list's as long as he owes its next step, and on no longer."""

from __future__ import annotations

from data_access.order_conditions import OrderFilter
from data_access.queries import order_lists
from domain.order_words import OrderKind, Step
from domain.scope import Role
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, USER
from tests.order_town import AT, CODES, LIFT, PLACE, TRUCK, Town

CENTRE, BUREAU, MAINTENANCE, USE = Role.OPERATIONS_CENTRE, Role.BUREAU, Role.MAINTENANCE_UNIT, Role.USE_UNIT
SEATS = (CENTRE, BUREAU, MAINTENANCE, OTHER_MAINTAINER, USE)


def whose(town: Town, order_id: int) -> set[Role | int]:
    """On whose own lists the order stands."""
    found = set()
    for who in SEATS:
        with town.store.reading() as tx:
            rows = order_lists.page(town.actors[who].scope, tx, wanted=OrderFilter(ids=(order_id,), mine=True), at=AT)
        found |= {who} if any(row.id == order_id for row in rows) else set()
    return found


def test_a_rescue_goes_from_hand_to_hand(town: Town):
    order = town.open().id
    seen = [whose(town, order)]
    for who, step, proof in (
        (MAINTENANCE, Step.ACCEPT, {}),
        (MAINTENANCE, Step.SIGN_IN, {"scan": CODES[LIFT], "position": PLACE}),
        (MAINTENANCE, Step.COMPLETE, {"note": "乘客已安全离开"}),
        (USE, Step.CONFIRM, {}),
    ):
        town.step(who, order, step, **proof)
        seen.append(whose(town, order))

    assert seen == [{MAINTENANCE}, {MAINTENANCE}, {MAINTENANCE}, {USE, CENTRE}, set()]


def test_an_anomaly_is_on_the_list_of_whoever_was_sent(town: Town):
    sent_to_user, sent_to_maintainer = town.open(OrderKind.ANOMALY, machine=TRUCK).id, town.open(OrderKind.ANOMALY).id
    town.step(CENTRE, sent_to_maintainer, Step.TRANSFER, unit=MAINTAINER, reason="由维保单位处理")

    assert whose(town, sent_to_user) == {USE}
    assert whose(town, sent_to_maintainer) == {MAINTENANCE}


def test_what_a_unit_did_itself_waits_for_the_centre_alone(town: Town):
    order = town.open(OrderKind.ANOMALY, machine=TRUCK).id
    town.step(USE, order, Step.ACCEPT)
    town.step(USE, order, Step.COMPLETE, note="已再教育")

    assert whose(town, order) == {CENTRE}


def test_what_was_ordered_is_owed_by_the_unit_it_was_ordered_of(town: Town):
    order = town.open(OrderKind.SUPERVISION, unit_id=MAINTAINER, level=None).id
    town.step(BUREAU, order, Step.VERIFY, note="属实")
    before = whose(town, order)

    town.step(BUREAU, order, Step.ORDER, note="限期整改", unit=MAINTAINER)

    assert before == {BUREAU}
    assert whose(town, order) == {BUREAU, MAINTENANCE}  # the regulator may look again at any time
    assert town.order(order).unit_id == MAINTAINER != USER
