"""Which district this is: asked before anybody has signed in, so there is no scope to take."""

from __future__ import annotations

from sqlalchemy import select

from data_access.engine import Tx
from data_access.tables import deployments


def mode(tx: Tx) -> str | None:
    """demonstration, real, or None when nothing is stored yet."""
    found: str | None = tx.scalar(select(deployments.c.mode))
    return found
