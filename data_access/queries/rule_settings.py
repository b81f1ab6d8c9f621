"""Thresholds as they are, and as they were: every version with its author, its reason and its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from data_access.engine import Tx
from data_access.tables import rule_settings
from domain.scope import Scope

c = rule_settings.c
LONGEST: Final = 200  # versions of one threshold on a screen


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of one threshold. Thresholds belong to no machine, so every scope reads all of them."""

    key: str
    value: float
    version: int
    changed_at: datetime
    changed_by: str
    why: str


def newest(scope: Scope, tx: Tx) -> dict[str, VersionRow]:
    """The version in force of every threshold that was ever changed, by key."""
    statement = _rows().ext(distinct_on(c.key)).order_by(c.key, c.version.desc())
    return {row[0]: VersionRow(*row) for row in tx.rows(statement)}


def versions(scope: Scope, tx: Tx, *, key: str, limit: int = LONGEST) -> list[VersionRow]:
    """The versions of one threshold, newest first."""
    statement = _rows().where(c.key == key).order_by(c.version.desc()).limit(limit)
    return [VersionRow(*row) for row in tx.rows(statement)]


def changes(scope: Scope, tx: Tx) -> list[VersionRow]:
    """Every version of every threshold, oldest first: what was in force at any moment."""
    return [VersionRow(*row) for row in tx.rows(_rows().order_by(c.changed_at, c.key, c.version))]


def _rows() -> Select[tuple[str, float, int, datetime, str, str]]:
    return select(c.key, c.value, c.version, c.changed_at, c.changed_by, c.why)
