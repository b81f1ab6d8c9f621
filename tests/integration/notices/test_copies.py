"""Copies to streets: when found, when handled, who signs; and who reads which messages."""

from __future__ import annotations

import pytest

from data_access.queries import notifications as queries
from data_access.queries import order_lists
from data_access.queries.notifications import NoticeFilter
from data_access.repositories import work_orders as orders
from data_access.watches import Watch
from domain.errors import NotFound, NotPermitted
from domain.scope import ALL, Role, Scope
from domain.work_orders import OrderKind, Proof, Step
from services import copies, work_orders
from tests.integration.notices.conftest import AT, MAINTAINER, USE_UNIT
from tests.integration.web import town
from web.filters import order_filter

CENTRE = Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL)
CHANGFENG = Scope(Role.STREET, (town.CHANGFENG,), None, ALL)
OVERDUE = {"kind": OrderKind.SUPERVISION, "level": None, "urgent": False, "cause": "inspection_overdue", "reason": None}


def known(house, scope):
    with house.store.reading() as tx:
        return {(row.number, row.occasion, row.read_by) for row in queries.copies(scope, tx, limit=100)}


def read_by(house, scope):
    with house.store.reading() as tx:
        return {(row.number, row.recipient) for row in queries.page(scope, tx, wanted=NoticeFilter(), limit=100)}


def close(house, order):
    with house.store.transaction() as tx:
        work_orders.advance_by_system(tx, orders.locked(tx, order.id), Step.CLOSE, Proof(reason="cause_gone"), at=AT)


def test_a_finding_is_copied_when_found_and_again_when_handled(house):
    order = house.order(**OVERDUE)
    assert known(house, CHANGFENG) == {(order.number, "found", None)}

    close(house, order)

    assert known(house, CHANGFENG) == {(order.number, "found", None), (order.number, "handled", None)}
    street = f"street:{town.CHANGFENG}"
    assert [row[1] for row in house.messages(order) if row[0] == street] == ["copy_found", "copy_handled"]


@pytest.mark.parametrize(
    ("more", "copied"),
    [
        (OVERDUE, True),
        (OVERDUE | {"cause": "inspection_failed"}, True),
        (OVERDUE | {"cause": "maintenance_overdue"}, False),
        ({"kind": OrderKind.BEHAVIOR, "level": None, "cause": "ebike_in_car", "reason": None}, True),
        ({"kind": OrderKind.BEHAVIOR, "level": None, "cause": "uncivil_behavior", "reason": None}, False),
        ({}, False),
        (OVERDUE | {"drill": True}, False),
    ],
    ids=["overdue", "failed", "maintenance", "dangerous", "uncivil", "entrapment", "a drill"],
)
def test_what_is_copied(house, more, copied):
    house.order(**more)

    assert bool(known(house, CENTRE)) is copied


def test_only_an_official_of_the_street_signs_and_once(house, actor):
    order = house.order(**OVERDUE)
    official = actor("changfeng", Role.STREET, (town.CHANGFENG,))

    with pytest.raises(NotFound):
        copies.read(actor("ganquan", Role.STREET, (town.GANQUAN,)), house.store, order.id, at=AT)
    with pytest.raises(NotPermitted):
        copies.read(actor("centre", Role.OPERATIONS_CENTRE), house.store, order.id, at=AT)
    assert copies.read(official, house.store, order.id, at=AT) == 1
    assert copies.read(official, house.store, order.id, at=AT) == 0

    assert known(house, CENTRE) == {(order.number, "found", "changfeng 值班员")}
    assert house.send(urgent=False) == 1  # the bureau; the street has seen it, so that nothing need leave
    assert [row[3] for row in house.messages(order) if row[0].startswith("street:")] == ["read"]


def test_an_order_that_goes_on_as_another_is_handled_for_its_street(house):
    double, master = house.order(**OVERDUE), house.order(**OVERDUE)

    with house.store.transaction() as tx:
        work_orders.advance_by_system(tx, orders.locked(tx, double.id), Step.MERGE, Proof(master=master.id), at=AT)

    assert known(house, CHANGFENG) == {(double.number, "found", None), (master.number, "found", None), (double.number, "handled", None)}


@pytest.mark.parametrize("over", ["closed", "merged"])
def test_a_copy_to_sign_stays_on_the_streets_own_list_when_its_order_is_over(house, actor, over):
    order = house.order(**OVERDUE)
    official = actor("changfeng", Role.STREET, (town.CHANGFENG,))
    if over == "closed":
        close(house, order)
    else:
        master = house.order(**OVERDUE | {"cause": "maintenance_overdue"})
        with house.store.transaction() as tx:
            work_orders.advance_by_system(tx, orders.locked(tx, order.id), Step.MERGE, Proof(master=master.id), at=AT)

    to_sign = own_list(house, CHANGFENG)
    copies.read(official, house.store, order.id, at=AT)

    assert to_sign == {order.number}
    assert own_list(house, CHANGFENG) == set()


def own_list(house, scope):
    """What the tab 待我办 shows, which is what its figure counts."""
    wanted = order_filter({"tab": "mine"}, at=AT)
    with house.store.reading() as tx:
        rows = order_lists.page(scope, tx, wanted=wanted, limit=100, at=AT)
        assert order_lists.counts(scope, tx, wanted=wanted, at=AT).mine == len(rows)
    return {row.number for row in rows}


def test_a_copy_that_is_made_or_signed_is_news_to_whoever_looks_at_its_order(house, actor):
    watch = f"street:{town.CHANGFENG}:{Watch.WORK_ORDERS}"
    order = house.order(**OVERDUE)
    before = version(house, watch)

    copies.read(actor("changfeng", Role.STREET, (town.CHANGFENG,)), house.store, order.id, at=AT)

    assert version(house, watch) > before


def version(house, watch):
    with house.store.reading() as tx:
        return tx.connection.exec_driver_sql("SELECT version FROM data_versions WHERE watch = %s", (watch,)).scalar_one()


def test_everybody_reads_his_own_messages_and_the_centre_reads_all(house):
    mine, theirs = house.order(**OVERDUE), house.order(town.IN_GANQUAN.code, **OVERDUE)
    rescue = house.order()
    with house.store.transaction() as tx:
        work_orders.advance_by_system(tx, orders.locked(tx, rescue.id), Step.DISPATCH, Proof(unit=MAINTAINER), at=AT)

    assert read_by(house, CHANGFENG) == {(mine.number, f"street:{town.CHANGFENG}")}
    assert read_by(house, Scope(Role.MAINTENANCE_UNIT, ALL, MAINTAINER, ALL)) == {(rescue.number, f"unit:{MAINTAINER}")}
    assert read_by(house, Scope(Role.USE_UNIT, ALL, USE_UNIT, ALL)) == {(rescue.number, f"unit:{USE_UNIT}")}
    assert read_by(house, CENTRE) == {
        *((each.number, "role:bureau") for each in (mine, theirs)),
        (mine.number, f"street:{town.CHANGFENG}"),
        (theirs.number, f"street:{town.GANQUAN}"),
        (rescue.number, f"unit:{USE_UNIT}"),
        (rescue.number, f"unit:{MAINTAINER}"),
    }


def test_a_reader_may_narrow_what_he_reads(house):
    house.order(**OVERDUE)
    rescue = house.order()
    house.send()

    with house.store.reading() as tx:
        found = {
            name: {(row.number, row.status) for row in queries.page(CENTRE, tx, wanted=wanted, limit=100)}
            for name, wanted in {
                "sent": NoticeFilter(statuses=("sent",)),
                "urgent": NoticeFilter(urgent=True),
                "text": NoticeFilter(text=rescue.number),
                "drill": NoticeFilter(drill=True),
            }.items()
        }
        tallied = {(row.status, row.urgent): row.count for row in queries.tallies(CENTRE, tx, since=AT)}
        delay = queries.delay(CENTRE, tx, since=AT)

    assert found == {name: {(rescue.number, "sent")} for name in ("sent", "urgent", "text")} | {"drill": set()}
    assert tallied == {("sent", True): 1, ("queued", False): 2}
    assert delay is not None
    assert delay.total_seconds() == 0


def test_messages_of_a_drill_are_in_no_figure(house):
    rescue, practice = house.order(), house.order(drill=True)
    house.send()

    def figures(drill):
        with house.store.reading() as tx:
            told = sum(row.count for row in queries.tallies(CENTRE, tx, since=AT, drill=drill))
            listed = queries.page(CENTRE, tx, wanted=NoticeFilter(drill=drill), limit=100)
        assert told == len(listed)
        return {row.number for row in listed}

    assert figures(False) == {rescue.number}
    assert figures(True) == {practice.number}
    assert figures(None) == {rescue.number, practice.number}
