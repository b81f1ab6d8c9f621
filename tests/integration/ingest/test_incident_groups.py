"""Power cuts and entrapments near each other are one incident with a list, which raises the level and has one plan."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest

from data_access.engine import Store
from services.incidents import regroup
from services.telemetry_memory import Memory
from tests.integration.ingest.district import Rows, event, lift, say

GROUPS = (
    "SELECT g.cause, g.name, g.street_code, count(w.id) FROM incident_groups g LEFT JOIN work_orders w ON w.group_id = g.id GROUP BY g.id"
)
LEVELS = "SELECT level, reason, count(*) FROM work_orders WHERE closed_at IS NULL GROUP BY 1, 2 ORDER BY 3"


@pytest.fixture(autouse=True)
def estate(url: str) -> None:
    """Lifts 0 to 19 stand in one estate, ten metres apart; 20 and more five kilometres away."""
    with psycopg.connect(url, autocommit=True) as connection:
        site = connection.execute(
            "INSERT INTO sites (name, pinyin, search_key, street_code, place_kind, address) "
            "VALUES ('春申苑', 'csy', 'csy', '310107005', 'residential', '') RETURNING id"
        ).fetchone()
        assert site is not None
        for n in range(40):
            connection.execute(
                "UPDATE equipment SET site_id = %s, lng = %s, lat = 31.25 WHERE code = %s",
                (site[0] if n < 20 else None, 121.4 + n * 1e-4 + (0.05 if n >= 20 else 0), lift(n)),
            )


def cut(*numbers: int, at: datetime, code: str = "9") -> list[tuple[str, bytes]]:
    """Vendors' words about some lifts."""
    return [event(n, at, f"{code}-{n}-{at.timestamp()}", code=code) for n in numbers]


@pytest.mark.parametrize(("many", "found"), [(4, []), (5, [("power_cut", "春申苑", "310107005", 5)])])
def test_five_power_cuts_within_five_minutes_are_one_incident(
    store: Store, memory: Memory, rows: Rows, now: datetime, many: int, found: list[tuple[object, ...]]
) -> None:
    say(store, memory, *cut(*range(many), at=now), at=now)

    regroup(store, now + timedelta(seconds=5))

    assert rows(GROUPS) == found


def test_what_comes_later_or_elsewhere_is_not_of_it(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    later = now + timedelta(seconds=301)
    say(store, memory, *cut(0, 1, 2, 3, 20, at=now), at=now)
    say(store, memory, *cut(4, at=later), at=later)

    regroup(store, later)

    assert rows(GROUPS) == []


def test_an_incident_takes_in_what_follows(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *cut(*range(5), at=now), at=now)
    regroup(store, now)
    later = now + timedelta(seconds=200)
    say(store, memory, *cut(6, 7, at=later), at=later)

    regroup(store, later)
    again = regroup(store, later)

    assert [row[3] for row in rows(GROUPS)] == [7]
    assert (again.joined, again.raised) == (0, 0)


def test_one_order_stands_for_a_power_cut_and_rises_with_its_reason(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *cut(*range(6), at=now), at=now)

    regroup(store, now)

    assert rows(LEVELS) == [("entrapment", "power_cuts", 1), ("minor_fault", "minor", 5)]
    assert rows("SELECT hand, reason FROM work_order_events WHERE action = 'escalate'") == [("system", "power_cuts")]


def test_five_trapped_are_an_emergency_each_with_one_plan_for_all(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *cut(*range(5), at=now, code="7"), at=now)

    regroup(store, now)

    assert rows(LEVELS) == [("emergency", "many_trapped", 5)]
    assert rows("SELECT count(DISTINCT work_order_id), count(*), count(DISTINCT owner) FROM plan_tasks") == [(1, 6, 6)]


def test_an_incident_ends_with_its_last_order(store: Store, memory: Memory, rows: Rows, now: datetime, url: str) -> None:
    say(store, memory, *cut(*range(5), at=now), at=now)
    regroup(store, now)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET closed_at = now(), status = 'confirmed' WHERE group_id IS NOT NULL")

    ended = regroup(store, now + timedelta(seconds=60)).ended

    assert ended == 1
    assert rows("SELECT closed_at IS NOT NULL FROM incident_groups") == [(True,)]
