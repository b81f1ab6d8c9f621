"""When the demonstration's people act, and what keeps them from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data_access.repositories.demo_orders import Waiting
from demo.habits import ERRORS, HABITS, LATE_RESCUES, NEVER_ANSWERS, Deed, next_deed, nothing_there, rating
from domain.scope import Role
from domain.work_orders import OrderStatus, Step

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
SENT = Waiting(
    id=1, seq=2, kind="repair", status="created", level="minor_fault", urgent=False, cause="overspeed", equipment_id=1, use_unit_id=11,
    unit_id=21, completed_by_id=None, opened_at=AT, turn=2, since=AT, step="dispatch", person_at=None, person_step=None, played=False,
    unit_kind="maintenance_unit", unit="江宁", use_unit="听涛", code="1", lng=121.4, lat=31.23,
    team_lng=121.41, team_lat=31.24, founded=None,
)  # fmt: skip
SEED = 3


def deeds(case: Waiting, *, speed: float = 1.0, times: int = 2_000) -> list[Deed | None]:
    return [next_deed(replace(case, id=number), seed=SEED, speed=speed) for number in range(1, times + 1)]


def waits(found: list[Deed | None], case: Waiting = SENT) -> list[float]:
    """In minutes since the last step."""
    return [(deed.due_at - case.since).total_seconds() / 60 for deed in found if deed]


def test_every_status_has_a_habit() -> None:
    assert set(HABITS) == set(OrderStatus)


def test_units_accept_within_the_clock_but_for_a_few_that_never_do() -> None:
    found = deeds(SENT)

    assert 0.5 <= min(waits(found)) <= max(waits(found)) < 3
    assert found.count(None) / len(found) == pytest.approx(NEVER_ANSWERS, abs=0.02)


def test_a_use_unit_always_answers() -> None:
    trucks = replace(SENT, kind="anomaly", unit_id=11, unit_kind="use_unit")

    assert None not in deeds(trucks)


def test_rescuers_arrive_in_time_but_for_a_few_whom_speed_does_not_hurry() -> None:
    accepted = replace(SENT, kind="rescue", status="accepted", level="entrapment", urgent=True, step="accept")
    slow, fast = waits(deeds(accepted)), waits(deeds(accepted, speed=20))
    late = [minutes for minutes in slow if minutes > 22]

    assert len(late) / len(slow) == pytest.approx(LATE_RESCUES, abs=0.02)
    assert all(4 <= minutes <= 17 for minutes in slow if minutes not in late)
    assert sum(minutes > 22 for minutes in fast) == len(late)
    assert sorted(fast)[len(fast) // 2] < 1


def test_far_is_later_than_near() -> None:
    accepted = replace(SENT, status="accepted", step="accept")
    far = replace(accepted, team_lng=121.45)

    assert all(b > a for a, b in zip(waits(deeds(accepted)), waits(deeds(far)), strict=True))


@pytest.mark.parametrize(
    ("case", "free"),
    [
        (replace(SENT, person_at=AT, person_step="note", played=True), AT + timedelta(minutes=10)),
        (replace(SENT, person_at=AT, person_step="dispatch", played=True), AT + timedelta(minutes=10)),
        (replace(SENT, person_at=AT, person_step="dispatch", played=False), AT),
        (replace(SENT, person_at=AT - timedelta(minutes=30), person_step="note"), AT),
    ],
    ids=["a person's note", "a person sent it to a unit that is played", "to one that nobody plays", "long ago"],
)
def test_what_a_person_does_is_left_to_him_for_a_while(case: Waiting, free: datetime) -> None:
    assert min(deed.due_at for deed in deeds(case) if deed) >= free
    assert (min(deed.due_at for deed in deeds(case) if deed) < AT + timedelta(minutes=10)) == (free == AT)


@pytest.mark.parametrize(
    ("founded", "cause", "share"),
    [(True, "overspeed", 0), (False, "overspeed", 1), (None, "overspeed", ERRORS), (True, "user_alarm", 0.3)],
    ids=["it was so", "it was not", "nobody knows", "a button"],
)
def test_false_alarms_are_what_the_simulator_did_not_do(founded: bool | None, cause: str, share: float) -> None:
    found = [nothing_there(replace(SENT, id=number, founded=founded, cause=cause), seed=SEED) for number in range(2_000)]

    assert sum(found) / len(found) == pytest.approx(share, abs=0.03)


def test_only_the_centre_calls_a_rescue_a_false_alarm() -> None:
    rescue = replace(SENT, kind="rescue", status="on_site", level="entrapment", founded=False)
    visited = next_deed(rescue, seed=SEED)
    after = next_deed(replace(rescue, status="completed", completed_by_id=21), seed=SEED)

    assert visited is not None
    assert visited.step is Step.COMPLETE
    assert after is not None
    assert (after.step, after.role, after.due_at) == (Step.FALSE_ALARM, Role.OPERATIONS_CENTRE, AT + timedelta(minutes=30))


@pytest.mark.parametrize(("speed", "minutes"), [(1, 30), (5, 6), (100, 3)])
def test_the_person_at_the_screen_has_some_minutes_at_any_speed(speed: float, minutes: float) -> None:
    done = replace(SENT, kind="anomaly", status="completed", unit_id=11, unit_kind="use_unit", completed_by_id=11)

    assert set(waits(deeds(done, speed=speed, times=20))) == {minutes}


def test_nobody_confirms_what_he_did_himself() -> None:
    done = replace(SENT, kind="anomaly", status="completed", unit_id=11, unit_kind="use_unit", completed_by_id=11)

    assert {deed.role for deed in deeds(done) if deed} == {Role.OPERATIONS_CENTRE}


def test_the_same_order_has_the_same_fate() -> None:
    assert deeds(SENT, times=50) == deeds(SENT, times=50)
    assert deeds(replace(SENT, seq=9), times=50) == deeds(SENT, times=50)  # a note moves nobody
    assert rating(SENT, seed=SEED) == rating(replace(SENT, seq=9), seed=SEED)
