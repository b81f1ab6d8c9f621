"""Lists, figures and pages of work orders: what each role sees of a town's orders, and what it keeps for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest

from callbacks import order_figures
from data_access.order_conditions import OrderFilter
from data_access.queries import order_details, order_lists, work_orders
from data_access.repositories.work_orders import add_source
from domain.errors import Invalid
from domain.order_words import Party
from domain.scope import Actor, Role
from domain.work_orders import OrderKind, Step, allowed
from services import exports, saved_filters, seats
from services.saved_filters import MOST
from services.work_orders import as_order
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, OTHER_USER
from tests.order_town import AT, CODES, LIFT, OTHERS_LIFT, SECOND_LIFT, Town, source

EVERYTHING = OrderFilter(drill=None, merged=None)


@pytest.fixture(scope="module", autouse=True)
def orders(town: Town) -> dict[str, int]:
    """Orders at every place of their way, by a name."""
    opened = {
        "trapped": town.open(machine=LIFT).id,
        "accepted": town.open(OrderKind.REPAIR, machine=SECOND_LIFT).id,
        "elsewhere": town.open(OrderKind.RESCUE, machine=OTHERS_LIFT, at=AT - timedelta(minutes=31)).id,
        "supervision": town.open(OrderKind.SUPERVISION, machine=LIFT).id,
        "drill": town.open(machine=SECOND_LIFT, drill=True, key="drill:1").id,
        "repeated": town.open(OrderKind.REPAIR, machine=LIFT).id,
    }
    town.step(Role.MAINTENANCE_UNIT, opened["accepted"], Step.ACCEPT)
    master = town.open(OrderKind.REPAIR, machine=LIFT).id
    town.step(Role.OPERATIONS_CENTRE, opened["repeated"], Step.MERGE, master=master)
    return opened | {"master": master}


@pytest.fixture
def reading(town: Town) -> Iterator[Callable[..., Any]]:
    """Call it with a query, somebody's scope and the query's words."""
    with town.store.reading() as tx:

        def ask(query: Callable[..., Any], who: Actor, **words: Any) -> Any:
            return query(who.scope, tx, **words)

        yield ask


@pytest.fixture
def page(reading: Callable[..., Any], town: Town) -> Callable[..., set[int]]:
    """The orders somebody's list shows for a filter."""

    def show(who: Role | int, wanted: OrderFilter = EVERYTHING) -> set[int]:
        return {row.id for row in reading(order_lists.page, town.actors[who], wanted=wanted, limit=1000, at=AT)}

    return show


def test_every_role_sees_the_orders_of_its_scope(page: Callable[..., set[int]], orders: dict[str, int]):
    mine = {orders[name] for name in ("trapped", "accepted", "supervision", "drill", "repeated", "master")}

    assert page(Role.OPERATIONS_CENTRE) == page(Role.BUREAU) == set(orders.values())
    assert page(Role.MAINTENANCE_UNIT) == page(Role.USE_UNIT) == page(Role.STREET) == mine
    assert page(OTHER_MAINTAINER) == page(OTHER_USER) == {orders["elsewhere"]}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_tabs_figure_counts_the_rows_behind_it(town: Town, reading: Callable[..., Any], page: Callable[..., set[int]], role: Role):
    figures = asdict(reading(order_lists.counts, town.actors[role], at=AT + timedelta(minutes=11)))

    at = AT + timedelta(minutes=11)
    everything = OrderFilter(open=True, drill=None)
    behind = {
        "open": everything,
        "mine": replace(everything, open=None, merged=None, mine=True),
        "unassigned": replace(everything, unassigned=True),
        "overdue": replace(everything, overdue=True),
        "circling": replace(everything, circling=True),
    }
    rows = {tab: len(reading(order_lists.page, town.actors[role], wanted=wanted, limit=1000, at=at)) for tab, wanted in behind.items()}
    assert figures == rows


def test_mine_is_what_the_law_lets_the_reader_carry_on(page: Callable[..., set[int]], orders: dict[str, int]):
    mine = OrderFilter(open=True, mine=True)

    assert {orders["trapped"], orders["accepted"], orders["master"]} <= page(Role.MAINTENANCE_UNIT, mine)
    assert orders["repeated"] not in page(Role.MAINTENANCE_UNIT, mine)
    assert page(Role.BUREAU, mine) == {orders["supervision"]}
    assert page(Role.INSPECTION_BODY, mine) == set()


def test_an_ignored_order_is_overdue_and_nobodys_only_while_it_is(town: Town, reading: Callable[..., Any], orders: dict[str, int]):
    def overdue(at: Any) -> set[int]:
        centre = town.actors[Role.OPERATIONS_CENTRE]
        return {row.id for row in reading(order_lists.page, centre, wanted=OrderFilter(overdue=True), limit=1000, at=at)}

    assert orders["elsewhere"] in overdue(AT)
    assert orders["trapped"] not in overdue(AT + timedelta(minutes=2, seconds=59))
    assert orders["trapped"] in overdue(AT + timedelta(minutes=3, seconds=1))  # nobody has accepted it


def test_drills_and_repeated_orders_stand_in_no_live_list(page: Callable[..., set[int]], orders: dict[str, int]):
    live = page(Role.OPERATIONS_CENTRE, OrderFilter(open=True, drill=False))

    assert {orders["drill"], orders["repeated"]} & live == set()
    assert page(Role.OPERATIONS_CENTRE, OrderFilter(drill=True)) == {orders["drill"]}


def test_the_board_holds_every_open_order_once_gravest_first(town: Town, reading: Callable[..., Any], orders: dict[str, int]):
    centre = town.actors[Role.OPERATIONS_CENTRE]
    lanes = reading(order_lists.board, centre, at=AT)

    shown = [row.id for rows in lanes.values() for row in rows]
    counted = reading(order_lists.lane_counts, centre, at=AT)
    assert len(shown) == len(set(shown)) == sum(counted.values())
    assert lanes["sent"][0].kind == OrderKind.RESCUE.value
    assert orders["accepted"] in {row.id for row in lanes["taken"]}


@pytest.mark.parametrize(
    ("text", "found"), [("听涛苑 1", True), (CODES[LIFT], True), ("江宁", True), ("100%", False), ("_", False), ("\\", False)]
)
def test_the_search_knows_machine_code_and_unit_and_no_patterns(
    page: Callable[..., set[int]], orders: dict[str, int], text: str, found: bool
):
    assert (orders["trapped"] in page(Role.OPERATIONS_CENTRE, OrderFilter(text=text))) == found


def test_a_number_finds_its_order_alone(page: Callable[..., set[int]], town: Town, orders: dict[str, int]):
    number = town.order(orders["accepted"]).number

    assert page(Role.OPERATIONS_CENTRE, OrderFilter(text=number.lower())) == {orders["accepted"]}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_page_offers_what_the_law_allows_its_reader(town: Town, reading: Callable[..., Any], orders: dict[str, int], role: Role):
    actor = town.actors[role]
    rows = reading(order_figures.order, actor, order=str(orders["trapped"]), at=AT)

    lawful = allowed(as_order(town.order(orders["trapped"])), Party(role, actor.scope.organization))
    offered = [] if rows is None else [step["step"] for step in rows["steps"]]
    assert offered == [rule.step.value for rule in lawful] or rows is None
    assert (rows is None) == (reading(work_orders.by_id, actor, order_id=orders["trapped"]) is None)


@pytest.mark.parametrize("number", ["0", "", "x", "-1", "9" * 30, "１２"])
def test_nonsense_names_no_order(town: Town, reading: Callable[..., Any], number: str):
    assert reading(order_figures.order, town.actors[Role.OPERATIONS_CENTRE], order=number, at=AT) is None


def test_both_of_two_merged_orders_show_the_other(town: Town, reading: Callable[..., Any], orders: dict[str, int]):
    centre = town.actors[Role.OPERATIONS_CENTRE]
    related = order_details.related

    of_double = reading(related, centre, order_id=orders["repeated"], master_id=orders["master"], group_id=None)
    of_master = reading(related, centre, order_id=orders["master"], master_id=None, group_id=None)
    of_lonely = reading(related, centre, order_id=orders["accepted"], master_id=None, group_id=None)
    assert ([row.id for row in of_double], [row.id for row in of_master], of_lonely) == ([orders["master"]], [orders["repeated"]], [])


def test_only_who_speaks_with_callers_sees_their_whole_number(town: Town, reading: Callable[..., Any], orders: dict[str, int]):
    with town.store.transaction() as tx:
        call = source(AT)
        add_source(tx, orders["accepted"], type(call)(channel="passive", source="110", at=AT, reporter="周女士", phone="13800002046"))
    with town.store.reading() as tx:
        seen = {
            role: order_figures.order(town.actors[role].scope, tx, order=str(orders["accepted"]), at=AT)["sources"][-1]["phone"]
            for role in (Role.OPERATIONS_CENTRE, Role.MAINTENANCE_UNIT, Role.BUREAU, Role.STREET)
        }

    assert seen == {Role.OPERATIONS_CENTRE: "13800002046", Role.MAINTENANCE_UNIT: "13800002046", Role.BUREAU: "138****2046",
                    Role.STREET: "138****2046"}  # fmt: skip


def test_a_unit_sends_nobody_but_itself(town: Town, reading: Callable[..., Any]):
    sent = {row.unit_id for row in reading(order_details.units, town.actors[Role.OPERATIONS_CENTRE])}
    own = {row.unit_id for row in reading(order_details.units, town.actors[Role.MAINTENANCE_UNIT])}

    assert (sent, own) == ({MAINTAINER, OTHER_MAINTAINER}, {MAINTAINER})


def test_a_file_holds_the_orders_of_the_list_and_leaves_a_trace(town: Town):
    maintainer = town.actors[Role.MAINTENANCE_UNIT]
    found = exports.work_orders(town.store, maintainer, wanted=OrderFilter(open=True, drill=False), at=AT)

    with town.store.reading() as tx:
        listed = order_lists.page(maintainer.scope, tx, wanted=OrderFilter(open=True, drill=False), limit=1000, at=AT)
    [(trace,)] = town.sql("SELECT after->>'rows' FROM audit_log WHERE object = 'export:work_orders'")
    assert ([row.id for row in found.rows], int(trace)) == ([row.id for row in listed], len(listed))


def test_a_kept_filter_belongs_to_its_account(town: Town):
    centre, bureau = town.actors[Role.OPERATIONS_CENTRE], town.actors[Role.BUREAU]
    saved_filters.keep(centre, town.store, name=" 超时困人 ", query="?kind=rescue&tab=overdue", at=AT)
    saved_filters.keep(centre, town.store, name="超时困人", query="kind=rescue", at=AT)

    assert [(each.name, each.query) for each in saved_filters.kept(centre, town.store)] == [("超时困人", "kind=rescue")]
    assert saved_filters.kept(bureau, town.store) == []

    saved_filters.forget(bureau, town.store, name="超时困人")
    assert len(saved_filters.kept(centre, town.store)) == 1
    saved_filters.forget(centre, town.store, name="超时困人")
    assert saved_filters.kept(centre, town.store) == []


def test_filters_are_few_and_short(town: Town):
    street = town.actors[Role.STREET]
    for number in range(MOST):
        saved_filters.keep(street, town.store, name=f"第 {number} 个", query="", at=AT)

    for name, query in (("又一个", ""), ("", ""), ("长" * 21, ""), ("第 1 个", "x" * 1001)):
        with pytest.raises(Invalid):
            saved_filters.keep(street, town.store, name=name, query=query, at=AT)
    saved_filters.keep(street, town.store, name="第 1 个", query="tab=mine", at=AT)
    assert len(saved_filters.kept(street, town.store)) == MOST


def test_the_page_of_an_order_tells_how_it_rang_at_the_seat(town: Town):
    order = town.open(machine=LIFT, at=AT)
    with town.store.reading() as tx:
        before = order_figures.order(town.actors[Role.OPERATIONS_CENTRE].scope, tx, at=AT, order=str(order.id))
    seats.answer(town.actors[Role.OPERATIONS_CENTRE], town.store, order.id, at=AT + timedelta(seconds=42))
    with town.store.reading() as tx:
        after, elsewhere = (
            order_figures.order(town.actors[who].scope, tx, at=AT, order=str(order.id)) for who in (Role.MAINTENANCE_UNIT, OTHER_MAINTAINER)
        )

    assert [(call.turn, call.called_at, call.answered_by) for call in before["calls"]] == [(1, AT, None)]
    assert [(call.answered_at, call.answered_by) for call in after["calls"]] == [(AT + timedelta(seconds=42), "operations_centre 经办人")]
    assert elsewhere is None
