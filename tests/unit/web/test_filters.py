"""What an address asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access.alarm_conditions import AlarmFilter
from data_access.conditions import Filter
from services.truth import Basis, By, View
from web.filters import alarm_filter, equipment_filter, equipment_sort, said_moment, truth_view

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


@pytest.mark.parametrize(("word", "days"), [("1d", 0), ("30d", 29), ("400d", 399)])
def test_a_period_begins_at_midnight_in_shanghai_and_holds_today(word: str, days: int) -> None:
    today = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)

    assert alarm_filter({"detected": word}, at=AT).detected_since == today - timedelta(days=days)


@pytest.mark.parametrize("word", ["0d", "401d", "-1d", "d", "month"])
def test_a_period_that_is_none_limits_nothing(word: str) -> None:
    assert alarm_filter({"detected": word}, at=AT) == AlarmFilter()


@pytest.mark.parametrize("word", ["2026-11-20T24", "2026-11-20", "9999-12-31T23", "0001-01-01T00", "now"])
def test_an_hour_that_is_none_limits_nothing(word: str) -> None:
    assert alarm_filter({"hour": word}, at=AT) == AlarmFilter()


def test_an_hour_is_all_of_it_and_no_more() -> None:
    found = alarm_filter({"hour": "2026-11-20T06"}, at=AT)

    assert (found.detected_since, found.detected_before) == (
        datetime(2026, 11, 20, 6, tzinfo=UTC),
        datetime(2026, 11, 20, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ({}, View(30, By.RULE, Basis.VERDICTS)),
        ({"days": "7", "by": "street", "basis": "simulator"}, View(7, By.STREET, Basis.SIMULATOR)),
        ({"days": "0", "by": "weather", "basis": "rumour"}, View(30, By.RULE, Basis.VERDICTS)),
        ({"days": "401"}, View(30, By.RULE, Basis.VERDICTS)),
    ],
)
def test_the_truth_board_shows_what_the_address_says_or_the_usual(query: dict[str, Any], view: View) -> None:
    assert truth_view(query) == view


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20 14:05", datetime(2026, 11, 20, 6, 5, tzinfo=UTC)),
        (" 2026/11/20　14：05 ", datetime(2026, 11, 20, 6, 5, tzinfo=UTC)),
        ("2026-11-20T14:05", datetime(2026, 11, 20, 6, 5, tzinfo=UTC)),
        ("00:30", datetime(2026, 11, 20, 16, 30, tzinfo=UTC)),
        ("25:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_in_shanghai_write_it(text: str, moment: datetime | None) -> None:
    assert said_moment(text, at=AT) == moment
