"""What could not be taken. A message that names no machine is seen by readers of the whole platform only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from data_access.conditions import midnight
from data_access.engine import Tx
from data_access.scoping import EQUIPMENT, inside, unbound
from data_access.tables import equipment, quarantine
from domain.scope import Scope

q, e = quarantine.c, equipment.c
_JOINED = quarantine.outerjoin(equipment, e.code == q.equipment_code)


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One refused message; `size` is that of the whole payload in bytes, `payload` its beginning."""

    id: int
    vendor: str
    topic: str
    reason: str
    detail: str | None
    received_at: datetime
    size: int
    equipment_code: str | None
    payload: str


def counts(scope: Scope, tx: Tx, *, at: datetime) -> dict[str, int]:
    """Messages refused since midnight in Shanghai, by reason."""
    statement = select(q.reason, func.count()).select_from(_JOINED).where(q.received_at >= midnight(at), _seen(scope))
    return {row[0]: row[1] for row in tx.rows(statement.group_by(q.reason).order_by(q.reason))}


def recent(scope: Scope, tx: Tx, *, limit: int = 50) -> list[QuarantineRow]:
    """The newest refused messages."""
    beginning = func.encode(func.substring(q.payload, 1, 200), "escape")
    columns = (q.id, q.vendor, q.topic, q.reason, q.detail, q.received_at, q.size, q.equipment_code, beginning)
    statement = select(*columns).select_from(_JOINED).where(_seen(scope)).order_by(q.received_at.desc(), q.id.desc()).limit(limit)
    return [QuarantineRow(*row) for row in tx.rows(statement)]


def _seen(scope: Scope) -> ColumnElement[bool]:
    return or_(and_(e.id.is_not(None), inside(scope, EQUIPMENT)), and_(e.id.is_(None), unbound(scope)))
