"""The list of publicity as screens show it: which sites, what happens there, in how many lifts, and when of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, cast, func, select, within_group
from sqlalchemy.sql.selectable import ScalarSelect

from data_access.engine import Tx
from data_access.scoping import within
from data_access.tables import alarms, equipment, organizations, publicity, sites
from domain.scope import Scope

a, e, p, s = alarms.c, equipment.c, publicity.c, sites.c
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class PublicityRow:
    """One behaviour at one site in one week. `hour` is the hour of the day (Shanghai) in which it happens most."""

    id: int
    site: str
    street_code: str | None
    behaviour: str
    count: int
    since: datetime
    until: datetime
    done_at: datetime | None
    done_by: str | None
    note: str
    lifts: int
    hour: int | None
    use_unit: str | None


def listed(scope: Scope, tx: Tx, *, open_only: bool = False, behaviour: str = "", limit: int = MOST) -> list[PublicityRow]:
    """What is on the list in the scope: what is still to be done first, then the newest week, then what happens most."""
    happened = and_(a.family == p.behaviour, a.raised_at >= p.since, a.raised_at < p.until, e.site_id == p.site_id)
    wanted = [*([p.done_at.is_(None)] if open_only else []), *([p.behaviour == behaviour] if behaviour else [])]
    columns = (p.id, s.name, s.street_code, p.behaviour, p.count, p.since, p.until, p.done_at, p.done_by, p.note)
    statement = (
        select(*columns, _lifts(happened), _hour(happened), _use_unit())
        .select_from(publicity.join(sites, s.id == p.site_id))
        .where(p.site_id.in_(within(scope, select(e.site_id))), *wanted)
        .order_by(p.done_at.is_not(None), p.since.desc(), p.count.desc(), p.id)
        .limit(limit)
    )
    return [PublicityRow(*row) for row in tx.rows(statement)]


def exists(scope: Scope, tx: Tx, *, entry_id: int) -> bool:
    """Whether there is such an entry in the scope."""
    return bool(tx.rows(select(p.id).where(p.id == entry_id, p.site_id.in_(within(scope, select(e.site_id))))))


def _lifts(happened: ColumnElement[bool]) -> ScalarSelect[Any]:
    machines = select(func.count(a.equipment_id.distinct())).select_from(alarms.join(equipment, e.id == a.equipment_id))
    return machines.where(happened).correlate(publicity).scalar_subquery()


def _hour(happened: ColumnElement[bool]) -> ScalarSelect[Any]:
    hour = func.extract("hour", func.timezone("Asia/Shanghai", a.raised_at))
    usual = select(cast(within_group(func.mode(), hour), Integer)).select_from(alarms.join(equipment, e.id == a.equipment_id))
    return usual.where(happened).correlate(publicity).scalar_subquery()


def _use_unit() -> ScalarSelect[Any]:
    """The use unit of the site, where its machines have one and the same."""
    named = select(func.min(organizations.c.name)).select_from(equipment.join(organizations, organizations.c.id == e.use_unit_id))
    only = named.where(e.site_id == p.site_id).having(func.count(organizations.c.id.distinct()) == 1)
    return only.correlate(publicity).scalar_subquery()
