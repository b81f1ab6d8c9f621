"""The truth board on a month of which everything is known: within one point, in the reader's scope, and each figure a filter."""

from __future__ import annotations

from time import perf_counter
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given

from components.panels import truth as board_panel
from data_access.alarm_conditions import AlarmFilter
from data_access.engine import Store
from data_access.queries import alarms, truth
from domain.truth import Share, Tally, precision, recall
from services.truth import Basis, By, Line, View, board, duty
from tests.integration.data_access import month
from tests.integration.data_access.district import AT, DISTRICT
from tests.integration.data_access.month import Known, Unreported
from tests.integration.data_access.test_scope import OFTEN, SCOPES
from web.filters import alarm_filter, truth_words

COUNT = 20_000
POINT = 0.01
KEYS = {By.RULE: lambda row: row.family, By.VENDOR: lambda row: row.vendor, By.STREET: lambda row: row.street}


@pytest.fixture(scope="module")
def known() -> list[Known]:
    return month.alarms(COUNT, seed=1)


@pytest.fixture(scope="module")
def missing(known: list[Known]) -> list[Unreported]:
    return list(month.unreported(known, seed=2))


@pytest.fixture(scope="module", params=[1.0, 0.8], ids=["all judged", "four in five judged"])
def judged(request, district: Store, known, missing) -> tuple[Store, float]:
    """The small district with the month in it, and with no alarm besides."""
    with district.transaction() as tx:
        for table in ("alarm_verdicts", "missed_occurrences", "alarms"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")
    month.write(district, known, missing, judged=request.param, seed=3)
    return district, request.param


def _lines(store: Store, by: By) -> list[Line]:
    view = View(month.DAYS, by, Basis.VERDICTS)
    with store.reading() as tx:
        found = board(DISTRICT, tx, view=view, wanted=alarm_filter(truth_words(view), at=AT), at=AT)
    return [*found.lines, found.total]


def _true(line: Line, by: By, known: list[Known], missing: list[Unreported]) -> Tally:
    """How the alarms of a line turned out, said by those who made them."""
    mine = [row for row in known if line.whole or (row.rule == line.rule if line.rule else KEYS[by](row) == line.key)]
    lost = [row for row in missing if line.whole or (not line.rule and KEYS[by](row) == line.key)]
    return month.tally(mine, lost)


def _near(found: Share | None, true: Share | None) -> bool:
    return found is not None and true is not None and abs(found.value - true.value) <= POINT


@pytest.mark.parametrize("by", By)
def test_every_figure_is_within_one_point_of_the_truth(judged, known, missing, by):
    store, share = judged

    for line in _lines(store, by):
        true = _true(line, by, known, missing)
        assert line.tally.alarms == true.alarms
        assert line.tally.missed == true.missed
        assert _near(line.precision, precision(true)), line
        assert line.rule is not None or _near(line.recall, recall(true)), line
        if share == 1:
            assert line.tally == true
        else:
            assert line.tally.unjudged == pytest.approx((1 - share) * true.alarms, rel=0.2)


def test_the_interval_holds_the_truth_nearly_always(judged, known, missing):
    store, _ = judged

    inside = [
        share.low <= true.value <= share.high
        for by in By
        for line in _lines(store, by)
        for share, true in ((line.precision, precision(_true(line, by, known, missing))),)
    ]

    assert sum(inside) >= 0.95 * len(inside)


@pytest.mark.parametrize("by", By)
def test_every_count_leads_to_exactly_the_alarms_it_counts(judged, by):
    store, _ = judged
    lines = _lines(store, by)
    view = {"days": month.DAYS, "by": by.value, "basis": "verdicts"}

    with store.reading() as tx:
        for line in lines:
            found = board_panel.words_of({"key": line.key, "rule": line.rule, "whole": line.whole}, view)
            for name, more in board_panel.LEADS["verdicts"].items():
                wanted = alarm_filter({**found, **more}, at=AT)
                listed = alarms.recent(DISTRICT, tx, wanted=wanted, limit=COUNT + 1)
                assert len(listed) == getattr(line.tally, name), (line.key, name)


@OFTEN
@given(scope=SCOPES)
def test_the_board_counts_the_scope_alone(judged, scope):
    store, _ = judged
    wanted = AlarmFilter(detected_since=month.SINCE)

    with store.reading() as tx:
        visible = alarms.recent(scope, tx, limit=COUNT + 1)
        cells = truth.judged(scope, tx, wanted=wanted)
        missed = truth.missed_cells(scope, tx, since=month.SINCE)
        hours = truth.hourly(scope, tx, wanted=wanted)
        rows = truth.missed(scope, tx, since=month.SINCE, limit=COUNT)

    assert sum(cell.tally.alarms for cell in cells) == len(visible) == sum(row.count for row in hours)
    assert sum(cell.tally.missed for cell in missed) == len(rows)


def test_the_load_is_counted_by_the_hour_it_reached_us(judged, known):
    store, _ = judged
    wanted = alarm_filter({"detected": f"{month.DAYS}d", "safety": "1"}, at=AT)

    with store.reading() as tx:
        found = duty(DISTRICT, tx, wanted=wanted, at=AT)
        busiest = alarms.recent(DISTRICT, tx, limit=COUNT, wanted=alarm_filter({"hour": f"{found.worst:%Y-%m-%dT%H}"}, at=AT))

    assert found.load.mean * found.load.hours == pytest.approx(len(known))
    assert len(busiest) == found.load.worst
    assert found.load.over > 0.99  # 20,000 in a month are 28 an hour


@pytest.mark.parametrize("nature", ["fleeting", "chattering", "stale"])
def test_alarms_that_say_little_are_those_of_the_list(judged, nature):
    store, _ = judged
    words = {"detected": f"{month.DAYS}d", "safety": "1"}

    with store.reading() as tx:
        counted = truth.natures(DISTRICT, tx, wanted=alarm_filter(words, at=AT), at=AT)
        listed = alarms.recent(DISTRICT, tx, limit=COUNT, wanted=alarm_filter(words | {"nature": nature}, at=AT))

    assert counted[nature] == len(listed) > 0
    assert counted["fleeting"] == pytest.approx(COUNT / 3, rel=0.1)


def test_who_costs_most_leads_to_exactly_those_alarms(judged):
    store, _ = judged
    words = {"detected": f"{month.DAYS}d"}

    with store.reading() as tx:
        found = truth.bad_actors(DISTRICT, tx, wanted=alarm_filter(words, at=AT))
        for row in found:
            wanted = alarm_filter({**words, "rule": row.rule, "machine": str(row.equipment_id)}, at=AT)
            assert len(alarms.recent(DISTRICT, tx, limit=COUNT, wanted=wanted)) == row.count

    assert len(found) == 10
    assert [row.count for row in found] == sorted((row.count for row in found), reverse=True)


def test_a_months_figures_cost_less_than_200_ms(judged):
    store, _ = judged
    view = View(month.DAYS, By.RULE, Basis.VERDICTS)
    wanted = alarm_filter(truth_words(view), at=AT)
    asked = {
        "board": lambda tx: board(DISTRICT, tx, view=view, wanted=wanted, at=AT),
        "duty": lambda tx: duty(DISTRICT, tx, wanted=wanted, at=AT),
        "actors": lambda tx: truth.bad_actors(DISTRICT, tx, wanted=wanted),
        "missed": lambda tx: truth.missed(DISTRICT, tx, since=month.SINCE),
    }

    spent = {name: min(_seconds(store, ask) for _ in range(5)) for name, ask in asked.items()}

    print({name: f"{1000 * seconds:.0f} ms" for name, seconds in spent.items()})
    assert max(spent.values()) < 0.2


def _seconds(store, ask):
    with store.reading() as tx:
        began = perf_counter()
        ask(tx)
        return perf_counter() - began


def test_the_number_of_missed_leads_to_the_list_of_them(judged):
    store, _ = judged
    view = {"days": month.DAYS, "by": "rule", "basis": "verdicts"}
    line = next(line for line in _lines(store, By.RULE) if line.key == "jumping")

    drawn = board_panel._missed(line.tally.missed, {"key": line.key, "whole": False}, view)
    asked = dict(parse_qsl(urlsplit(str(drawn["href"])).query))
    with store.reading() as tx:
        listed = truth.missed(DISTRICT, tx, since=month.SINCE, of=truth.Part(family=asked["of"]), limit=COUNT)

    assert len(listed) == line.tally.missed > 0
