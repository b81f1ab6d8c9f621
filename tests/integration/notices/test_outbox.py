"""The outbox on a real database: who is told, in which order, how often, and what survives a crash."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from data_access.queries import readiness
from data_access.queries.readiness import NoticeMark
from data_access.repositories import work_orders as orders
from data_access.repositories.work_orders import Source
from domain.errors import NotPermitted
from domain.notices import Notice
from domain.outbox import LEASE, TRIES, Channel
from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import OrderKind, Proof, Step
from services import notices, notifications, work_orders
from services.senders import NotSent
from tests.integration.notices.conftest import AT, MAINTAINER, TEAM, USE_UNIT
from tests.integration.web import town

SECOND = timedelta(seconds=1)
NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
MORNING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)  # 07:00 of the next day
UNIT, SENT_UNIT = f"unit:{USE_UNIT}", f"unit:{MAINTAINER}"


def dispatched(house, order, at=AT):
    with house.store.transaction() as tx:
        return work_orders.advance_by_system(tx, orders.locked(tx, order.id), Step.DISPATCH, Proof(unit=MAINTAINER), at=at)


def told(house, order, *recipients, urgent=True, occasion="test", at=AT, template="closed"):
    with house.store.transaction() as tx:
        notices.tell(tx, order, [Notice(template, each, urgent) for each in recipients], occasion=occasion, at=at)


def test_an_entrapment_tells_the_use_unit_and_the_maintenance_unit_that_is_sent(house):
    order = house.order()
    dispatched(house, order)

    house.send()

    assert {(letter.address, letter.urgent) for letter in house.post.letters} == {(UNIT, True), (SENT_UNIT, True)}
    [to_use_unit] = [letter.text for letter in house.post.letters if letter.address == UNIT]
    assert to_use_unit.startswith("【普陀特种设备】困人：")
    assert town.IN_CHANGFENG.name in to_use_unit
    assert order.number in to_use_unit


def test_who_is_sent_at_night_hears_of_a_minor_fault_before_he_is_late(house):
    order = house.order(kind=OrderKind.REPAIR, level="minor_fault", urgent=False, at=NIGHT)
    dispatched(house, order, at=NIGHT)

    house.send(NIGHT)

    assert [letter.address for letter in house.post.letters] == [SENT_UNIT]


def test_one_row_an_order_and_recipient_however_many_messages(house):
    order = house.order()
    told(house, order, UNIT, occasion="a")
    told(house, order, UNIT, occasion="b")

    with house.store.reading() as tx:
        rows = tx.connection.exec_driver_sql("SELECT recipient, channel, status FROM notifications").all()

    assert [tuple(row) for row in rows] == [(UNIT, "console", "queued")]
    assert len(house.messages(order)) == 3


def test_the_same_occasion_is_told_once(house):
    order = house.order()
    for _ in range(3):
        told(house, order, UNIT, "role:bureau", occasion="warning:rescue:1")

    assert sorted(row[0] for row in house.messages(order) if row[1] == "closed") == ["role:bureau", UNIT]


def test_nothing_is_told_of_what_was_not_committed(house):
    with suppress(RuntimeError), house.store.transaction() as tx:
        house.order_in(tx)
        raise RuntimeError

    assert house.messages() == []


def test_what_a_machine_repeats_is_no_news_and_what_a_person_reports_is(house):
    order = house.order()
    with house.store.transaction() as tx:
        notices.repeated(tx, order, Source(channel="automatic", source="iot", alarm_id=1, at=AT), at=AT)
        notices.repeated(tx, order, Source(channel="passive", source="110", words="老人被困", at=AT), at=AT)

    assert ("role:operations_centre", "repeated", True, "queued", 0, None) in house.messages(order)
    assert sum(row[1] == "repeated" for row in house.messages(order)) == 1
    house.send()
    assert any("老人被困。" in letter.text for letter in house.post.letters)


def test_a_crash_between_taking_and_settling_repeats_the_message_with_its_key_and_words(house):
    class Crash(BaseException):
        pass

    class Dying:
        def send(self, letter):
            house.post.send(letter)
            raise Crash

    house.order()
    with pytest.raises(Crash):
        notifications.sweep(house.store, {Channel.CONSOLE: Dying()}, urgent=True, at=AT, clock=lambda: AT)

    assert house.send(AT + LEASE / 2) == 0
    assert house.send(AT + LEASE + SECOND) == 1

    first, second = house.post.letters
    assert first == second
    assert [row[3] for row in house.messages()] == ["sent"]


def test_a_channel_that_fails_is_tried_again_later_each_time_and_then_the_letter_is_dead(house):
    house.order()
    house.post.down = NotSent("HTTP 503")
    at, pauses = AT, []
    while house.send(at):
        with house.store.reading() as tx:
            next_at, status = tx.connection.exec_driver_sql("SELECT next_at, status FROM notification_messages").one()
        if status == "dead":
            break
        pauses.append((next_at - at).total_seconds())
        assert house.send(next_at - SECOND) == 0
        at = next_at

    assert pauses == [5, 10, 20, 40, 80, 120, 120]
    assert house.messages()[0][3:] == ("dead", TRIES.default, "HTTP 503")


def test_the_next_address_is_tried_where_the_first_fails(house):
    with house.store.transaction() as tx:
        tx.connection.exec_driver_sql(
            "INSERT INTO notification_addresses (recipient, channel, address, rank) "
            "SELECT %s, 'sms', '1380000000' || n, n FROM generate_series(1, 2) n",
            (UNIT,),
        )
    house.order()
    house.post.down = NotSent("HTTP 500")
    house.send(AT)
    house.post.down = None

    house.send(AT + 10 * SECOND)

    assert [letter.address for letter in house.post.letters] == ["13800000002"]


def test_what_nobody_can_be_reached_by_is_a_dead_letter_at_once(house):
    house.order()

    notifications.sweep(house.store, {}, urgent=True, at=AT, clock=lambda: AT)

    assert house.messages()[0][3:] == ("dead", 1, "no_address")


def test_a_dead_letter_is_sent_again_when_somebody_asks(house, actor):
    house.order()
    house.post.down = NotSent("unknown number", for_good=True)
    house.send()
    house.post.down = None
    with pytest.raises(NotPermitted):
        notifications.retry(actor("changfeng", Role.STREET, (town.CHANGFENG,)), house.store, None, at=AT)

    assert notifications.retry(actor("centre", Role.OPERATIONS_CENTRE), house.store, None, at=AT) == 1
    house.send(AT + SECOND)

    assert [row[3] for row in house.messages()] == ["sent"]
    assert len(house.post.letters) == 1


def test_a_gateway_says_later_what_became_of_it(house):
    house.order()
    house.send()
    [letter] = house.post.letters

    assert notifications.receive(house.store, letter.key, delivered=True, at=AT + SECOND)
    assert house.messages()[0][3] == "delivered"
    assert notifications.receive(house.store, letter.key, delivered=False, at=AT + SECOND)
    assert house.messages()[0][3:] == ("dead", 1, "not_delivered")
    assert not notifications.receive(house.store, "nobody's", delivered=True, at=AT)


def test_what_may_wait_waits_until_morning_and_an_entrapment_does_not(house):
    order = house.order(at=NIGHT)
    told(house, order, UNIT, "role:operations_centre", urgent=False, at=NIGHT)

    assert house.send(NIGHT) == 1
    assert house.send(NIGHT, urgent=False) == 1
    assert [letter.address for letter in house.post.letters] == [UNIT, "role:operations_centre"]  # the centre is awake
    assert house.send(MORNING - SECOND, urgent=False) == 0
    assert house.send(MORNING, urgent=False) == 1


def test_a_storm_is_one_message_with_the_trapped_first(house):
    with house.store.transaction() as tx:
        for number in range(300):
            house.order_in(tx, town.IN_GANQUAN.code, kind=OrderKind.REPAIR, level="minor_fault", cause="power_cut", reason="grave")
            if number == 200:
                house.order_in(tx, town.IN_CHANGFENG.code)

    sent = sum(house.send(AT + n * SECOND) for n in range(4))

    assert sent == len(house.post.letters) == 2  # one to the use unit of all, one to the bureau
    [to_unit] = [letter.text for letter in house.post.letters if letter.address == UNIT]
    assert "301条通知：故障维修 300、困人救援 1" in to_unit
    assert f"最急：{town.IN_CHANGFENG.name}" in to_unit
    assert sum(row[3] == "collapsed" for row in house.messages()) == 299 + 300


def test_the_second_wave_of_a_storm_waits_for_the_gap(house):
    order = house.order()
    for n in range(3):
        told(house, order, UNIT, occasion=f"first:{n}")
    house.send(AT)
    told(house, order, UNIT, occasion="second:0")
    told(house, order, UNIT, occasion="second:1")

    assert house.send(AT + 2 * SECOND) == 0
    assert house.send(AT + 3 * SECOND) == 1
    assert len(house.post.letters) == 2


def test_a_drill_says_nothing_to_outsiders_and_marks_what_it_says_inside(house):
    order = house.order(drill=True, level="emergency")
    dispatched(house, order)
    with house.store.transaction() as tx:
        work_orders.advance_by_system(tx, orders.locked(tx, order.id), Step.NOTE, Proof(note="演练"), at=AT)

    house.send()

    assert {letter.address for letter in house.post.letters} == {"role:operations_centre", "role:bureau"}
    assert all("【演练】" in letter.text for letter in house.post.letters)
    assert {row[0] for row in house.messages(order) if row[3] == "sent"} >= {UNIT, SENT_UNIT, "role:fire", f"street:{town.CHANGFENG}"}


def test_raising_the_level_tells_the_whole_district_plan(house):
    order = house.order()
    with house.store.transaction() as tx:
        raised = Proof(level=ResponseLevel.EMERGENCY, reason="trapped_long")
        work_orders.advance_by_system(tx, orders.locked(tx, order.id), Step.ESCALATE, raised, at=AT)

    to = {row[0] for row in house.messages(order) if row[1] == "escalated"}

    assert to == {UNIT, "role:operations_centre", "role:bureau", "role:emergency", "role:fire", "role:housing", f"street:{town.CHANGFENG}"}


def test_two_processes_do_not_send_the_same_message(house):
    class Meanwhile:
        def send(self, letter):
            assert house.send(AT) == 0  # the other process, while this one sends
            return house.post.send(letter)

    house.order()
    notifications.sweep(house.store, {Channel.CONSOLE: Meanwhile()}, urgent=True, at=AT, clock=lambda: AT)

    assert len(house.post.letters) == 1


def test_a_probe_sees_what_waits_and_what_is_dead(house):
    order = house.order()
    told(house, order, "role:bureau", urgent=False)

    with house.store.reading() as tx:
        standing = readiness.notices(tx, at=AT + 40 * SECOND)
    notifications.sweep(house.store, {}, urgent=True, at=AT, clock=lambda: AT)
    with house.store.reading() as tx:
        after = readiness.notices(tx, at=AT - SECOND)

    assert standing == NoticeMark(2, 0, 40.0, 40.0)
    assert after == NoticeMark(1, 1, 0.0, 0.0)


def test_a_clock_that_was_two_hours_ahead_holds_nothing_up(house):
    jumped = AT + timedelta(hours=2)
    house.post.down = NotSent("HTTP 503")
    for order in (house.order(), house.order(), house.order(), house.order()):
        told(house, order, UNIT, occasion="again")
    house.send(jumped)  # by the wrong clock: one was tried and put off
    house.post.down = None
    told(house, house.order(), SENT_UNIT, occasion="sent")
    house.send(jumped + SECOND)  # and one has left

    told(house, house.order(), SENT_UNIT, occasion="afterwards")
    house.send(AT + SECOND)

    assert sorted(row[3] for row in house.messages() if row[3] != "collapsed") == ["sent"] * len(house.post.letters)
    assert {letter.address for letter in house.post.letters} == {UNIT, SENT_UNIT}


def test_all_dead_letters_are_counted_and_sent_again(house, actor):
    order = house.order()
    told(house, order, UNIT, occasion="second")
    house.post.down = NotSent("unknown number", for_good=True)
    house.send()

    assert notifications.retry(actor("bureau", Role.BUREAU), house.store, None, at=AT) == 2


PHONE, TEAM_PHONE = "13800002031", "021-52000031"


@pytest.mark.parametrize(
    ("shift", "own", "expected"),
    [(PHONE, TEAM_PHONE, [PHONE]), ("", TEAM_PHONE, ["02152000031"]), ("", "", [])],
    ids=["the shift's", "else the team's", "none: its unit alone hears"],
)
def test_a_team_that_is_sent_hears_by_its_telephone(house, team, shift, own, expected):
    team(shift, own)
    order = house.order(at=NIGHT)
    with house.store.transaction() as tx:
        proof = Proof(unit=MAINTAINER, team=TEAM, reason="nearest")
        work_orders.advance_by_system(tx, orders.locked(tx, order.id), Step.DISPATCH, proof, at=NIGHT)

    house.send(NIGHT)

    assert [letter.address for letter in house.post.letters if letter.address not in (UNIT, SENT_UNIT)] == expected
    assert SENT_UNIT in {letter.address for letter in house.post.letters}


def test_a_drill_rings_no_teams_telephone(house, team):
    team(PHONE, TEAM_PHONE)
    order = house.order(drill=True)
    with house.store.transaction() as tx:
        work_orders.advance_by_system(tx, orders.locked(tx, order.id), Step.DISPATCH, Proof(unit=MAINTAINER, team=TEAM), at=AT)

    house.send()

    assert PHONE not in {letter.address for letter in house.post.letters}
