"""What an address asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access.conditions import Filter
from web.filters import alarm_filter, equipment_filter, equipment_sort

AT = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # 01:00 of the 21st in Shanghai


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param({}, Filter(), id="nothing limits nothing"),
        pytest.param({"kind": "elevator,forklift"}, Filter(kinds=("elevator", "forklift")), id="several words"),
        pytest.param({"kind": " , elevator ,"}, Filter(kinds=("elevator",)), id="blanks between commas"),
        pytest.param({"street": "none,310107014"}, Filter(streets=("", "310107014")), id="machines in no street"),
        pytest.param({"overdue": "inspection_overdue,nonsense"}, Filter(overdue=("inspection_overdue",)), id="an unknown word of ours"),
        pytest.param({"residential": 1, "add_on": "0", "fitted": "maybe"}, Filter(residential=True, add_on=False), id="flags"),
        pytest.param({"since": "15", "before": "20"}, Filter(since_years=15, before_years=20), id="ages"),
        pytest.param({"since": "200", "before": "201"}, Filter(since_years=200), id="older than any machine"),
        pytest.param({"since": "-1", "before": "1e3"}, Filter(), id="ages that are none"),
        pytest.param({"age": "unknown"}, Filter(age_known=False), id="unknown age"),
        pytest.param({"maintainer": "7,x,99999999999,٣"}, Filter(maintainers=(7,)), id="numbers that are none"),
        pytest.param({"q": "长寿路\0 1弄"}, Filter(text="长寿路 1弄"), id="what no database can hold"),
    ],
)
def test_which_machines_an_address_asks_for(query: dict[str, Any], wanted: Filter) -> None:
    assert equipment_filter(query) == wanted


@pytest.mark.parametrize(
    ("query", "sort"),
    [({}, ("name", False)), ({"sort": "-sampled_at"}, ("sampled_at", True)), ({"sort": "code"}, ("code", False))],
)
def test_by_which_column_a_list_is_sorted(query: dict[str, Any], sort: tuple[str, bool]) -> None:
    assert equipment_sort(query) == sort


def test_today_begins_at_midnight_in_shanghai() -> None:
    assert alarm_filter({"day": "today"}, at=AT).since == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert alarm_filter({}, at=AT).since is None


@pytest.mark.parametrize(
    ("query", "hours"),
    [({"since": "24h"}, 24), ({"since": "1h", "day": "today"}, 1), ({"since": "24h", "day": "today"}, 1), ({"since": "8760h"}, 8760)],
)
def test_an_address_can_say_how_long_ago(query: dict[str, Any], hours: int) -> None:
    assert alarm_filter(query, at=AT).since == AT - timedelta(hours=hours)


@pytest.mark.parametrize("word", ["24", "h", "-1h", "8761h", "٣h", "24hh"])
def test_a_time_that_is_none_limits_nothing(word: str) -> None:
    assert alarm_filter({"since": word}, at=AT).since is None


def test_safety_leaves_out_what_monitors_say_of_themselves() -> None:
    categories = alarm_filter({"safety": "1"}, at=AT).categories

    assert "entrapment" in categories
    assert "presence" not in categories


def test_a_named_category_is_asked_for_even_beside_safety() -> None:
    assert alarm_filter({"safety": "1", "category": "presence"}, at=AT).categories == ("presence",)


@pytest.mark.parametrize(
    ("word", "ids"), [("", ()), ("17", (17,)), ("17,18", (17, 18)), ("x", (0,)), ("-1", (0,)), (str(2**63), (0,)), ("٣", (0,))]
)
def test_an_alarm_named_by_nonsense_is_none_not_all(word: str, ids: tuple[int, ...]) -> None:
    assert alarm_filter({"id": word}, at=AT).ids == ids


def test_an_acknowledged_alarm_is_asked_for_by_yes_and_no() -> None:
    said = [alarm_filter({"acknowledged": word}, at=AT).acknowledged for word in ("yes", "no", "")]

    assert said == [True, False, None]
