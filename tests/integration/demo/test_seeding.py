"""Seeding a real database: the whole district once, and never into a real district."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from data_access.engine import Store, connect
from data_access.repositories import deployments, equipment
from data_access.repositories.accounts import NewAccount
from demo.binding import connected
from demo.logins import read_logins
from demo.seeding import Seeded, seed
from domain.errors import WrongDistrict
from domain.scope import Role
from services.identity import SignInRefused, create_account, find_session, sign_in

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
LOGIN: dict[str, Any] = {
    "username": "street-310107005",
    "role": "street",
    "name": "街道干部",
    "password": "pearl-otter-lantern-7",
    "scope": {"streets": ["310107005"], "organization": None, "kinds": "all"},
}


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    """An empty database of each test's own."""
    return fresh_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = connect(url)
    yield store
    store.close()


@pytest.fixture
def database(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def test_an_empty_database_takes_the_whole_district_and_its_logins_once(store: Store, database: psycopg.Connection, tmp_path: Path) -> None:
    logins = tmp_path / "accounts.json"
    logins.write_text(json.dumps([LOGIN]), encoding="utf-8")

    first = seed(store, number=1, logins=read_logins(logins), at=AT)
    second = seed(store, number=2, logins=read_logins(logins), at=AT)

    assert (first, second) == (Seeded.WRITTEN, Seeded.ALREADY)
    counts = dict(database.execute("SELECT kind, count(*) FROM equipment GROUP BY kind").fetchall())
    assert counts["elevator"] == 14_115
    assert sum(counts.values()) - counts["pressure_pipeline"] == 18_964
    assert database.execute("SELECT sum(length_km)::text FROM equipment").fetchone() == ("35.1",)
    assert database.execute("SELECT mode, seed FROM deployments").fetchall() == [("demonstration", 1)]
    assert database.execute("SELECT username, role, streets, demo FROM accounts").fetchall() == [
        ("street-310107005", "street", ["310107005"], True)
    ]
    assert database.execute("SELECT count(*) FROM rule_settings").fetchone() == (0,)


@pytest.fixture
def demonstration(store: Store) -> Store:
    """A database that another installation has declared a demonstration."""
    with store.transaction() as tx:
        deployments.declare(tx, "demonstration", seed=1, at=AT)
    return store


def install(store: Store, folder: Path, *logins: dict[str, Any]) -> None:
    """Seed with the logins of an installation."""
    path = folder / "accounts.json"
    path.write_text(json.dumps(logins), encoding="utf-8")
    seed(store, number=1, logins=read_logins(path), at=AT)


def test_another_installation_brings_its_own_passwords_to_a_district_that_is_there(demonstration: Store, tmp_path: Path) -> None:
    install(demonstration, tmp_path, LOGIN)
    before = sign_in(demonstration, LOGIN["username"], LOGIN["password"], address="", at=AT)

    install(demonstration, tmp_path, LOGIN | {"password": "another-12"}, LOGIN | {"username": "centre"})

    assert find_session(demonstration, before.token, at=AT) is None
    assert sign_in(demonstration, LOGIN["username"], "another-12", address="", at=AT).token
    assert sign_in(demonstration, "centre", LOGIN["password"], address="", at=AT).token
    with pytest.raises(SignInRefused):
        sign_in(demonstration, LOGIN["username"], LOGIN["password"], address="", at=AT)


def test_an_account_that_is_no_demonstrations_keeps_its_password_and_sessions(demonstration: Store, tmp_path: Path) -> None:
    with demonstration.transaction() as tx:
        create_account(tx, NewAccount(username=LOGIN["username"], name="某人", role=Role.STREET), "mine alone")
    mine = sign_in(demonstration, LOGIN["username"], "mine alone", address="", at=AT)

    install(demonstration, tmp_path, LOGIN)

    assert find_session(demonstration, mine.token, at=AT) is not None
    assert sign_in(demonstration, LOGIN["username"], "mine alone", address="", at=AT).token


def test_the_simulator_binds_what_a_bench_asks_for(store: Store, database: psycopg.Connection) -> None:
    seed(store, number=1, logins=[], at=AT)

    usual, few, all_of_them = connected(store, None), connected(store, 50), connected(store, 14_415)

    assert (len(usual), len(few), len(all_of_them)) == (9_934, 50, 14_415)
    bound = database.execute("SELECT count(*) FROM equipment WHERE monitor_vendor IS NOT NULL").fetchone()
    assert bound == (14_415,)


def test_a_real_district_is_left_alone(store: Store, database: psycopg.Connection) -> None:
    with store.transaction() as tx:
        deployments.declare(tx, "real", at=AT)

    with pytest.raises(WrongDistrict):
        seed(store, number=1, logins=[], at=AT)
    with pytest.raises(WrongDistrict):
        connected(store, None)
    assert database.execute("SELECT count(*) FROM streets").fetchone() == (0,)


def test_foreign_equipment_without_a_flag_is_a_real_district_too(store: Store) -> None:
    row = {"code": "31103101092004060248", "kind": "elevator", "name": "某电梯", "address": "", "extra": {}}
    with store.transaction() as tx:
        equipment.upsert(tx, [row])

    with pytest.raises(WrongDistrict):
        seed(store, number=1, logins=[], at=AT)
