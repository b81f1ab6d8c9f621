"""Who is on duty: the centre's posts, a team's shifts, a unit's licences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from data_access.engine import Tx
from data_access.queries import teams
from data_access.tables import duty_shifts, licences
from domain.scope import Scope

CENTRE_POSTS: Final = ("leader", "officer")
s, c = duty_shifts.c, licences.c


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One shift; `post` is leader (值班领导), officer (值班员) or team."""

    id: int
    post: str
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """One licence of a unit; both days are part of its term."""

    id: int
    number: str
    kinds: list[str]
    valid_from: date
    valid_until: date


_SHIFT: Final = (s.id, s.post, s.name, s.phone, s.starts_at, s.ends_at)


def posts(scope: Scope, tx: Tx, *, until: datetime, at: datetime) -> list[ShiftRow]:
    """The shifts of the centre's posts from now on that begin before `until`, in their order: everybody may know whom to call."""
    due = select(*_SHIFT).where(s.post.in_(CENTRE_POSTS), s.ends_at > at, s.starts_at < until)
    return [ShiftRow(*row) for row in tx.rows(due.order_by(s.starts_at, s.post, s.id))]


def shifts(scope: Scope, tx: Tx, *, team_id: int, until: datetime, at: datetime) -> list[ShiftRow]:
    """The shifts of a team from now on that begin before `until`, in their order; none for a team outside the scope."""
    if team_id not in {row.id for row in teams.every(scope, tx, at=at)}:
        return []
    due = select(*_SHIFT).where(s.team_id == team_id, s.ends_at > at, s.starts_at < until)
    return [ShiftRow(*row) for row in tx.rows(due.order_by(s.starts_at, s.id))]


def of_unit(scope: Scope, tx: Tx, *, unit_id: int) -> list[LicenceRow]:
    """A unit's licences, the latest first; none for a unit outside the scope."""
    if unit_id not in {number for number, _ in teams.units(scope, tx)}:
        return []
    statement = select(c.id, c.number, c.kinds, c.valid_from, c.valid_until).where(c.organization_id == unit_id)
    return [LicenceRow(*row) for row in tx.rows(statement.order_by(c.valid_until.desc(), c.id))]
