"""How lately something was heard: asked by probes that have no account, so there is no scope to take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from data_access.engine import Tx
from data_access.tables import ingest_marks, vendors


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest instant of each kind; None where there never was one."""

    committed_at: datetime | None  # an ingest worker stored a batch
    heartbeat_at: datetime | None  # a vendor's heartbeat came through the broker
    message_at: datetime | None  # a vendor's message came through the broker


def heard(tx: Tx) -> Heard:
    """What was heard lately, over all workers and vendors."""
    newest = (func.max(ingest_marks.c.committed_at), func.max(vendors.c.heartbeat_at), func.max(vendors.c.last_message_at))
    row = tx.execute(select(*(select(column).scalar_subquery() for column in newest))).one()
    return Heard(*tuple(row))
