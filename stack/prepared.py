"""What the last preparation of the database rested on: when nothing of it changed, a start need not do it again on that day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from stack.home import PROJECT, Home, write_private_json

_MIGRATIONS = PROJECT / "data_access" / "migrations" / "versions"
_SHANGHAI = timedelta(hours=8)
_LISTS = ("accounts.json", "vendors.json")
_STATE = """
select (select version_num from alembic_version), (select mode from deployments),
       (select coalesce(md5(string_agg(username || password_hash, ' ' order by username)), '') from accounts where demo)
"""

Basis = dict[str, Any]


def basis(home: Home, url: str) -> Basis | None:
    """The schema's version, the mode and the logins stored in the database, with a digest of what was written into it, and the day:
    what fell due in a demonstration since then is seen to before anybody looks.

    None: not prepared.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            state = connection.execute(_STATE).fetchone()
    except psycopg.Error:
        return None
    if state is None or None in state:
        return None
    version, mode, logins = state
    return {"version": version, "mode": mode, "logins": logins, "inputs": _digest(home), "day": _day(datetime.now(UTC))}


def _day(at: datetime) -> str:
    """The day in Shanghai."""
    return f"{at + _SHANGHAI:%F}"


def remembered(home: Home) -> Basis | None:
    """The basis of the last preparation from this folder."""
    path = home.run / "prepared.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def remember(home: Home, url: str) -> None:
    """Keep the basis of the preparation that has just succeeded."""
    write_private_json(home.run / "prepared.json", basis(home, url))


def _digest(home: Home) -> str:
    """Of the migrations' files, and of the accounts and vendors that are stored in the database."""
    return hashlib.sha256(b"\0".join(_contents(home))).hexdigest()


def _contents(home: Home) -> Iterator[bytes]:
    files: list[Path] = sorted(_MIGRATIONS.glob("*.py")) + [home.run / name for name in _LISTS]
    for file in files:
        yield file.name.encode()
        yield file.read_bytes() if file.exists() else b""
