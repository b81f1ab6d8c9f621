"""Who may write for a broker session: one worker at a time, and the next one shuts the last one out."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make ingest_leases."""
    op.execute(
        "CREATE TABLE ingest_leases (name TEXT NOT NULL, filters TEXT[] NOT NULL, holder TEXT NOT NULL, epoch BIGINT NOT NULL, "
        "taken_at TIMESTAMP WITH TIME ZONE NOT NULL, expires_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "CONSTRAINT ingest_leases_pkey PRIMARY KEY (name)) WITH (fillfactor=20)"
    )
