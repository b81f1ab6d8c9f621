"""Monitors that fell silent together: one incident with its cause and its members."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing yet."""
