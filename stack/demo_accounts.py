"""The demonstration's sign-ins: one account per desk, with random passwords of this installation."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from stack.home import PROJECT, Home, write_private_json

GEOGRAPHY = PROJECT / "assets" / "geo" / "putuo_schematic.geojson"
_ALL = "all"
_DESKS = (
    ("centre", "operations_centre", "城运中心值班员"),
    ("bureau", "bureau", "区市场监管局监管员"),
    ("wall", "wall", "城运中心大屏"),
)


def demo_accounts(home: Home, *, geography: Path = GEOGRAPHY) -> list[dict[str, Any]]:
    """run/accounts.json, written at the first call: district-wide desks, and one official for each street."""
    path = home.run / "accounts.json"
    if not path.exists():
        desks = [_account(username, role, name, streets=_ALL) for username, role, name in _DESKS]
        officials = [_account(f"street-{code}", "street", f"{name}干部", streets=[code]) for code, name in _streets(geography)]
        write_private_json(path, desks + officials)
    known: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return known


def _account(username: str, role: str, name: str, *, streets: list[str] | str) -> dict[str, Any]:
    scope = {"streets": streets, "organization": None, "kinds": _ALL}
    return {"role": role, "username": username, "name": name, "password": secrets.token_urlsafe(12), "scope": scope}


def _streets(geography: Path) -> list[tuple[str, str]]:
    """(code, name) of the streets, in the order of their codes: codes are data, never code."""
    features = json.loads(geography.read_text("utf-8"))["features"]
    found = (feature["properties"] for feature in features)
    return sorted((street["code"], street["name"]) for street in found if street["layer"] == "street")
