"""Outages as screens show them: what was lost together, and how much of it is back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from data_access.engine import Tx
from data_access.scoping import within
from data_access.tables import equipment, outage_members, outages, sites
from domain.outages import Cause
from domain.scope import Scope

m, o = outage_members.c, outages.c


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One outage as a reader sees it: `lost` and `back` count the machines of the scope. `name` is a gateway's or a vendor's."""

    id: int
    cause: str
    name: str
    site: str | None
    vendor: str | None
    street_code: str | None
    started_at: datetime
    detected_at: datetime
    ended_at: datetime | None
    lost: int
    back: int


def recent(scope: Scope, tx: Tx, *, since: datetime, limit: int = 20) -> list[OutageRow]:
    """The open outages, and those that ended since `since`, open and newest first. The platform's own concern every reader."""
    shown = or_(o.ended_at.is_(None), o.ended_at > since)
    members = (
        select(m.outage_id, func.count().label("lost"), func.count(m.back_at).label("back"))
        .select_from(outage_members.join(equipment, equipment.c.id == m.equipment_id).join(outages, o.id == m.outage_id))
        .where(shown)
        .group_by(m.outage_id)
    )
    counted = within(scope, members).subquery()
    own = and_(o.cause == Cause.PLATFORM.value, o.name == "")
    statement = (
        select(
            o.id, o.cause, o.name, sites.c.name.label("site"), o.vendor, o.street_code, o.started_at, o.detected_at, o.ended_at,
            func.coalesce(counted.c.lost, 0), func.coalesce(counted.c.back, 0),
        )
        .select_from(outages.outerjoin(counted, counted.c.outage_id == o.id).outerjoin(sites, sites.c.id == o.site_id))
        .where(shown, or_(counted.c.lost > 0, own))
        .order_by(o.ended_at.is_not(None), o.started_at.desc(), o.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [OutageRow(*row) for row in tx.rows(statement)]
