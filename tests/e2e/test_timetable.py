"""From alarm to closed case as a timetable, second by second, on an injected clock: one rescue by its owners, one that all ignore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import create_app
from data_access.engine import connect
from data_access.repositories import rosters
from services.reconciliation import reconcile
from settings import Settings
from tests.e2e.running_house import COARSE_S, TICK_S, TRAPPED, Clock, House
from tests.order_law import MAINTAINER, USER
from tests.order_town import AT, CODES, LIFT, PLACE, settle

BOTH = {f"unit:{USER}", f"unit:{MAINTAINER}"}
MINUTE_S = 60


@pytest.fixture
def house(fresh_database: Callable[[], str], redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The town at 14:30 on a Friday, with two teams of the maintenance unit on duty."""
    url, clock = fresh_database(), Clock(AT)
    monkeypatch.setattr("web.clock.datetime", clock)
    store = connect(url, name="tests")
    town = settle(store)
    _second_team(town.store)
    yield House(town, create_app(Settings.model_validate({"DATABASE_URL": url, "REDIS_URL": redis_url})), clock)
    store.close()


def _second_team(store) -> None:
    with store.transaction() as tx:
        (team,) = rosters.add_teams(tx, [{"organization_id": MAINTAINER, "name": "江宁二班", "lng": 121.41, "lat": 31.24, "capacity": 2}])
        shift = {"starts_at": AT - timedelta(hours=1), "ends_at": AT + timedelta(hours=8)}
        rosters.add_shifts(tx, [{"post": "team", "team_id": team, "name": "周立", "phone": "", **shift}])


def trapped(house: House) -> Any:
    """The rescue's order, once there is one."""
    house.says(LIFT)
    house.until(30)
    house.says(LIFT, **TRAPPED)
    house.until(30 + TICK_S)  # the doors are closed and somebody is inside
    house.start()
    house.until(55)
    assert house.orders("entrapment") == []
    house.until(70)
    (order,) = house.orders("entrapment")
    return order


def state_of(house: House, order_id: int, kind: str) -> list[datetime | None]:
    """When the clock was due, met and breached, of the newest of its kind."""
    found = house.town.sql("SELECT * FROM deadlines WHERE work_order_id = %s AND kind = %s ORDER BY turn DESC LIMIT 1", order_id, kind)
    return [found[0].due_at, found[0].met_at, found[0].breached_at]


def test_a_rescue_by_its_owners(house: House):
    order = trapped(house)

    assert (order.kind, order.level, order.status) == ("rescue", "entrapment", "created")
    assert {who for who, _ in house.told(order.id)} >= BOTH
    assert max(second for (who, _), second in house.told(order.id).items() if who in BOTH) <= 70
    assert state_of(house, order.id, "rescue")[0] == order.opened_at + timedelta(minutes=30)

    house.until(2 * MINUTE_S, every=COARSE_S)
    assert house.acts("maintenance_unit", order.id, "accept")["ok"]
    house.until(14 * MINUTE_S, every=COARSE_S)
    assert not house.acts("maintenance_unit", order.id, "sign_in", scan=CODES[LIFT])["ok"]
    assert not house.acts("maintenance_unit", order.id, "sign_in", scan=CODES[LIFT], position=[121.5, 31.3])["ok"]
    assert house.acts("maintenance_unit", order.id, "sign_in", scan=CODES[LIFT], position=list(PLACE))["ok"]
    house.until(21 * MINUTE_S, every=COARSE_S)
    house.says(LIFT, Door_Status=1, Door_Close_Status=False)
    house.until(22 * MINUTE_S, every=COARSE_S)
    assert house.town.order(order.id).status == "on_site", "an alarm that clears closes no rescue"
    assert house.acts("maintenance_unit", order.id, "complete", note="乘客已安全离开，电梯停用待查")["ok"]
    assert not house.acts("maintenance_unit", order.id, "confirm")["ok"]
    house.until(25 * MINUTE_S, every=COARSE_S)
    assert house.acts("use_unit", order.id, "confirm")["ok"]
    assert house.acts("use_unit", order.id, "rate", rating=5)["ok"]
    house.until(40 * MINUTE_S, every=COARSE_S)

    done = house.town.order(order.id)
    assert (done.status, done.rating, done.closed_at) == ("confirmed", 5, house.begin + timedelta(minutes=25))
    steps = [(event.action, event.hand, (event.at - house.begin).total_seconds()) for event in house.town.log(order.id)]
    assert [step for step in steps if step[1] != "system"] == [
        ("accept", "maintenance_unit", 120.0),
        ("sign_in", "maintenance_unit", 840.0),
        ("complete", "maintenance_unit", 1320.0),
        ("confirm", "use_unit", 1500.0),
        ("rate", "use_unit", 1500.0),
    ]
    _, met, breached = state_of(house, order.id, "rescue")
    assert met == house.begin + timedelta(minutes=22)
    assert breached is None
    assert house.orders("rescue_overdue") == []
    assert {minutes for _, minutes in house.told(order.id) if minutes.startswith("warning")} == {"warning 15", "warning 20"}
    assert whole(house) == {}


def test_a_rescue_that_all_ignore(house: House):
    order = trapped(house)
    opened = (order.opened_at - house.begin).total_seconds()

    house.until(opened + 25 * MINUTE_S, every=COARSE_S)
    warned = {(who, word): second for (who, word), second in house.told(order.id).items() if word.startswith("warning")}
    assert set(warned) == {(who, f"warning {minutes}") for who in ("role:operations_centre", *BOTH) for minutes in (15, 20, 25)}
    for unit in BOTH:
        moments = [second - opened for (who, _), second in warned.items() if who == unit]
        assert [wanted <= moment < wanted + COARSE_S for moment, wanted in zip(moments, (900, 1200, 1500), strict=True)] == [True] * 3
    assert house.orders("rescue_overdue") == []

    house.until(opened + 30 * MINUTE_S, every=COARSE_S)
    (late,) = house.orders("rescue_overdue")
    assert (late.kind, late.status, late.equipment_id, late.opened_at) == (
        "supervision",
        "received",
        LIFT,
        order.opened_at + timedelta(minutes=30),
    )
    assert late.unit_id == MAINTAINER, "whoever maintains it answers for a rescue that nobody came to"
    assert {who for who, word in house.told(order.id) if word == "breach 30"} >= BOTH
    assert ("role:bureau", "supervision") in house.told(late.id)
    assert house.acts("bureau", late.id, "verify", note="属实，维保单位两个班组均未应答")["ok"]

    house.until(opened + 119 * MINUTE_S, every=COARSE_S)
    before = house.town.order(order.id)
    assert (before.level, before.reason) == ("emergency", "trapped_long")
    assert "accident_candidate" not in before.detail
    house.until(opened + 120 * MINUTE_S, every=COARSE_S)
    candidate = house.town.order(order.id)
    assert candidate.detail["accident_candidate"] is True
    assert candidate.closed_at is None, "only people call it an accident"
    candidates = {who for who, word in house.told(order.id) if word.startswith("accident_candidate")}
    assert candidates >= {"role:operations_centre", "role:bureau", *BOTH}

    sent_back = [event.reason for event in house.town.log(order.id) if event.action == "return"]
    assert sent_back == ["no_answer", "no_answer"]
    assert candidate.bounced == 2
    assert len(house.orders("rescue_overdue")) == 1
    assert house.acts("emergency", order.id, "accident", note="乘客滞留两小时，按一般事故报告")["ok"]
    house.until(opened + 121 * MINUTE_S, every=COARSE_S)
    assert house.town.order(order.id).status == "accident"
    owed = house.town.sql("SELECT met_at FROM deadlines WHERE work_order_id = %s AND kind <> 'notify'", order.id)
    assert {row.met_at for row in owed} == {None}, "what nobody did was not done in time by ending it"
    assert whole(house) == {}


def whole(house: House) -> dict[str, list[str]]:
    """What is lost, doubled or half-written."""
    return reconcile(house.town.store, alarms_since=AT, at=house.begin + timedelta(seconds=house.seconds)).wrong
