"""A figure and the list it opens never differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data_access.alarm_conditions import AlarmFilter
from data_access.conditions import AGE_BANDS, COVERAGE, Filter, Overdue, Status
from data_access.queries import alarms, equipment, overview
from domain.equipment import COUNTED, KINDS
from domain.presence import Presence
from domain.scope import ALL, Role, Scope
from tests.integration.data_access.district import AT, DISTRICT, STREETS
from web.filters import SAFETY

READERS = {
    "district": DISTRICT,
    "street": Scope(Role.STREET, (STREETS[0][0],), None, ALL),
    "forklifts": Scope(Role.BUREAU, ALL, None, ("forklift",)),
}


@pytest.fixture(params=READERS.values(), ids=READERS)
def scope(request):
    return request.param


@pytest.fixture
def tx(district):
    with district.reading() as snapshot:
        yield snapshot


def _total(scope, tx, wanted):
    page = equipment.page(scope, tx, filter=wanted, limit=1000, at=AT)
    assert page.total == len(page.rows)
    return page.total


def test_statuses(scope, tx):
    figures = overview.status_counts(scope, tx, kind="elevator")

    assert figures == {word: _total(scope, tx, Filter(kinds=("elevator",), statuses=(word,))) for word in map(str, Status)}


def test_presences(scope, tx):
    figures = overview.presence_counts(scope, tx)

    assert figures == {word: _total(scope, tx, Filter(presences=(word,))) for word in map(str, Presence)}


def test_kinds_and_places(scope, tx):
    assert overview.kind_counts(scope, tx) == {kind: n for kind in KINDS if (n := _total(scope, tx, Filter(kinds=(kind,))))}
    for place, figure in overview.place_counts(scope, tx).items():
        assert figure == _total(scope, tx, Filter(place_kinds=(place,)))


def test_ages(scope, tx):
    assert overview.age_bands(scope, tx, at=AT) == {name: _total(scope, tx, band) for name, band in AGE_BANDS.items()}


def test_overdue(scope, tx):
    figures = overview.overdue_counts(scope, tx, at=AT)

    assert figures == {word: _total(scope, tx, Filter(overdue=(word,))) for word in map(str, Overdue)}
    for row in overview.overdue_by_street(scope, tx, at=AT):
        for word in Overdue:
            assert getattr(row, word) == _total(scope, tx, Filter(overdue=(word,), streets=(row.code or "",)))


def test_coverage(scope, tx):
    for row in overview.coverage(scope, tx, at=AT):
        target = COVERAGE[row.target]
        assert row.total == _total(scope, tx, target)
        assert row.bound == _total(scope, tx, replace(target, fitted=True))
        assert row.online == _total(scope, tx, replace(target, presences=("online",)))


def test_streets(scope, tx):
    for row in overview.street_summary(scope, tx):
        here = Filter(streets=(row.code or "",))
        assert row.equipment == _total(scope, tx, replace(here, kinds=COUNTED))
        assert row.monitored == _total(scope, tx, replace(here, fitted=True))
        assert row.online == _total(scope, tx, replace(here, presences=("online",)))


@pytest.mark.parametrize("hours", [1, 24])
def test_alarms_of_a_street(scope, tx, hours):
    since = AT - timedelta(hours=hours)
    figures = alarms.raised_by_street(scope, tx, since=since)

    for code in (*(code for code, _ in STREETS), ""):
        listed = alarms.recent(scope, tx, limit=1000, wanted=AlarmFilter(streets=(code,), since=since, categories=SAFETY))
        assert figures.get(code, 0) == len(listed)
    assert bool(figures) is (scope is not READERS["forklifts"])


def test_vendors_and_maintainers(scope, tx):
    for feed in overview.vendor_feeds(scope, tx, at=AT):
        assert feed.devices == _total(scope, tx, Filter(vendors=(feed.name,)))
        assert feed.online == _total(scope, tx, Filter(vendors=(feed.name,), presences=("online",)))
    for row in overview.maintainer_shares(scope, tx, at=AT):
        theirs = Filter(kinds=("elevator",), maintainers=(row.id,))
        assert row.equipment == _total(scope, tx, theirs)
        assert row.overdue == _total(scope, tx, replace(theirs, overdue=("maintenance_overdue", "maintenance_lapsed")))


def test_the_small_district_shows_every_word(tx):
    assert all(overview.status_counts(DISTRICT, tx).values())
    assert all(overview.overdue_counts(DISTRICT, tx, at=AT).values())
    assert all(overview.age_bands(DISTRICT, tx, at=AT).values())


def test_a_vendor_nobody_listed_is_not_counted(tx):
    feeds = {feed.name: feed for feed in overview.vendor_feeds(DISTRICT, tx, at=AT)}

    assert set(feeds) == {"xzl", "ckt", "idle"}
    assert (feeds["xzl"].messages, feeds["ckt"].messages, feeds["idle"].devices) == (40, 0, 0)
    assert feeds["xzl"].connected is None
