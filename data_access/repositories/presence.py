"""What the minute tick must know to say which monitors fell silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from data_access.engine import Tx
from data_access.tables import alarms, equipment, equipment_states, vendor_minutes
from domain.alarm_book import OFFLINE


def monitors(tx: Tx) -> Sequence[Row[Any]]:
    """Every machine that ever spoke: its vendor, newest sampling time, cadence, stored presence, and whether its offline alarm is open."""
    e, s, a = equipment.c, equipment_states.c, alarms.c
    offline = (a.equipment_id == s.equipment_id) & (a.family == OFFLINE) & a.cleared_at.is_(None)
    columns = (s.equipment_id, e.kind, e.monitor_vendor, s.sampled_at, s.cadence_s, s.presence, a.id.is_not(None).label("alarmed"))
    joined = equipment_states.join(equipment, e.id == s.equipment_id).outerjoin(alarms, offline)
    return tx.execute(select(*columns).select_from(joined).order_by(s.equipment_id)).all()


def minutes_heard(tx: Tx, since: datetime) -> dict[str, list[datetime]]:
    """The minutes since `since` in which each vendor's connection said anything at all, in order."""
    m = vendor_minutes.c
    heard: dict[str, list[datetime]] = {}
    for row in tx.execute(select(m.vendor, m.minute).where(m.minute >= since).order_by(m.minute)):
        heard.setdefault(row.vendor, []).append(row.minute)
    return heard
