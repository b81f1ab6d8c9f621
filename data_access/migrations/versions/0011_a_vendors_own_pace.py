"""Each vendor's last pauses between two signs, so that one who pushes every few minutes is not called lost in between."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add vendors.paced_at and vendors.pauses."""
    op.execute("ALTER TABLE vendors ADD COLUMN paced_at TIMESTAMP WITH TIME ZONE, ADD COLUMN pauses REAL[] NOT NULL DEFAULT '{}'")
