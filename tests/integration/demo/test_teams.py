"""The demonstration's people: who is on duty, who may be sent, and whose account is whose."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from data_access.engine import Store, connect
from demo import teams
from demo.logins import read_logins, settled, write_units
from demo.quotas import SEED
from demo.seeding import seed
from stack.demo_accounts import demo_accounts
from stack.home import Home

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.at(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def store(database_url: str, home: Home) -> Iterator[Store]:
    """A demonstration district with every account."""
    demo_accounts(home)
    opened = connect(database_url)
    seed(opened, number=SEED, logins=read_logins(home.run / "accounts.json"), at=AT)
    yield opened
    opened.close()


@pytest.fixture
def rows(store: Store, database_url: str) -> Iterator[Callable[[str], list[tuple[object, ...]]]]:
    with psycopg.connect(database_url) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


Rows = Callable[[str], list[tuple[object, ...]]]


def test_every_maintenance_unit_has_a_point_and_a_licence_and_the_smallest_has_let_its_run_out(rows: Rows) -> None:
    maintaining = rows("SELECT count(DISTINCT maintenance_unit_id) FROM equipment")
    teamed = rows("SELECT count(DISTINCT organization_id) FROM response_teams")
    expired = rows("SELECT count(*) FROM licences WHERE valid_until < '2026-11-20'")

    assert maintaining == teamed
    assert maintaining == rows("SELECT count(*) FROM licences")
    assert expired == [(1,)]
    lapsed = rows(
        "SELECT count(*) FROM equipment e JOIN licences l ON l.organization_id = e.maintenance_unit_id WHERE valid_until < '2026-11-20'"
    )
    assert 0 < int(str(lapsed[0][0])) < 50


@pytest.mark.parametrize("hour", [0, 7, 15, 16, 23])
def test_somebody_is_on_duty_at_every_hour(rows: Rows, hour: int) -> None:
    moment = AT.replace(hour=hour)

    on_duty = dict(rows(f"SELECT post, count(*) FROM duty_shifts WHERE starts_at <= '{moment}' AND ends_at > '{moment}' GROUP BY post"))

    assert on_duty["leader"] == on_duty["officer"] == 1
    assert int(str(on_duty["team"])) > 40


def test_teams_stand_in_the_district(rows: Rows) -> None:
    assert rows("SELECT count(*) FROM response_teams WHERE lng NOT BETWEEN 121.30 AND 121.48 OR lat NOT BETWEEN 31.20 AND 31.32") == [(0,)]


def test_rosters_are_carried_on_and_never_written_twice(store: Store, rows: Rows) -> None:
    before = rows("SELECT count(*), max(starts_at) FROM duty_shifts")
    with store.transaction() as tx:
        teams.provide(tx, seed=SEED, at=AT)
    unchanged = rows("SELECT count(*), max(starts_at) FROM duty_shifts")

    later = AT + timedelta(days=10)
    with store.transaction() as tx:
        teams.provide(tx, seed=SEED, at=later)

    assert unchanged == before
    assert rows("SELECT team_id, starts_at FROM duty_shifts WHERE team_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1") == []
    assert rows("SELECT (max(starts_at) - '2026-11-20')::text FROM duty_shifts") == [("69 days 12:00:00",)]


def test_units_accounts_belong_to_units_that_share_lifts(store: Store, home: Home, rows: Rows) -> None:
    path = home.run / "accounts.json"
    with store.reading() as tx:
        write_units(path, settled(tx, read_logins(path)))

    units = {
        said["username"]: said["scope"]["organization"] for said in json.loads(path.read_text("utf-8")) if said["scope"]["organization"]
    }
    stored = dict(rows("SELECT username, organization_id FROM accounts WHERE organization_id IS NOT NULL"))

    assert units == stored
    assert set(units) == {"use-unit", "truck-unit", "maintainer-1", "maintainer-2"}
    for maintainer in ("maintainer-1", "maintainer-2"):
        shared = rows(
            f"SELECT count(*) FROM equipment WHERE use_unit_id = {units['use-unit']} AND maintenance_unit_id = {units[maintainer]} "
            "AND monitor_vendor IS NOT NULL"
        )
        assert int(str(shared[0][0])) > 10
    trucks = rows(
        f"SELECT count(*) FROM equipment WHERE use_unit_id = {units['truck-unit']} AND kind = 'forklift' AND monitor_vendor <> ''"
    )
    assert int(str(trucks[0][0])) > 10
    assert path.stat().st_mode & 0o077 == 0


def test_a_district_without_units_gets_no_account_of_one(fresh_database: Callable[[], str], home: Home) -> None:
    opened = connect(fresh_database())
    with opened.reading() as tx:
        found = settled(tx, read_logins(home.run / "accounts.json"))
    opened.close()

    assert {"use-unit", "truck-unit", "maintainer-1", "maintainer-2"}.isdisjoint(login.account.username for login in found)
