"""Rows whose time is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete

from data_access.engine import Tx
from data_access.tables import quarantine, sessions
from data_access.watches import Watch


def expire(tx: Tx, *, quarantined_before: datetime, at: datetime) -> int:
    """Delete quarantined messages received before `quarantined_before` and sessions that ended; the number of rows."""
    refused: CursorResult[Any] = tx.execute(delete(quarantine).where(quarantine.c.received_at < quarantined_before))
    ended: CursorResult[Any] = tx.execute(delete(sessions).where(sessions.c.expires_at < at))
    if refused.rowcount:
        tx.touch(Watch.QUARANTINE)
    return refused.rowcount + ended.rowcount
