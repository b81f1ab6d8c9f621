"""Which feeds are lost, and which of their keys nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from components.panels import (
    feeds,
    tables,
)
from tests.unit.components import rows

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


def silent_since(clock: str) -> dict[str, Any]:
    """A feed that gave no sign since then."""
    return dict.fromkeys(("heartbeat_at", "last_message_at"), f"2026-11-20T{clock}+00:00")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "up"),
        (silent_since("06:04:30"), "up"),
        (silent_since("06:04:29"), "down"),
        (silent_since("06:04:29") | {"last_message_at": "2026-11-20T06:04:30+00:00"}, "up"),
        (silent_since("06:02:00") | {"pause_seconds": 60.0}, "up"),
        (silent_since("06:01:59") | {"pause_seconds": 60.0}, "down"),
        (silent_since("05:53:01") | {"pause_seconds": 240.0}, "up"),
        ({"connected": False, "pause_seconds": 240.0}, "down"),
        ({"connected": None, "heartbeat_at": None, "last_message_at": None}, "unknown"),
    ],
    ids=[
        *("speaks", "at the limit", "just over", "only its data come"),
        *("pushes every minute", "and is late", "pushes every four", "said goodbye", "never heard of"),
    ],
)
def test_a_feed_is_lost_when_it_is_late_for_its_own_pace(changes: dict[str, Any], word: str):
    assert feeds.condition(rows.feed(**changes), AT) == word


def test_lost_feeds_are_named():
    drawing = feeds.update_note([rows.feed(), rows.feed(title="沪梯康", connected=False)], at=AT)

    assert (drawing["words"], drawing["tone"]) == ("数据源中断：沪梯康", {"attrs": {"tone": "warn"}})


def test_keys_nobody_knows_are_named_with_their_sender():
    key = {"vendor": "迅智联", "kind": "elevator", "key": "<b>Mood</b>", "count": 3, "last_seen": "2026-11-20T06:00:00+00:00"}

    drawn = tables.update_quality({"refused": {}, "keys": [key]}, at=AT)

    [line] = drawn["rows"]["nodes"]
    assert [kid["text"] for kid in line["kids"]] == ["不认识的字段", "迅智联 · 电梯 · <b>Mood</b>", "3"]
    assert drawn["@empty"] == ""
