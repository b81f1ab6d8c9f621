"""A vendor is ended in the broker's list: a second switch in the database, which nothing honoured, goes."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Drop vendors.enabled."""
    op.execute("ALTER TABLE vendors DROP COLUMN enabled")
