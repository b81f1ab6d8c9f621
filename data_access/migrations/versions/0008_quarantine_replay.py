"""Refused messages can be found by reason and vendor, and offered again."""

from __future__ import annotations

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing yet."""
