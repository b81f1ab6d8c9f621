"""The list of publicity: sites of repeated uncivil behaviour, week by week, and what was done there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from data_access.engine import connect
from data_access.queries import publicity as queries
from data_access.repositories import alarms
from data_access.repositories.alarms import Raised
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import Role
from services import publicity
from tests.order_law import OTHER_USER
from tests.order_town import AT, LIFT, SECOND_LIFT, Town, settle

MONDAY = datetime(2026, 11, 15, 16, tzinfo=UTC)  # midnight in Shanghai; AT is that week's Friday


@pytest.fixture
def town(fresh_database: Callable[[], str]) -> Iterator[Town]:
    """A town of this test's own, whose two lifts stand at one site."""
    store = connect(fresh_database(), name="tests")
    made = settle(store)
    made.sql(
        "INSERT INTO sites (id, name, pinyin, search_key, street_code, place_kind, address) "
        "SELECT 1, '听涛苑', '', '', street_code, 'residential', '石泉路 1 号' FROM equipment WHERE id = %s",
        LIFT,
    )
    made.sql("UPDATE equipment SET site_id = 1 WHERE id IN (%s, %s)", LIFT, SECOND_LIFT)
    yield made
    store.close()


def happen(town: Town, times: int, *, lift: int = LIFT, family: str = "door_pried", at: datetime = AT, verdict: str | None = None) -> None:
    """So many occurrences of a behaviour that is over."""
    category = "dangerous_behavior" if family == "ebike_in_car" else "uncivil_behavior"
    said: dict[str, Any] = {
        "rule": family,
        "category": category,
        "level": "minor_fault",
        "urgent": False,
        "reason": "minor",
        "source": "event",
    }
    with town.store.transaction() as tx:
        [alarm] = alarms.raise_(tx, [Raised(equipment_id=lift, family=family, raised_at=at, detected_at=at, occurrences=times, **said)])
        alarms.clear(tx, [(lift, family, at + timedelta(seconds=30))])
    town.sql("UPDATE alarms SET verdict = %s WHERE id = %s", verdict, alarm.id)


def listed(town: Town, who: Role | int = Role.BUREAU, *, open_only: bool = False) -> list[queries.PublicityRow]:
    """The list as somebody sees it."""
    with town.store.reading() as tx:
        return queries.listed(town.actors[who].scope, tx, days=30, open_only=open_only)


@pytest.mark.parametrize(("times", "counts"), [(4, []), (5, [5])])
def test_a_site_is_listed_once_a_behaviour_occurs_often_in_a_week(town: Town, times: int, counts: list[int]) -> None:
    happen(town, times)

    publicity.gather(town.store, AT)

    assert [row.count for row in listed(town)] == counts


def test_a_site_has_one_entry_a_behaviour_and_week_which_grows(town: Town) -> None:
    happen(town, 3)
    happen(town, 2, lift=SECOND_LIFT, at=AT + timedelta(hours=1))
    first = [publicity.gather(town.store, AT) for _ in range(2)]
    happen(town, 4, at=AT + timedelta(hours=1, minutes=5))

    second = publicity.gather(town.store, AT + timedelta(hours=2))

    assert (first, second) == ([1, 0], 1)
    [row] = listed(town)
    assert (row.site, row.behaviour, row.count, row.lifts, row.hour, row.use_unit) == ("听涛苑", "door_pried", 9, 2, 15, "听涛物业")
    assert orjson.dumps(row)
    assert (row.since, row.until) == (MONDAY, MONDAY + timedelta(weeks=1))


@pytest.mark.parametrize("at", [MONDAY, MONDAY - timedelta(seconds=1), MONDAY - timedelta(weeks=1)], ids=str)
def test_weeks_begin_on_monday_in_shanghai_and_the_last_one_is_still_counted(town: Town, at: datetime) -> None:
    happen(town, 5, at=at)

    publicity.gather(town.store, AT)

    [row] = listed(town)
    assert row.since <= at < row.until


def test_what_is_older_than_last_week_what_was_false_and_what_is_dangerous_is_not_listed(town: Town) -> None:
    happen(town, 50, at=MONDAY - timedelta(weeks=1, seconds=1))
    happen(town, 50, family="jumping", verdict="false")
    happen(town, 50, family="door_blocked_by_person", verdict="drill")
    happen(town, 50, family="ebike_in_car")

    publicity.gather(town.store, AT)

    assert listed(town) == []


def test_who_did_what_is_written_down_once_and_audited(town: Town) -> None:
    happen(town, 5)
    publicity.gather(town.store, AT)
    [row] = listed(town)

    publicity.done(town.actors[Role.USE_UNIT], town.store, row.id, note="张贴提示，微信群提醒", at=AT)

    [after] = listed(town)
    assert (after.done_by, after.note, after.done_at) == (town.actors[Role.USE_UNIT].name, "张贴提示，微信群提醒", AT)
    assert listed(town, open_only=True) == []
    assert town.sql("SELECT count(*) FROM audit_log WHERE object = %s", f"publicity:{row.id}") == [(1,)]
    with pytest.raises(Conflict):
        publicity.done(town.actors[Role.STREET], town.store, row.id, note="入户宣传", at=AT)


@pytest.mark.parametrize(
    ("who", "note", "refusal"),
    [
        pytest.param(Role.USE_UNIT, " ", Invalid, id="without saying what"),
        pytest.param(Role.MAINTENANCE_UNIT, "张贴提示", NotPermitted, id="not their matter"),
        pytest.param(OTHER_USER, "张贴提示", NotFound, id="another unit's site"),
    ],
)
def test_publicity_that_does_not_count_is_refused(town: Town, who: Role | int, note: str, refusal: type[Exception]) -> None:
    happen(town, 5)
    publicity.gather(town.store, AT)
    [row] = listed(town)

    with pytest.raises(refusal):
        publicity.done(town.actors[who], town.store, row.id, note=note, at=AT)

    assert listed(town, open_only=True) == [row]
    assert listed(town, OTHER_USER) == []


def heard(town: Town, at: datetime) -> None:
    """A lift of the site spoke on that day."""
    town.sql("INSERT INTO reading_rollups (since, equipment_id, n, span, data) VALUES (%s, %s, 1, 'day', '')", at, LIFT)


def test_a_campaign_shows_what_happened_on_either_side_of_it(town: Town) -> None:
    day = timedelta(days=1)
    happen(town, 5)
    publicity.gather(town.store, AT)
    [row] = listed(town)
    publicity.done(town.actors[Role.USE_UNIT], town.store, row.id, note="张贴提示", at=AT + day)
    for times, at in ((7, AT - 28 * day), (1000, AT - 30 * day), (2, AT + 2 * day), (1000, AT + 32 * day)):
        happen(town, times, at=at)
    happen(town, 9, family="jumping", at=AT + 2 * day)
    happen(town, 9, verdict="false", at=AT + 3 * day)

    [first] = listed(town)

    assert (first.before, first.after, first.monitored, first.known_before) == (12, 2, 2, False)
    heard(town, AT - 31 * day)
    assert [row.known_before for row in listed(town)] == [True]


def test_what_happens_in_other_units_lifts_is_not_counted_for_a_unit(town: Town) -> None:
    town.sql("UPDATE equipment SET use_unit_id = %s WHERE id = %s", OTHER_USER, SECOND_LIFT)
    happen(town, 6)
    publicity.gather(town.store, AT)
    [everything] = listed(town)

    assert listed(town, OTHER_USER) == []
    with pytest.raises(NotFound):
        publicity.done(town.actors[OTHER_USER], town.store, everything.id, note="张贴提示", at=AT)
    happen(town, 1, lift=SECOND_LIFT)
    [own] = listed(town, OTHER_USER)
    assert (own.count, own.lifts, own.monitored) == (1, 1, 1)
