from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from domain.scope import ALL, Role
from stack.demo_accounts import demo_accounts
from stack.home import Home, write_private_json


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


def test_everybody_with_a_part_in_work_orders_has_an_account(home: Home) -> None:
    roles = Counter(account["role"] for account in demo_accounts(home))

    assert roles[Role.MAINTENANCE_UNIT] == 2
    assert roles[Role.USE_UNIT] == 2  # one with lifts, one with trucks: both sorts of order have an owner
    assert all(roles[role] == 1 for role in (Role.INSPECTION_BODY, Role.HOUSING, Role.EMERGENCY, Role.FIRE))


def test_an_installation_of_before_gets_the_accounts_it_lacks_and_keeps_its_passwords(home: Home) -> None:
    old = demo_accounts(home)[:3]
    write_private_json(home.run / "accounts.json", old)

    now = demo_accounts(home)

    assert now[:3] == old
    assert len(now) == len({account["username"] for account in now}) == 21
