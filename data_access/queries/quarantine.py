"""What could not be taken. What names no machine, a message or a key, is seen by readers of the whole platform only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from data_access.conditions import midnight
from data_access.engine import Tx
from data_access.scoping import EQUIPMENT, inside, unbound
from data_access.tables import equipment, quarantine, unknown_keys, vendors
from domain.scope import Scope

q, e = quarantine.c, equipment.c
_JOINED = quarantine.outerjoin(equipment, e.code == q.equipment_code)


@dataclass(frozen=True, slots=True)
class UnknownKeyRow:
    """A key that no kind of equipment knows; `vendor` is the sender's title, `count` how often it came."""

    vendor: str
    kind: str
    key: str
    count: int
    last_seen: datetime


def counts(scope: Scope, tx: Tx, *, at: datetime) -> dict[str, int]:
    """Messages refused since midnight in Shanghai, by reason."""
    statement = select(q.reason, func.count()).select_from(_JOINED).where(q.received_at >= midnight(at), _seen(scope))
    return {row[0]: row[1] for row in tx.rows(statement.group_by(q.reason).order_by(q.reason))}


def frequent_unknown_keys(scope: Scope, tx: Tx, *, limit: int = 50) -> list[UnknownKeyRow]:
    """The keys nobody knows, the most frequent first."""
    u, v = unknown_keys.c, vendors.c
    columns = (func.coalesce(v.title, u.vendor), u.kind, u.key, u.count, u.last_seen)
    statement = select(*columns).select_from(unknown_keys.outerjoin(vendors, v.name == u.vendor)).where(unbound(scope))
    return [UnknownKeyRow(*row) for row in tx.rows(statement.order_by(u.count.desc(), u.vendor, u.kind, u.key).limit(limit))]


def _seen(scope: Scope) -> ColumnElement[bool]:
    return or_(and_(e.id.is_not(None), inside(scope, EQUIPMENT)), and_(e.id.is_(None), unbound(scope)))
