"""What makes the comparison of the two ways honest: bytes that are only moved, late messages that stay late, differences that show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.device import Device
from demo.feed import Blow, Sent
from demo.wire import head
from domain.telemetry import BEIJING
from tests.bench.detection import PERIOD
from tests.e2e.excerpts import LEAD_IN, MIDNIGHT, SPAN, Excerpt, shifted
from tests.e2e.in_process import Judged, judge
from tests.e2e.real_way import report

HOUR = 3600
STRUCK_AT = MIDNIGHT + HOUR
END = datetime.fromtimestamp(STRUCK_AT + SPAN, UTC)


def a_lift() -> Device:
    """A lift of an office."""
    return Device(
        id=7,
        code="31103101072015030001",
        kind="elevator",
        vendor="xzl",
        site_id=1,
        place_kind="office",
        category="3110",
        rated_speed=1.75,
        rated_load=1000.0,
        floors=18,
        floor_height=3.1,
        add_on=False,
        lng=121.4,
        lat=31.25,
        indoor=False,
        has_belt=False,
        fence=None,
    )


def state(second: int, *, at: float | None = None) -> Sent:
    """The lift stands with its door shut; `at` is when that arrives."""
    body = f'{head(a_lift(), second)}"Service_Mode":1,"Car_Status":0,"Door_Close_Status":true,"Passenger_Status":false}}'
    return Sent(second if at is None else at, "state", body.encode())


def waits(messages: Sequence[Sent]) -> list[bool]:
    """Which of one lift's messages have to wait."""
    return [parcel.waits for parcel in judge([(a_lift(), list(messages))], END).parcels]


@pytest.fixture(scope="module")
def trapped() -> Judged:
    """The ten minutes of a lift in which somebody is trapped."""
    excerpt = Excerpt(a_lift(), (Blow(STRUCK_AT, "entrapment_between", 420.0),), STRUCK_AT + SPAN)
    return judge([(excerpt.device, excerpt.messages(seed=7))], END)


def test_an_excerpt_has_its_lead_in_and_nothing_else() -> None:
    excerpt = Excerpt(a_lift(), (), MIDNIGHT + HOUR)

    times = [sent.at for sent in excerpt.messages(seed=7)]

    assert MIDNIGHT + HOUR - SPAN - LEAD_IN <= min(times) < MIDNIGHT + HOUR - SPAN - LEAD_IN + PERIOD
    assert MIDNIGHT + HOUR - PERIOD <= max(times) <= MIDNIGHT + HOUR


@pytest.mark.parametrize("key", [b"samplingTime", b"occurTime"])
def test_moving_changes_the_told_time_and_nothing_else(key: bytes) -> None:
    body = b'{"msgId":"xzl-7-1795019762","%b":"2026-11-19 23:59:30","Speed":0.00}' % key

    moved = shifted(Sent(5.5, "state", body), 90)

    assert moved == Sent(95.5, "state", body.replace(b"2026-11-19 23:59:30", b"2026-11-20 00:01:00"))


def test_a_time_that_is_none_is_not_moved() -> None:
    broken = Sent(1.0, "state", b'{"samplingTime":"2026-13-41 99:00:00"}')

    assert shifted(broken, 90).body == broken.body


def test_messages_in_order_wait_for_nothing() -> None:
    assert waits([state(MIDNIGHT + second) for second in (1, 2, 3)]) == [False, False, False]


def test_a_late_message_waits_until_what_overtook_it_is_stored() -> None:
    late = state(MIDNIGHT + 2, at=MIDNIGHT + 10.5)

    assert waits([state(MIDNIGHT + 1), state(MIDNIGHT + 10), late]) == [False, False, True]


def test_a_message_told_twice_does_not_wait() -> None:
    again = state(MIDNIGHT + 1, at=MIDNIGHT + 3.5)

    assert waits([state(MIDNIGHT + 1), state(MIDNIGHT + 3), again]) == [False, False, False]


def test_an_alarm_is_kept_as_the_database_keeps_it(trapped: Judged) -> None:
    entrapment = next(verdict for verdict in trapped.verdicts if verdict.family == "entrapment")

    assert entrapment.level == "entrapment"
    assert entrapment.cleared_at is not None
    assert 0 < (entrapment.raised_at - datetime.fromtimestamp(STRUCK_AT, BEIJING)).total_seconds() < 180
    assert 420 < (entrapment.cleared_at - datetime.fromtimestamp(STRUCK_AT, BEIJING)).total_seconds() < 600


def test_two_equal_ways_agree(trapped: Judged) -> None:
    assert report(trapped, trapped.verdicts, trapped.stored) == 0


@pytest.mark.parametrize(
    "change", [{"level": "emergency"}, {"cleared_at": None}, {"occurrences": 9}, {"rule": "entrapment_level"}], ids=str
)
def test_an_alarm_that_differs_in_anything_is_a_difference(
    trapped: Judged, change: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = sorted(trapped.verdicts)

    assert report(trapped, [first._replace(**change), *others], trapped.stored) == 1
    assert "DIFFERENT" in capsys.readouterr().out


def test_an_alarm_that_one_way_lacks_is_a_difference(trapped: Judged) -> None:
    assert report(trapped, trapped.verdicts[1:], trapped.stored) == 1


def test_a_reading_that_was_not_stored_is_a_difference(trapped: Judged) -> None:
    assert report(trapped, trapped.verdicts, {**trapped.stored, "readings": trapped.stored["readings"] - 1}) == 1
