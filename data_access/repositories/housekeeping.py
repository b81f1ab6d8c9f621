"""Rows whose time is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_

from data_access.engine import Tx
from data_access.tables import quarantine, sessions, sign_in_failures
from data_access.watches import Watch


def expire(tx: Tx, *, quarantined_before: datetime, seen_before: datetime, failed_before: datetime, at: datetime) -> int:
    """Delete messages quarantined and wrong passwords counted before these times, and sessions that ended or were last used before theirs.

    The number of rows.
    """
    s = sessions.c
    refused = tx.execute(delete(quarantine).where(quarantine.c.received_at < quarantined_before)).rowcount
    ended = tx.execute(delete(sessions).where(or_(s.expires_at < at, s.revoked_at.is_not(None), s.seen_at < seen_before))).rowcount
    failed = tx.execute(delete(sign_in_failures).where(sign_in_failures.c.counted_since < failed_before)).rowcount
    if refused:
        tx.touch(Watch.QUARANTINE)
    return refused + ended + failed
