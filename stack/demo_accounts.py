"""The demonstration's sign-ins: an account per desk and per unit with a part in work orders, with passwords of this installation."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stack.home import PROJECT, Home, write_private_json

GEOGRAPHY = PROJECT / "assets" / "geo" / "putuo_schematic.geojson"
_ALL = "all"
_LIFTS = ["elevator"]
_DESKS: tuple[tuple[str, str, str, list[str] | str], ...] = (
    ("centre", "operations_centre", "城运中心值班员", _ALL),
    ("bureau", "bureau", "区市场监管局监管员", _ALL),
    ("wall", "wall", "城运中心大屏", _ALL),
    ("inspection", "inspection_body", "检验机构检验员", _LIFTS),
    ("housing", "housing", "区房管局经办人", _LIFTS),
    ("emergency", "emergency", "区应急局值班员", _ALL),
    ("fire", "fire", "消防救援支队值班员", _ALL),
)
_UNITS = (
    ("use-unit", "use_unit", "物业安全管理员"),
    ("truck-unit", "use_unit", "厂内叉车安全管理员"),
    ("maintainer-1", "maintenance_unit", "甲维保单位调度"),
    ("maintainer-2", "maintenance_unit", "乙维保单位调度"),
)
"""Which units these are is found when the district is written: `demo.logins` fills in `scope.organization`."""


def demo_accounts(home: Home, *, geography: Path = GEOGRAPHY) -> list[dict[str, Any]]:
    """run/accounts.json: every desk and unit, and one official for each street. What is missing there is added, with a new password."""
    path = home.run / "accounts.json"
    known: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else []
    names = {account["username"] for account in known}
    missing = [account for account in _wanted(geography) if account["username"] not in names]
    if missing:
        write_private_json(path, [*known, *missing])
    return [*known, *missing]


def _wanted(geography: Path) -> Iterator[dict[str, Any]]:
    for username, role, name, kinds in _DESKS:
        yield _account(username, role, name, kinds=kinds)
    for code, name in _streets(geography):
        yield _account(f"street-{code}", "street", f"{name}干部", streets=[code])
    for username, role, name in _UNITS:
        yield _account(username, role, name)


def _account(username: str, role: str, name: str, *, streets: list[str] | str = _ALL, kinds: list[str] | str = _ALL) -> dict[str, Any]:
    scope = {"streets": streets, "organization": None, "kinds": kinds}
    return {"role": role, "username": username, "name": name, "password": secrets.token_urlsafe(12), "scope": scope}


def _streets(geography: Path) -> list[tuple[str, str]]:
    """(code, name) of the streets, in the order of their codes: codes are data, never code."""
    features = json.loads(geography.read_text("utf-8"))["features"]
    found = (feature["properties"] for feature in features)
    return sorted((street["code"], street["name"]) for street in found if street["layer"] == "street")
