"""What the dossier says of a machine: its last hours and its state now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.panels import (
    dossier_history,
    dossier_state,
)
from domain.equipment import ELEVATOR, FORKLIFT
from tests.unit.components import rows

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("B1", -1), ("-1", -1), ("12A", 12), ("G", None), ("", None), (None, None)])
def test_a_displayed_floor_has_a_place_on_the_axis(text: str | None, number: int | None):
    assert dossier_history.floor_number(text) == number


def reading(kind: Any, **said: Any) -> list[Any]:
    values: list[Any] = [None] * len(kind.fields)
    for name, value in said.items():
        values[kind.position[name]] = value
    return values


def history(**changes: Any) -> dict[str, Any]:
    return {"code": "X/2", "kind": "elevator", "chosen": None, "spans": [1, 6, 24], "readings": []} | changes


def test_a_silence_is_a_gap_in_the_chart():
    samples = [
        [(AT - timedelta(hours=2)).isoformat(), reading(ELEVATOR, floor="3", speed=0.0, door_status=2, passenger=False)],
        [(AT - timedelta(hours=1)).isoformat(), reading(ELEVATOR, floor="5", speed=1.5, door_status=4, passenger=True)],
    ]

    floors, speeds, inside, doors = dossier_history.update(history(readings=samples), at=AT)["chart"]["figure"]["data"]

    assert (floors["y"], speeds["y"]) == ([3, None, 5], [0.0, None, 1.5])
    assert (inside["y"], doors["y"]) == ([0.0, None, 1.0], [1.3, None, 2.3])


def test_no_reading_at_all_is_said_in_words():
    assert dossier_history.update(history(kind="forklift"), at=AT)["@empty"] == "近 24 小时没有读数"
    assert dossier_history.update(history(chosen=6), at=AT)["@empty"] == "近 6 小时没有读数"


@pytest.mark.parametrize(
    ("minutes", "holes"),
    [([6, 1], 0), ([7, 1], 1), ([8, 7, 6, 1], 0), ([10, 9, 8, 1], 1), ([60, 48, 36, 24], 0), ([97, 60, 48, 36, 24], 1)],
    ids=["five minutes", "six minutes", "within a line", "after a line", "every twelve minutes", "three times twelve and more"],
)
def test_how_long_a_silence_is_a_gap(minutes: list[int], holes: int):
    samples = [[(AT - timedelta(minutes=ago)).isoformat(), reading(ELEVATOR, speed=1.0)] for ago in minutes]

    figure = dossier_history.update(history(readings=samples), at=AT)["chart"]["figure"]

    assert figure["data"][1]["y"].count(None) == holes


@pytest.mark.parametrize(
    ("chosen", "minutes", "begin"),
    [
        (None, 100, "2026-11-20 12:23:00"),
        (None, 3, "2026-11-20 13:55:00"),
        (6, 3, "2026-11-20 08:05:00"),
        (24, 3, "2026-11-19 14:05:00"),
    ],
    ids=["a margin before the first reading", "ten minutes at least", "six hours", "a day"],
)
def test_the_chart_shows_the_chosen_hours_else_no_more_than_there_is(chosen: int | None, minutes: int, begin: str):
    samples = [[(AT - timedelta(minutes=minutes)).isoformat(), reading(ELEVATOR, speed=1.0)]]

    drawn = dossier_history.update(history(readings=samples, chosen=chosen), at=AT)

    assert drawn["chart"]["figure"]["layout"]["xaxis"]["range"] == [begin, "2026-11-20 14:05:00"]
    marked = [one["key"] for one in drawn["spans"]["nodes"] if one["current"] == "true"]
    assert (marked, drawn["spans"]["nodes"][2]["href"]) == ([chosen or 0], "/equipment/X%2F2?hours=6")


def test_live_state_shows_what_was_said_and_nothing_that_was_not():
    latest = {
        "kind": "forklift",
        "values": reading(FORKLIFT, speed=4.5, seatbelt=False),
        "sampled_at": (AT - timedelta(seconds=58)).isoformat(),
        "presence": "online",
        "late_count": 2,
    }

    drawing = dossier_state.update({"presence": "online", "latest": latest}, at=AT)

    assert rows.texts(drawing["tiles"]) == ["在线情况", "在线", "速度", "4.5 km/h", "安全带", "否"]
    assert drawing["sub"] == "58 秒前采样 · 2026-11-20 14:04:02 · 迟到读数 2 条"


@pytest.mark.parametrize(("presence", "words"), [("not_fitted", "未接入监测装置"), ("never", "监测装置已绑定，从未上线")])
def test_no_monitor_and_a_silent_one_are_different(presence: str, words: str):
    assert dossier_state.update({"presence": presence, "latest": None}, at=AT)["@empty"] == words
