"""Power cuts and entrapments near each other are one incident with a list, which raises the level and has one plan."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest

from data_access.engine import Store
from data_access.repositories import rule_settings
from services.incidents import regroup
from services.telemetry_memory import Memory, refresh
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


def inside(*numbers: int, at: datetime, code: str = "9") -> list[tuple[str, bytes]]:
    """Vendors' words about some lifts with somebody in the car."""
    seen = [{"paramCode": "Passenger_Status", "paramName": "是否有人", "paramValue": "True"}]
    return [event(n, at, f"in-{code}-{n}", code=code, statusDetails=seen) for n in numbers]


@pytest.mark.parametrize(("many", "level"), [(4, "entrapment"), (5, "emergency")])
def test_people_whom_one_power_cut_has_trapped_are_an_emergency(
    store: Store, memory: Memory, rows: Rows, now: datetime, many: int, level: str
) -> None:
    say(store, memory, *inside(*range(many), at=now), *cut(*range(10, 14), at=now), at=now)

    regroup(store, now)
    again = regroup(store, now + timedelta(seconds=5))

    assert rows("SELECT DISTINCT level FROM work_orders WHERE kind = 'rescue'") == [(level,)]
    assert rows("SELECT DISTINCT level FROM work_orders WHERE kind = 'repair'") == [("minor_fault",)]
    assert [row[0::3] for row in rows(GROUPS)] == [("power_cut", many + 4)]
    assert rows("SELECT count(DISTINCT work_order_id) FROM plan_tasks") == [(int(level == "emergency"),)]
    assert (again.joined, again.raised) == (0, 0)


def test_who_is_trapped_near_a_power_cut_joins_the_list_of_those_it_has_trapped(
    store: Store, memory: Memory, rows: Rows, now: datetime
) -> None:
    say(store, memory, *cut(10, 11, at=now), *inside(0, 1, 2, at=now), at=now)
    regroup(store, now)
    later = now + timedelta(seconds=60)
    say(store, memory, *cut(3, 4, at=later, code="7"), at=later)

    regroup(store, later)

    assert rows("SELECT count(*) FROM work_orders WHERE kind = 'rescue' AND level = 'emergency'") == [(5,)]
    assert [row[0::3] for row in rows(GROUPS)] == [("power_cut", 7)]
    assert rows("SELECT count(DISTINCT work_order_id) FROM plan_tasks") == [(1,)]


@pytest.mark.parametrize(("many", "level"), [(4, "entrapment"), (5, "emergency")])
def test_five_trapped_all_over_the_district_are_one_emergency_with_one_plan(
    store: Store, memory: Memory, rows: Rows, now: datetime, url: str, many: int, level: str
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE equipment SET lng = 121.3 + id * 0.01")
        connection.execute("UPDATE equipment SET lng = NULL, lat = NULL WHERE code = %s", (lift(2),))
    say(store, memory, *cut(*range(many), at=now, code="7"), at=now)

    regroup(store, now)
    regroup(store, now + timedelta(seconds=5))

    found = [("district_trapped", "", None, 5)] if level == "emergency" else []
    assert rows(GROUPS) == found
    assert rows("SELECT DISTINCT level FROM work_orders UNION SELECT DISTINCT level FROM alarms") == [(level,)]
    assert rows("SELECT count(DISTINCT work_order_id) FROM plan_tasks") == [(len(found),)]


def test_who_is_trapped_elsewhere_is_not_put_on_the_list_of_a_street(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *cut(0, 1, 2, 3, 4, 30, at=now, code="7"), at=now)

    regroup(store, now)

    assert sorted(row[0::3] for row in rows(GROUPS)) == [("district_trapped", 1), ("many_trapped", 5)]
    assert rows(LEVELS) == [("emergency", "many_trapped", 6)]


def test_alarms_rise_with_their_orders_and_the_worker_learns_of_it(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *cut(*range(5), at=now, code="7"), at=now)

    regroup(store, now)
    refresh(store, memory)

    assert rows("SELECT DISTINCT level, reason, occurrences FROM alarms") == [("emergency", "many_trapped", 1)]
    levels = {standing.response.level for known in memory.standing().values() for standing in known.docket.standing.values()}
    assert levels == {"emergency"}


def test_how_many_and_how_soon_is_a_threshold_in_force(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    with store.transaction() as tx:
        rule_settings.change(tx, "response.trappings", 3, by="test", why="test", at=now)
        rule_settings.change(tx, "response.trappings_seconds", 60, by="test", why="test", at=now)
    say(store, memory, *cut(0, at=now, code="7"), at=now)
    later = now + timedelta(seconds=61)
    say(store, memory, *cut(1, 2, at=later, code="7"), at=later)

    early = regroup(store, later).raised
    say(store, memory, *cut(3, at=later, code="7"), at=later)

    assert (early, regroup(store, later).raised) == (0, 3)


def test_an_incident_ends_with_its_last_order(store: Store, memory: Memory, rows: Rows, now: datetime, url: str) -> None:
    say(store, memory, *cut(*range(5), at=now), at=now)
    regroup(store, now)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET closed_at = now(), status = 'confirmed' WHERE group_id IS NOT NULL")

    ended = regroup(store, now + timedelta(seconds=60)).ended

    assert ended == 1
    assert rows("SELECT closed_at IS NOT NULL FROM incident_groups") == [(True,)]
