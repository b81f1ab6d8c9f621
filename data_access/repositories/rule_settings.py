"""Thresholds in force: every change is a new version with its author and its reason."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text

from data_access.engine import Tx
from data_access.watches import Watch

_CURRENT: Final = text("SELECT DISTINCT ON (key) key, value FROM rule_settings ORDER BY key, version DESC")
_CHANGE: Final = text(
    "INSERT INTO rule_settings (key, value, version, changed_at, changed_by, why) "
    "SELECT :key, :value, coalesce(max(version), 0) + 1, :at, :by, :why FROM rule_settings WHERE key = :key RETURNING version"
)


def current(tx: Tx) -> dict[str, float]:
    """Key → value, for the keys that were ever changed; the others have their default in domain/."""
    return dict(tx.rows(_CURRENT))


def change(tx: Tx, key: str, value: float, *, by: str, why: str, at: datetime) -> int:
    """Put a value in force; its version."""
    tx.touch(Watch.RULE_SETTINGS)
    return int(tx.scalar(_CHANGE, {"key": key, "value": value, "by": by, "why": why, "at": at}))
