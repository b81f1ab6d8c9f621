"""Old readings, a row per machine and hour; sums of hours and days."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing yet."""
