"""A small town for the web's tests: two streets with a lift and an open alarm each, a lift in no street, and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psycopg
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

PASSWORD: Final = "长风-公园-2026"
CHANGFENG: Final = "310107014"
GANQUAN: Final = "310107016"
STREETS: Final = {CHANGFENG: "长风新村街道", GANQUAN: "甘泉路街道"}


@dataclass(frozen=True, slots=True)
class Lift:
    """One lift with an open alarm."""

    code: str
    name: str
    street: str | None


IN_CHANGFENG: Final = Lift("31101070052019000001", "听涛苑 1 号梯", CHANGFENG)
IN_GANQUAN: Final = Lift("31101070142019000002", "望泉里 2 号梯", GANQUAN)
IN_NO_STREET: Final = Lift("1E217", '=HYPERLINK("http://evil.example")', None)
LIFTS: Final = (IN_CHANGFENG, IN_GANQUAN, IN_NO_STREET)

# username → (role, streets; None is the whole district)
ACCOUNTS: Final[dict[str, tuple[str, list[str] | None]]] = {
    "centre": ("operations_centre", None),
    "bureau": ("bureau", None),
    "wall": ("wall", None),
    "changfeng": ("street", [CHANGFENG]),
    "ganquan": ("street", [GANQUAN]),
}


def settle(database_url: str) -> None:
    """Fill an empty database with the town."""
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("INSERT INTO deployments (mode) VALUES ('demonstration')")
        db.execute("INSERT INTO vendors (name, title) VALUES ('xzl', '迅智联')")
        for code, name in STREETS.items():
            db.execute("INSERT INTO streets VALUES (%s, %s, 'street', %s, 121.4, 31.23, 5, '{}')", (code, name, name))
        for lift in LIFTS:
            _build(db, lift)
        for username, (role, streets) in ACCOUNTS.items():
            add_account(db, username, role, streets)


def add_account(db: psycopg.Connection, username: str, role: str, streets: list[str] | None) -> None:
    """An account with the town's password."""
    hashed = PasswordHasher.from_parameters(CHEAPEST).hash(PASSWORD)
    insert = "INSERT INTO accounts (username, password_hash, name, role, streets) VALUES (%s, %s, %s, %s, %s)"
    db.execute(insert, (username, hashed, f"{username} 值班员", role, streets))


def _build(db: psycopg.Connection, lift: Lift) -> None:
    row = db.execute(
        "INSERT INTO equipment (code, kind, name, pinyin, sort_key, search_key, street_code, monitor_vendor, lng, lat) "
        "VALUES (%(code)s, 'elevator', %(name)s, '', %(name)s, lower(%(code)s), %(street)s, 'xzl', 121.40123456, 31.23) RETURNING id",
        {"code": lift.code, "name": lift.name, "street": lift.street},
    ).fetchone()
    assert row is not None
    db.execute(
        "INSERT INTO alarms "
        "(equipment_id, kind, street_code, family, rule, category, level, reason, source, raised_at, detected_at, last_occurred_at) VALUES "
        "(%s, 'elevator', %s, 'entrapment', 'entrapment_event', 'entrapment', 'entrapment', 'event 1', 'event', now(), now(), now())",
        (row[0], lift.street),
    )
