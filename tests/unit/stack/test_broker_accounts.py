from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from stack.broker_accounts import Vendor, access_list, password_file, vendors
from stack.errors import StackError
from stack.home import Home, write_private_json

XZL = Vendor("xzl", "迅智联", "xzl", "secret")
HTK = Vendor("htk", "沪梯康", "htk", "other")


def test_a_vendor_is_granted_its_own_name_and_nothing_else() -> None:
    block = access_list([XZL, HTK]).split("user xzl\n")[1].split("user ")[0]

    assert block.split("\n") == ["topic write pt/v1/xzl/#", "topic read pt/v1/xzl/+/+/command", "", ""]


def test_the_password_file_holds_pbkdf2_of_the_password_and_not_the_password() -> None:
    line = password_file([("xzl", "secret")]).strip()

    username, hashed = line.split(":")
    _, version, rounds, salt, digest = hashed.split("$")
    assert (username, version) == ("xzl", "7")
    assert base64.b64decode(digest) == hashlib.pbkdf2_hmac("sha512", b"secret", base64.b64decode(salt), int(rounds))
    assert "secret" not in line


def test_vendor_passwords_are_made_once_and_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    home = Home.at(tmp_path)

    first = vendors(home)

    assert vendors(home) == first
    assert len({vendor.password for vendor in first}) == len(first) >= 5
    assert (home.run / "vendors.json").stat().st_mode & 0o077 == 0


def test_installations_do_not_share_passwords(tmp_path: Path) -> None:
    here, there = (vendors(Home.at(tmp_path / name)) for name in ("a", "b"))

    assert {vendor.password for vendor in here}.isdisjoint(vendor.password for vendor in there)


@pytest.mark.parametrize("name", ["#", "xzl/#", "+", "ingest", "admin", "web", "", "XZL", "xzl\ntopic readwrite #"])
def test_a_name_that_would_widen_the_access_list_is_refused(tmp_path: Path, name: str) -> None:
    home = Home.at(tmp_path)
    write_private_json(home.run / "vendors.json", [{"name": name, "title": "", "username": name, "password": "p"}])

    with pytest.raises(StackError, match=r"vendors\.json"):
        vendors(home)
