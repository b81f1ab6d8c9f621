"""Rows whose time is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_

from data_access.engine import Tx
from data_access.tables import sessions, sign_in_failures


def expire(tx: Tx, *, seen_before: datetime, failed_before: datetime, at: datetime) -> int:
    """Delete sessions that ended or were last used before, and wrong passwords counted before their time; the number of rows."""
    s = sessions.c
    ended = tx.execute(delete(sessions).where(or_(s.expires_at < at, s.revoked_at.is_not(None), s.seen_at < seen_before))).rowcount
    failed = tx.execute(delete(sign_in_failures).where(sign_in_failures.c.counted_since < failed_before)).rowcount
    return ended + failed
