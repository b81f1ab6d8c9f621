"""An alarm may have been seen on live readings while a backlog was still being worked off."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Allow the source 'ahead'."""
    op.execute("ALTER TABLE alarms DROP CONSTRAINT alarms_source_check")
    op.execute("ALTER TABLE alarms ADD CONSTRAINT alarms_source_check CHECK (source IN ('rule', 'event', 'presence', 'ahead'))")
