"""${message}."""

from __future__ import annotations

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Add, backfill, switch, drop: safe while the old code still runs."""
    ${upgrades if upgrades else "op.execute('')"}
