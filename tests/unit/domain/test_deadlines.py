"""The legal clocks: when each ends, which step does what to which, when it warns, and what is said of it."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from domain.calendar import Calendar, DayBasis, reckon, working_days_between
from domain.deadline_notices import BREACHED, WARNED
from domain.deadlines import (
    CLOCKS,
    OPENING,
    RAISED,
    RAISED_THERE,
    TABLE,
    Clock,
    DeadlineKind,
    Measure,
    Owed,
    changes,
    due_at,
    heard,
    pause_of,
    warned_by,
)
from domain.response import ResponseLevel
from domain.telemetry import BEIJING
from domain.work_orders import OrderKind, OrderStatus, Step
from locales import LANGUAGES, catalogue
from services.calendar_days.tables import announced, presumed

CASES = Path(__file__).with_name("deadline_cases.csv")
AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
K = DeadlineKind


@cache
def days() -> Calendar:
    """What is announced, and 2027 as the law alone would have it."""
    return Calendar({each.day: each for each in (*presumed(), *announced())})


def moment(text: str) -> datetime:
    """A time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def cases() -> list[dict[str, str]]:
    """The golden cases."""
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['kind']} {case['started_at']} {case['why']}")
def test_every_clock_ends_when_the_table_says(case: dict[str, str]):
    clock = CLOCKS[K(case["kind"])]
    span = int(case["limit"] or clock.limit.default)
    paused = pause_of(clock, days(), moment(case["paused_at"]), moment(case["resumed_at"])) if case["paused_at"] else (0, 0)

    end = due_at(clock, moment(case["started_at"]), span, days(), paused_seconds=paused[0], paused_days=paused[1])

    assert end == moment(case["due_at"])


def test_there_are_two_hundred_cases_and_every_clock_has_some():
    found = cases()

    assert len(found) >= 200
    assert {case["kind"] for case in found} == set(K)


def test_a_reckoning_shows_where_a_holiday_came_in():
    reckoned = reckon(days(), moment("2026-02-13 10:00:00"), 5)

    assert [each.day for each in reckoned.holidays] == [date(2026, 2, day) for day in (16, 17, 18, 19, 20, 23)]
    assert [(each.day, each.name) for each in reckoned.make_ups] == [(date(2026, 2, 14), "春节")]
    assert not reckoned.presumed


@pytest.mark.parametrize(
    ("started", "presumed_end"), [("2026-12-20 10:00:00", False), ("2026-12-28 10:00:00", True), ("2028-03-01 10:00:00", True)]
)
def test_a_reckoning_that_touches_a_year_nobody_announced_says_so(started: str, presumed_end: bool):
    assert reckon(days(), moment(started), 5).presumed is presumed_end


def test_a_limit_of_no_days_is_a_mistake():
    with pytest.raises(ValueError, match="0"):
        reckon(days(), AT, 0)


def test_a_year_of_its_own_table_is_settled():
    imported = Calendar({day: each for day, each in days().table.items() if each.basis is not DayBasis.PRESUMED})

    assert (imported.is_settled(2026), imported.is_settled(2027), days().is_settled(2027)) == (True, False, False)


def test_a_pause_that_ends_before_it_began_takes_nothing():
    assert working_days_between(days(), AT, AT - timedelta(days=9)) == 0
    assert pause_of(CLOCKS[K.VERIFY], days(), AT, AT - timedelta(days=9)) == (0, 0)


STEPS = [
    # order, step, owed before → met, dropped, begun with which number
    (OrderKind.RESCUE, OPENING, "", "", "", "notify1 owner1 arrive1 rescue1 level_three1 accident1"),
    (OrderKind.RESCUE, Step.DISPATCH, "notify owner rescue", "", "", "accept1"),
    (OrderKind.RESCUE, Step.ACCEPT, "notify owner accept rescue", "notify owner accept", "", ""),
    (OrderKind.RESCUE, Step.ACCEPT, "rescue", "", "", ""),
    (OrderKind.RESCUE, Step.RETURN, "owner accept rescue", "", "accept", ""),
    (OrderKind.RESCUE, Step.RETURN, "owner! accept! rescue", "", "", "owner2"),
    (OrderKind.RESCUE, Step.TRANSFER, "owner accept arrive rescue", "", "accept", "accept2"),
    (OrderKind.RESCUE, Step.SIGN_IN, "arrive rescue", "arrive", "", ""),
    (OrderKind.RESCUE, Step.COMPLETE, "rescue level_three accident", "rescue level_three accident", "", ""),
    (OrderKind.RESCUE, Step.REDO, "rescue! level_three! accident!", "", "", "rescue2 level_three2 accident2"),
    (OrderKind.RESCUE, Step.FALSE_ALARM, "owner rescue accident", "", "owner rescue accident", ""),
    (OrderKind.RESCUE, Step.ACCIDENT, "arrive rescue accident owner", "", "arrive rescue accident owner", ""),
    (OrderKind.RESCUE, Step.TRANSFER, "arrive! rescue", "", "", "accept1 owner1 arrive2"),
    (OrderKind.RESCUE, Step.TRANSFER, "arrive rescue", "", "", "accept1 owner1"),
    (OrderKind.REPAIR, RAISED, "handle", "", "", "arrive1 rescue1"),
    (OrderKind.REPAIR, RAISED_THERE, "handle", "", "", "rescue1"),
    (OrderKind.ANOMALY, RAISED, "arrive! rescue", "", "", ""),
    (OrderKind.ANOMALY, Step.COMPLETE, "handle arrive rescue", "handle rescue", "arrive", ""),
    (OrderKind.REPAIR, Step.REDO, "handle! arrive! rescue!", "", "", "rescue2 handle2"),
    (OrderKind.REPAIR, Step.TRANSFER, "arrive! handle", "", "", "accept1 owner1 arrive2"),
    (OrderKind.REPAIR, Step.TRANSFER, "handle", "", "", "accept1 owner1"),
    (OrderKind.ANOMALY, OPENING, "", "", "", "owner1 handle1"),
    (OrderKind.RESCUE, Step.MERGE, "rescue", "", "rescue", ""),
    (OrderKind.REPAIR, OPENING, "", "", "", "notify1 owner1 handle1"),
    (OrderKind.REPAIR, Step.REDO, "handle!", "", "", "handle2"),
    (OrderKind.BEHAVIOR, OPENING, "", "", "", "owner1 handle1"),
    (OrderKind.BEHAVIOR, Step.DISPATCH, "owner handle", "", "", ""),
    (OrderKind.SUPERVISION, OPENING, "", "", "", "verify1"),
    (OrderKind.SUPERVISION, Step.VERIFY, "verify", "verify", "", ""),
    (OrderKind.SUPERVISION, Step.REJECT, "verify", "verify", "", ""),
    (OrderKind.SUPERVISION, Step.ORDER, "verify!", "", "", "rectify1"),
    (OrderKind.SUPERVISION, Step.RECTIFY, "rectify", "rectify", "", "recheck1"),
    (OrderKind.SUPERVISION, Step.RECTIFY, "rectify! recheck", "", "", ""),
    (OrderKind.SUPERVISION, Step.TRANSFER, "rectify! recheck", "", "recheck", "rectify2"),
    (OrderKind.SUPERVISION, Step.RECHECK, "rectify", "rectify", "", ""),
    (OrderKind.SUPERVISION, Step.REDO, "rectify! recheck!", "", "", "rectify2"),
    (OrderKind.FEEDBACK, Step.CLOSE, "recheck", "recheck", "", ""),
]
ENDING = {Step.FALSE_ALARM, Step.ACCIDENT, Step.MERGE, Step.CLOSE, Step.REJECT}


@pytest.mark.parametrize(("order", "step", "before", "met", "dropped", "begun"), STEPS, ids=lambda value: str(value) or "-")
def test_what_a_step_does_to_the_clocks(order: OrderKind, step: str, before: str, met: str, dropped: str, begun: str):
    """`name!` is one that was met before."""
    owed = [Owed(K(name.rstrip("!")), AT, not name.endswith("!")) for name in before.split()]

    done = changes(order, step, owed, is_open=step not in ENDING, at=AT + timedelta(minutes=9))

    assert (done.meets, done.drops) == ({K(name) for name in met.split()}, {K(name) for name in dropped.split()})
    assert {f"{kind}{turn}" for kind, (turn, _) in done.starts.items()} == set(begun.split())


HEARD = [
    (OrderKind.REPAIR, OrderStatus.REPORTED, ResponseLevel.ENTRAPMENT, True, RAISED),
    (OrderKind.ANOMALY, OrderStatus.ACCEPTED, ResponseLevel.EMERGENCY, True, RAISED),
    (OrderKind.REPAIR, OrderStatus.ON_SITE, ResponseLevel.ENTRAPMENT, True, RAISED_THERE),
    (OrderKind.REPAIR, OrderStatus.COMPLETED, ResponseLevel.ENTRAPMENT, True, None),
    (OrderKind.REPAIR, OrderStatus.CREATED, ResponseLevel.EMERGENCY, False, None),
    (OrderKind.RESCUE, OrderStatus.CREATED, ResponseLevel.EMERGENCY, True, None),
    (OrderKind.BEHAVIOR, OrderStatus.CREATED, ResponseLevel.EMERGENCY, True, None),
]


@pytest.mark.parametrize(("order", "status", "level", "by_person", "word"), HEARD, ids=str)
def test_who_calls_a_repair_a_matter_of_people_inside_starts_the_clocks_of_a_rescue(
    order: OrderKind, status: OrderStatus, level: ResponseLevel, by_person: bool, word: str | None
):
    assert heard(Step.ESCALATE, order, status=status, level=level, by_person=by_person) == word


def test_work_that_was_not_done_counts_from_its_first_beginning_and_a_new_repair_from_now():
    later = AT + timedelta(minutes=9)

    rescue = changes(OrderKind.RESCUE, Step.REDO, [Owed(K.RESCUE, AT, False)], is_open=True, at=later)
    repair = changes(OrderKind.REPAIR, Step.REDO, [Owed(K.HANDLE, AT, False)], is_open=True, at=later)

    assert (rescue.starts[K.RESCUE], repair.starts[K.HANDLE]) == ((2, AT), (2, later))


def test_every_clock_begins_with_some_step_of_each_of_its_orders():
    for clock in TABLE:
        for kind in clock.orders:
            begun = [step for step in (OPENING, *Step) if clock.kind in changes(kind, step, [], is_open=True, at=AT).starts]
            assert begun, (clock.kind, kind)


@pytest.mark.parametrize(
    ("second", "given", "following"), [(0, 0, 900), (899, 0, 900), (900, 1, 1200), (1499, 2, 1500), (1500, 3, None), (9000, 3, None)]
)
def test_a_rescue_warns_at_fifteen_twenty_and_twenty_five_minutes(second: int, given: int, following: int | None):
    warned, next_at = warned_by(CLOCKS[K.RESCUE], AT, {}, at=AT + timedelta(seconds=second))

    assert (warned, next_at) == (given, None if following is None else AT + timedelta(seconds=following))


def test_warnings_follow_their_settings_in_order_and_none_comes_after_the_limit():
    settings = {"deadline.first_warning_seconds": 1300.0, "deadline.last_warning_seconds": 1800.0}

    assert warned_by(CLOCKS[K.RESCUE], AT, settings, at=AT) == (0, AT + timedelta(seconds=1200))
    assert warned_by(CLOCKS[K.RESCUE], AT, settings, at=AT + timedelta(hours=1)) == (2, None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clock", TABLE, ids=lambda clock: clock.kind.value)
def test_every_clock_says_its_name_its_article_and_who_hears_of_its_breach(clock: Clock, language: str):
    words = catalogue(language)

    assert {f"deadline.{clock.kind}", f"article.{clock.kind}", f"measure.{clock.measure}", f"since.{clock.since}"} <= set(words)
    assert clock.kind in BREACHED
    assert (clock.kind in WARNED) is bool(clock.warnings)


def test_clocks_that_count_days_have_limits_in_days():
    assert all(("working_days" in clock.limit.key) is (clock.measure is Measure.WORKING_DAYS) for clock in TABLE)
