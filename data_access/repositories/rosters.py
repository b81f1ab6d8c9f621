"""Teams, their duty shifts and their units' licences, as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row as Stored
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from data_access.engine import Tx
from data_access.repositories.bulk import Row, copy_rows
from data_access.tables import duty_shifts, equipment, licences, organizations, response_teams, streets
from data_access.watches import Watch

TEAM_POST: Final = "team"
t, s, c, e, o = response_teams.c, duty_shifts.c, licences.c, equipment.c, organizations.c


@dataclass(frozen=True, slots=True)
class Beat:
    """What one unit maintains in one street: how many machines, of which kinds, and the middle of them in WGS-84 degrees."""

    unit: int
    unit_name: str
    street: str
    machines: int
    kinds: tuple[str, ...]
    lng: float
    lat: float


def add_teams(tx: Tx, rows: Sequence[Row]) -> list[int]:
    """New teams; their ids, in the order of the rows."""
    tx.touch(Watch.ROSTERS)
    return [int(tx.scalar(insert(response_teams).values(dict(row)).returning(t.id))) for row in rows]


def change_team(tx: Tx, team_id: int, values: Mapping[str, Any]) -> None:
    """Change a team; closed ones are sent nowhere."""
    tx.touch(Watch.ROSTERS)
    tx.execute(update(response_teams).where(t.id == team_id).values(dict(values)))


def team(tx: Tx, team_id: int) -> Stored[Any] | None:
    """One team that is not closed, for this transaction alone."""
    return tx.execute(select(response_teams).where(t.id == team_id, t.closed_at.is_(None)).with_for_update()).one_or_none()


def teams_by_name(tx: Tx, names: Sequence[str]) -> dict[str, Stored[Any]]:
    """The open teams of these names."""
    return {row.name: row for row in tx.execute(select(response_teams).where(t.name.in_(names), t.closed_at.is_(None)))}


def is_named(tx: Tx, name: str, *, other_than: int | None = None) -> bool:
    """Whether a team has this name, open or closed."""
    statement = select(t.id).where(t.name == name).where(t.id.is_distinct_from(other_than))
    return tx.scalar(statement) is not None


def add_shifts(tx: Tx, rows: Sequence[Row]) -> int:
    """New shifts; how many."""
    tx.touch(Watch.ROSTERS)
    return copy_rows(tx, duty_shifts, rows)


def shift(tx: Tx, shift_id: int) -> Stored[Any] | None:
    """One shift with its team's unit (`organization_id`), for this transaction alone."""
    joined = select(duty_shifts, t.organization_id).outerjoin(response_teams, t.id == s.team_id).where(s.id == shift_id)
    return tx.execute(joined.with_for_update(of=duty_shifts)).one_or_none()


def remove_shift(tx: Tx, shift_id: int) -> None:
    """Take a shift off the roster."""
    tx.touch(Watch.ROSTERS)
    tx.execute(delete(duty_shifts).where(s.id == shift_id))


def shifts_between(tx: Tx, since: datetime, until: datetime, *, teams: Sequence[int] = (), posts: Sequence[str] = ()) -> list[Stored[Any]]:
    """The shifts that begin in [since, until) of some teams or posts, in their order."""
    whose = s.team_id.in_(teams) if teams else s.post.in_(posts)
    statement = select(duty_shifts).where(s.starts_at >= since, s.starts_at < until, whose).order_by(s.starts_at, s.id)
    return list(tx.execute(statement))


def put_licence(tx: Tx, values: Mapping[str, Any]) -> int:
    """Write a unit's licence, or replace what is written under its number; its id."""
    tx.touch(Watch.ROSTERS)
    statement = upsert(licences).values(dict(values))
    changed = {name: statement.excluded[name] for name in ("kinds", "valid_from", "valid_until")}
    keyed = statement.on_conflict_do_update(index_elements=[c.organization_id, c.number], set_=changed)
    return int(tx.scalar(keyed.returning(c.id)))


def is_maintainer(tx: Tx, organization_id: int) -> bool:
    """Whether the unit maintains machines by its trade."""
    return tx.scalar(select(o.id).where(o.id == organization_id, o.kind == "maintenance_unit")) is not None


def demo_teams(tx: Tx) -> list[Stored[Any]]:
    """The demonstration's teams by id."""
    return list(tx.execute(select(response_teams).where(t.demo, t.closed_at.is_(None)).order_by(t.id)))


def demo_shifts_until(tx: Tx) -> datetime | None:
    """When the demonstration's last shift begins."""
    last: datetime | None = tx.scalar(select(func.max(s.starts_at)).where(s.demo))
    return last


def beats(tx: Tx) -> list[Beat]:
    """What the demonstration's maintenance units look after, the largest unit first, and of each the largest street first."""
    joined = equipment.join(organizations, o.id == e.maintenance_unit_id).join(streets, streets.c.code == e.street_code)
    of_unit = func.sum(func.count()).over(partition_by=e.maintenance_unit_id)
    columns = (o.id, o.name, streets.c.name, func.count(), func.array_agg(e.kind.distinct()), func.avg(e.lng), func.avg(e.lat))
    grouped = select(*columns).select_from(joined).where(o.demo, e.lng.is_not(None)).group_by(e.maintenance_unit_id, o.id, streets.c.name)
    ordered = grouped.order_by(of_unit.desc(), o.id, func.count().desc(), streets.c.name)
    return [Beat(unit, name, street, n, tuple(kinds), lng, lat) for unit, name, street, n, kinds, lng, lat in tx.rows(ordered)]


def busiest_use_unit(tx: Tx, *, kind: str) -> tuple[int, str] | None:
    """The demonstration's use unit with most monitored machines of a kind: (id, name)."""
    counted = (
        select(o.id, o.name)
        .join(equipment, e.use_unit_id == o.id)
        .where(o.demo, e.kind == kind, e.monitor_vendor.is_not(None))
        .group_by(o.id)
        .order_by(func.count().desc(), o.id)
    )
    row = tx.execute(counted.limit(1)).one_or_none()
    return None if row is None else (row.id, row.name)


def maintainers_of(tx: Tx, use_unit: int) -> list[tuple[int, str]]:
    """Who maintains the monitored lifts of a use unit, the one with most first: (id, name)."""
    counted = (
        select(o.id, o.name)
        .join(equipment, e.maintenance_unit_id == o.id)
        .where(e.use_unit_id == use_unit, e.kind == "elevator", e.monitor_vendor.is_not(None))
        .group_by(o.id)
        .order_by(func.count().desc(), o.id)
    )
    return [(row.id, row.name) for row in tx.execute(counted)]
