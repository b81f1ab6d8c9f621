"""Whose turn it is: an order is somebody's own list's as long as he owes its next step, and on no longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from data_access.order_conditions import OrderFilter, meeting
from data_access.order_rows import rows_of
from data_access.queries import order_lists
from domain.order_words import OrderKind, Step
from domain.scope import Role
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, USER
from tests.order_town import AT, CODES, LIFT, PLACE, TRUCK, Town
from web.filters import order_filter

CENTRE, BUREAU, MAINTENANCE, USE = Role.OPERATIONS_CENTRE, Role.BUREAU, Role.MAINTENANCE_UNIT, Role.USE_UNIT
PAST = 5000  # orders of years
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


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan of PostgreSQL's."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.fixture(scope="module")
def years(town: Town) -> Town:
    """The town with PAST orders more, which are over."""
    town.sql(
        "INSERT INTO work_orders OVERRIDING SYSTEM VALUE SELECT past.* FROM generate_series(1, %s) n, work_orders w, "
        "jsonb_populate_record(CAST(NULL AS work_orders), to_jsonb(w) || jsonb_build_object('id', 1000000 + n, 'number', "
        "CAST(n AS text), 'cause_key', CAST(n AS text), 'status', 'closed', 'closed_at', w.opened_at)) past WHERE w.id = %s",
        PAST,
        town.open().id,
    )
    town.sql("ANALYZE work_orders, plan_tasks, order_copies, equipment")
    return town


@pytest.mark.parametrize("role", [*Role], ids=str)
def test_ones_own_list_is_found_without_reading_the_orders_of_all_years(years: Town, role: Role):
    wanted, scope = order_filter({"tab": "mine"}, at=AT), years.actors[role].scope

    with years.store.reading() as tx:
        statement = rows_of(scope, meeting(scope, wanted, at=AT)).compile(tx.connection, compile_kwargs={"literal_binds": True})
        [explained] = tx.connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}").scalar_one()

    scans = [node for node in nodes(explained["Plan"]) if node.get("Relation Name") == "work_orders"]
    assert sum((scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"] for scan in scans) < PAST / 10
