"""Who holds a worker's session, and from when on its newest states were not yet written."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing yet."""
