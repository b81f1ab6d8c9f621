"""What an alarm turned out to be, by the word of whoever acknowledged it."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing yet."""
