"""Work orders with everything they need: their log, clocks, the people who are sent and told, and the working days."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

STATEMENTS = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Make the tables of work orders."""
    op.get_bind().exec_driver_sql(STATEMENTS.read_text("utf-8"))
