"""Whoever reported something is told by message: that it was received, how it goes, how it ended; once each, and in no drill."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from data_access.queries import notifications as listed
from data_access.queries import order_details
from data_access.repositories import work_orders as orders
from data_access.repositories.work_orders import Source, StoredOrder
from domain.outbox import Channel
from domain.scope import Actor, Role
from domain.work_orders import OrderKind, Proof, Step
from services import followers, notifications, work_orders
from services.senders import NotSent
from tests.integration.notices.conftest import AT, House, Post

NUMBER = "13800002046"
NIGHT = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # 00:30 in Shanghai
MORNING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)


def ring(house: House, order: StoredOrder, *, phone: str = NUMBER, at: datetime = AT, reporter: str = "周女士") -> int:
    """Somebody rings up about an order; the number of her report."""
    call = Source(channel="passive", source="110", at=at, reporter=reporter, phone=phone, words="电梯停了")
    with house.store.transaction() as tx:
        orders.add_source(tx, order.id, call)
        followers.reported(tx, [order], at=at)
        return int(tx.connection.exec_driver_sql("SELECT max(id) FROM incident_sources").scalar_one())


def step(house: House, order: StoredOrder, step: Step, *, at: datetime = AT, **changes: Any) -> StoredOrder:
    """A step past the law, which is not what is tried here."""
    with house.store.transaction() as tx:
        before = orders.locked(tx, order.id)
        assert before is not None
        event = orders.Event(action=step.value, from_status=before.status, to_status=before.status, hand="system", at=at)
        after = orders.move(tx, before, event, changes)
        followers.moved(tx, before, after, step, Proof(), at=at)
        return after


def told(house: House, source: int) -> list[str]:
    """What was queued for whoever made a report, in its order."""
    return [template for recipient, template, *_ in house.messages() if recipient == f"reporter:{source}"]


def test_a_call_is_answered_with_its_receipt_number_by_the_number_that_was_left(house: House) -> None:
    order = house.order(kind=OrderKind.RESCUE)
    source = ring(house, order, phone="+86 138 0000 2046")

    house.send()

    [letter] = [each for each in house.post.letters if each.key == f"{order.number}:reporter:{source}:received"]
    assert (letter.address, order.number in letter.text) == (NUMBER, True)


def test_what_is_told_twice_is_told_once_and_each_caller_hears_of_his_own_call(house: House) -> None:
    order = house.order(kind=OrderKind.RESCUE)
    first = ring(house, order)
    second = ring(house, order, phone="13900002047")
    with house.store.transaction() as tx:
        followers.reported(tx, [order], at=AT + timedelta(minutes=1))

    assert (told(house, first), told(house, second)) == (["reporter_received"], ["reporter_received"])


def test_the_way_of_a_rescue_as_its_caller_hears_it(house: House) -> None:
    order = house.order(kind=OrderKind.RESCUE)
    source = ring(house, order)

    for taken in (Step.ACCEPT, Step.SIGN_IN, Step.COMPLETE, Step.CONFIRM):
        step(house, order, taken)

    assert told(house, source) == ["reporter_received", "reporter_under_way", "reporter_completed", "reporter_confirmed"]


def test_what_was_merged_into_an_order_is_told_of_its_end(house: House) -> None:
    master, double = house.order(kind=OrderKind.RESCUE), house.order(kind=OrderKind.REPAIR)
    source = ring(house, double)
    step(house, double, Step.MERGE, master_id=master.id)

    step(house, master, Step.COMPLETE)

    assert told(house, source) == ["reporter_received", "reporter_completed"]


def test_who_reported_what_was_merged_keeps_the_number_he_has_when_another_rings_up(house: House) -> None:
    master, double = house.order(kind=OrderKind.RESCUE), house.order(kind=OrderKind.REPAIR)
    merged = ring(house, double)
    step(house, double, Step.MERGE, master_id=master.id)

    another = ring(house, master, phone="13900002047")

    assert (told(house, merged), told(house, another)) == (["reporter_received"], ["reporter_received"])


def test_that_help_is_on_its_way_is_said_once_however_often_it_is_accepted(house: House) -> None:
    order = house.order(kind=OrderKind.RESCUE)
    source = ring(house, order)

    for taken in (Step.ACCEPT, Step.RETURN, Step.ACCEPT):
        step(house, order, taken)

    assert told(house, source) == ["reporter_received", "reporter_under_way"]


@pytest.mark.parametrize("phone", ["021-55501234", "", "110"])
def test_who_left_no_mobile_is_sent_nothing(house: House, phone: str) -> None:
    source = ring(house, house.order(kind=OrderKind.RESCUE), phone=phone)

    assert told(house, source) == []


def test_what_may_wait_waits_until_morning_and_is_no_digest(house: House) -> None:
    order = house.order(kind=OrderKind.REPAIR, level="minor_fault", urgent=False, at=NIGHT)
    source = ring(house, order, at=NIGHT)
    for taken in (Step.COMPLETE, Step.REDO, Step.COMPLETE, Step.CONFIRM):
        step(house, order, taken, at=NIGHT)

    house.send(NIGHT, urgent=False)
    assert [letter for letter in house.post.letters if ":reporter:" in letter.key] == []
    house.send(MORNING, urgent=False)

    texts = [letter.text for letter in house.post.letters if f":reporter:{source}:" in letter.key]
    assert len(texts) == 3
    assert all(order.number in text for text in texts)


def test_a_drill_tells_nobody_outside(house: House) -> None:
    order = house.order(kind=OrderKind.RESCUE, drill=True)
    source = ring(house, order)
    step(house, order, Step.COMPLETE)

    house.send()
    house.send(urgent=False)

    assert told(house, source) == ["reporter_received", "reporter_completed"]
    assert [letter for letter in house.post.letters if ":reporter:" in letter.key] == []
    with house.store.reading() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM rating_links").scalar_one() == 0


def test_the_link_leaves_in_the_message_and_stays_nowhere(house: House) -> None:
    order = house.order(kind=OrderKind.REPAIR, level="minor_fault", urgent=False)
    source = ring(house, order)
    step(house, order, Step.COMPLETE)

    notifications.sweep(house.store, house.senders, urgent=False, at=AT, clock=lambda: AT, public_url="https://putuo.example/")

    [letter] = [each for each in house.post.letters if each.key.startswith(f"{order.number}:reporter:{source}:told")]
    [token] = re.findall(r"https://putuo\.example/rate/([\w-]{43})", letter.text)
    with house.store.reading() as tx:
        run = tx.connection.exec_driver_sql
        links = [tuple(row) for row in run("SELECT digest, source_id, expires_at FROM rating_links")]
        assert links == [(sha256(token.encode()).hexdigest(), source, AT + timedelta(days=30))]
        assert run("SELECT count(*) FROM notification_messages WHERE said LIKE '%%' || %s || '%%'", (token,)).scalar_one() == 0
        assert run("SELECT count(*) FROM notification_messages WHERE said LIKE '%%【评价链接】%%'").scalar_one() == 1


def test_an_attempt_that_failed_is_repeated_with_a_link_that_works_and_no_other_stops(house: House) -> None:
    order = house.order(kind=OrderKind.REPAIR, level="minor_fault", urgent=False)
    ring(house, order)
    step(house, order, Step.COMPLETE)
    house.post.down = NotSent("timeout")
    house.send(urgent=False)
    house.post.down = None

    house.send(AT + timedelta(minutes=1), urgent=False)

    [letter] = [each for each in house.post.letters if ":told:" in each.key]
    with house.store.reading() as tx:
        digests = set(tx.connection.exec_driver_sql("SELECT digest FROM rating_links").scalars())
    [token] = re.findall(r"/rate/([\w-]{43})", letter.text)
    assert len(digests) == 2
    assert sha256(token.encode()).hexdigest() in digests


@pytest.mark.parametrize("address", ["", "/"])
def test_without_an_address_nobody_is_asked_to_rate(house: House, address: str) -> None:
    order = house.order(kind=OrderKind.REPAIR, level="minor_fault", urgent=False)
    source = ring(house, order)
    step(house, order, Step.COMPLETE)
    with house.store.reading() as tx:
        before = tx.connection.exec_driver_sql("SELECT count(*) FROM rating_links").scalar_one()

    notifications.sweep(house.store, house.senders, urgent=False, at=AT, clock=lambda: AT, public_url=address)

    [letter] = [each for each in house.post.letters if each.key.startswith(f"{order.number}:reporter:{source}:told")]
    assert letter.text.endswith(f"受理号{order.number}。")
    with house.store.reading() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM rating_links").scalar_one() == before


def test_in_a_demonstration_no_real_number_leaves(house: House) -> None:
    source = ring(house, house.order(kind=OrderKind.RESCUE))
    post = Post()

    notifications.sweep(house.store, {Channel.CONSOLE: post}, urgent=True, at=AT, clock=lambda: AT)

    assert f"reporter:{source}" in {letter.address for letter in post.letters}
    assert not any(NUMBER in str(letter) for letter in post.letters)


def test_lists_show_the_ends_of_a_number(house: House, actor: Callable[..., Actor]) -> None:
    order = house.order(kind=OrderKind.RESCUE)
    source = ring(house, order)
    centre = actor("centre", Role.OPERATIONS_CENTRE).scope

    with house.store.reading() as tx:
        rows = listed.page(centre, tx, wanted=listed.NoticeFilter(), limit=50)
        beside = order_details.told(centre, tx, order_id=order.id)

    assert [row.name for row in rows if row.recipient == f"reporter:{source}"] == ["周** 138****2046"]
    assert [row.name for row in beside if row.recipient == f"reporter:{source}"] == ["周** 138****2046"]
    assert not any(NUMBER in str(row) for row in [*rows, *beside])


def test_the_opening_of_an_order_tells_whoever_rang_up(house: House) -> None:
    with house.store.transaction() as tx:
        machine = tx.connection.exec_driver_sql("SELECT min(id) FROM equipment").scalar_one()
        opening = orders.Opening(
            kind=OrderKind.FEEDBACK.value, status="received", cause="complaint", cause_key="feedback:1", equipment_id=machine,
            opened_at=AT, occurred_at=AT,
        )  # fmt: skip
        call = Source(channel="passive", source="12345", at=AT, reporter="周女士", phone=NUMBER, words="抖动")
        order, _ = work_orders.open_(tx, opening, call)
        work_orders.open_(tx, opening, replace(call, phone="13900002047"))

    assert [template for recipient, template, *_ in house.messages(order) if recipient.startswith("reporter:")] == ["reporter_received"] * 2


def test_an_alarm_is_one_report_of_an_order_however_often_it_is_told(house: House) -> None:
    order = house.order(kind=OrderKind.REPAIR, level="minor_fault", urgent=False)
    with house.store.transaction() as tx:
        alarm = tx.connection.exec_driver_sql("SELECT min(id) FROM alarms").scalar_one()
        said = Source(channel="automatic", source="iot", at=AT, alarm_id=alarm)

        assert [orders.add_source(tx, order.id, said) for _ in range(2)] == [True, False]
