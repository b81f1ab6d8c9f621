"""Wrong passwords are counted by name and address: somebody elsewhere no longer locks out the owner of an account."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make sign_in_failures; the count and the lock of whole accounts go, which nothing reads any more."""
    op.execute(
        "CREATE TABLE sign_in_failures (username TEXT NOT NULL, place TEXT NOT NULL, failed_count INTEGER NOT NULL, "
        "counted_since TIMESTAMP WITH TIME ZONE NOT NULL, locked_until TIMESTAMP WITH TIME ZONE, "
        "CONSTRAINT sign_in_failures_pkey PRIMARY KEY (username, place))"
    )
    op.execute("ALTER TABLE accounts DROP COLUMN failed_count, DROP COLUMN locked_until")
