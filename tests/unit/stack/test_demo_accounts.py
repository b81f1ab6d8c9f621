from __future__ import annotations

from pathlib import Path

import pytest

from domain.scope import ALL, Role
from stack.demo_accounts import demo_accounts
from stack.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path)


def test_every_street_has_one_official_who_sees_that_street_only(home: Home) -> None:
    officials = [account for account in demo_accounts(home) if account["role"] == Role.STREET]

    assert len({account["username"] for account in officials}) == 10
    assert all(account["scope"]["streets"] == [account["username"].removeprefix("street-")] for account in officials)


@pytest.mark.parametrize("role", [Role.OPERATIONS_CENTRE, Role.BUREAU, Role.WALL])
def test_the_desks_of_the_district_see_all_of_it(home: Home, role: Role) -> None:
    desks = [account for account in demo_accounts(home) if account["role"] == role]

    assert [account["scope"] for account in desks] == [{"streets": ALL, "organization": None, "kinds": ALL}]


def test_passwords_are_random_kept_and_private(home: Home, tmp_path: Path) -> None:
    first = demo_accounts(home)
    elsewhere = demo_accounts(Home.at(tmp_path / "other"))

    assert demo_accounts(home) == first
    assert {account["password"] for account in first}.isdisjoint(account["password"] for account in elsewhere)
    assert (home.run / "accounts.json").stat().st_mode & 0o077 == 0
