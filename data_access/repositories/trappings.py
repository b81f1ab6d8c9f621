"""Entrapments of late, whether still open or not: many at once are an emergency."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from data_access.engine import Tx
from data_access.tables import alarms
from domain.faults import ENTRAPMENT


def raised_since(tx: Tx, since: datetime) -> list[datetime]:
    """When each entrapment since `since` was raised, in order."""
    c = alarms.c
    return list(tx.scalars(select(c.raised_at).where(c.family == ENTRAPMENT, c.raised_at >= since).order_by(c.raised_at)))
