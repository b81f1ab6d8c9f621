"""What the list of publicity says of an entry: figures on either side of a campaign, and nothing compared before both are whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.panels import publicity
from locales import t
from tests.unit.components.rows import texts

DONE = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def said(*, after: timedelta, **changes: Any) -> list[str]:
    row = {
        "id": 1,
        "site": "听涛苑",
        "street_code": None,
        "behaviour": "jumping",
        "since": "2026-09-20T16:00:00+00:00",
        "until": "2026-09-27T16:00:00+00:00",
        "done_at": DONE.isoformat(),
        "done_by": "周",
        "note": "张贴提示",
        "count": 9,
        "lifts": 2,
        "hour": 8,
        "use_unit": None,
        "before": 20,
        "after": 6,
        "monitored": 4,
        "known_before": True,
    }
    rows = {"params": {}, "entries": [row | changes], "days": 30, "streets": {}, "may_record": False}
    return texts(publicity.update(rows, at=DONE + after)["rows"])


def test_a_campaign_is_compared_once_its_days_are_over():
    words = said(after=30 * DAY)

    assert {"20 次", "6 次", "4 台有监测电梯", "每台每 30 天 5.0 → 1.5 次（-70.0%）"} <= set(words)


@pytest.mark.parametrize(
    ("after", "changes", "expected"),
    [
        (30 * DAY - timedelta(seconds=1), {}, "数据不足：宣传后满 30 天再比较"),
        (30 * DAY, {"known_before": False}, "数据不足：宣传前监测不满 30 天"),
        (30 * DAY, {"monitored": 0}, "数据不足：宣传前监测不满 30 天"),
    ],
    ids=["too early", "not heard before", "no monitor"],
)
def test_nothing_is_compared_without_enough_data(after: timedelta, changes: dict[str, Any], expected: str):
    words = said(after=after, **changes)

    assert expected in words
    assert not any("→" in word for word in words)


def test_where_nothing_occurred_before_no_share_is_said():
    assert f"每台每 30 天 0.0 → 1.5 次（{t('app.none')}）" in said(after=31 * DAY, before=0)
