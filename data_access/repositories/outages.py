"""Outages: opened, joined, left by machines that are back, and ended; thousands of members in one statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, text

from data_access.engine import Tx
from data_access.tables import streets
from data_access.watches import Watch, touched
from domain.alarm_book import OFFLINE
from domain.outages import GROUPED_BY, Cause, Key, Loss
from domain.presence import DISUSED

_LATELY: Final = text(
    "SELECT o.id, o.cause, o.name, o.started_at, o.ended_at, o.last_back_at, o.lost_count, o.back_count, "
    "(SELECT count(*) FROM outage_members m WHERE o.ended_at IS NULL AND m.outage_id = o.id AND m.ended_at IS NOT NULL "
    "AND m.back_at IS NULL) "
    "FROM outages o WHERE o.ended_at IS NULL OR o.ended_at > :since ORDER BY o.id"
)
_OPEN: Final = text(
    "INSERT INTO outages (cause, name, started_at, detected_at) VALUES (:cause, :name, :started_at, :at) "
    "ON CONFLICT (cause, name) WHERE ended_at IS NULL DO NOTHING RETURNING id"
)
_JOIN: Final = (
    "INSERT INTO outage_members (outage_id, equipment_id, lost_at) SELECT %b::int8, * FROM unnest(%b::int4[], %b::timestamptz[]) "
    "ON CONFLICT (outage_id, equipment_id) DO UPDATE SET lost_at = excluded.lost_at, back_at = NULL, ended_at = NULL"
)
_BACK: Final = text(
    "UPDATE outage_members m SET back_at = s.sampled_at, ended_at = :at FROM equipment_states s "
    "WHERE m.ended_at IS NULL AND s.equipment_id = m.equipment_id AND s.sampled_at > m.lost_at RETURNING m.outage_id"
)
_RELEASE: Final = text(
    "UPDATE outage_members m SET ended_at = :at FROM equipment e WHERE m.ended_at IS NULL AND e.id = m.equipment_id "
    "AND (e.monitor_vendor IS NULL OR e.use_status = ANY(:disused)) RETURNING m.outage_id"
)
_CAME_BACK: Final = text("UPDATE outages SET last_back_at = :at WHERE id = ANY(:ids)")
_RECOUNT: Final = text(
    "UPDATE outages o SET lost_count = c.lost, back_count = c.back, vendor = c.vendor, site_id = c.site_id, street_code = c.street_code "
    "FROM (SELECT m.outage_id, count(*) AS lost, count(m.back_at) AS back, "
    "CASE WHEN min(e.monitor_vendor) = max(e.monitor_vendor) THEN min(e.monitor_vendor) END AS vendor, "
    "CASE WHEN min(e.site_id) = max(e.site_id) AND count(e.site_id) = count(*) THEN min(e.site_id) END AS site_id, "
    "CASE WHEN min(e.street_code) = max(e.street_code) AND count(e.street_code) = count(*) THEN min(e.street_code) END AS street_code "
    "FROM outage_members m JOIN equipment e ON e.id = m.equipment_id WHERE m.outage_id = ANY(:ids) GROUP BY 1) c WHERE o.id = c.outage_id"
)
_END: Final = text("UPDATE outages SET ended_at = :at WHERE id = ANY(:ids) AND ended_at IS NULL")
_LEAVE: Final = text("UPDATE outage_members SET ended_at = :at WHERE outage_id = ANY(:ids) AND ended_at IS NULL")
_STREETS: Final = text(
    "SELECT DISTINCT e.street_code FROM outage_members m JOIN equipment e ON e.id = m.equipment_id WHERE m.outage_id = ANY(:ids)"
)
_FOLD: Final = text(
    "UPDATE alarms a SET cleared_at = greatest(:at, a.raised_at), "
    "evidence = coalesce(a.evidence, '{}') || jsonb_build_object('outage', m.outage_id) "
    "FROM outage_members m WHERE m.ended_at IS NULL AND m.equipment_id = a.equipment_id AND a.family = :family AND a.cleared_at IS NULL "
    "RETURNING a.street_code"
)
_FORGET_MEMBERS: Final = text("DELETE FROM outage_members m USING outages o WHERE o.id = m.outage_id AND o.ended_at < :before")
_FORGET: Final = text("DELETE FROM outages WHERE ended_at < :before")


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that is open or ended lately. `gone` members are no longer watched, and will not come back."""

    id: int
    cause: Cause
    name: str
    started_at: datetime
    ended_at: datetime | None
    last_back_at: datetime | None
    lost: int
    back: int
    gone: int

    @property
    def key(self) -> Key | None:
        """The group that was lost; None for the platform's own."""
        return Key(GROUPED_BY[self.cause], self.name) if self.name else None


def lately(tx: Tx, since: datetime) -> list[Outage]:
    """The open outages, and those that ended since `since`."""
    return [Outage(row[0], Cause(row[1]), *row[2:]) for row in map(tuple, tx.execute(_LATELY, {"since": since}))]


def lose_sight(tx: Tx, started_at: datetime, at: datetime) -> None:
    """We ourselves have heard nobody since `started_at`."""
    if tx.scalar(_OPEN, {"cause": Cause.PLATFORM.value, "name": "", "started_at": started_at, "at": at}) is not None:
        _touch_all(tx)


def regain_sight(tx: Tx, outage_id: int, ended_at: datetime) -> None:
    """We hear again, since `ended_at`."""
    tx.execute(_END, {"ids": [outage_id], "at": ended_at})
    _touch_all(tx)


def note_back(tx: Tx, at: datetime) -> tuple[int, int]:
    """Let go of the members that spoke again, or are no longer watched: (spoke again, no longer watched)."""
    back = list(tx.scalars(_BACK, {"at": at}))
    gone = list(tx.scalars(_RELEASE, {"at": at, "disused": list(DISUSED)}))
    if back:
        tx.execute(_CAME_BACK, {"ids": sorted(set(back)), "at": at})
    _recount(tx, {*back, *gone})
    return len(back), len(gone)


def declare(tx: Tx, losses: Sequence[Loss], known: Sequence[Outage], at: datetime) -> list[int]:
    """Open an outage for each loss, or let its members join the open one of the same group; their ids."""
    standing = {outage.key: outage.id for outage in known if outage.ended_at is None}
    ids = [standing.get(loss.key) or _opened(tx, loss, at) for loss in losses]
    for outage_id, loss in zip(ids, losses, strict=True):
        members = sorted(loss.members)
        with tx.cursor() as cursor:
            cursor.execute(_JOIN, (outage_id, [m.equipment_id for m in members], [m.said_at for m in members]))
    _recount(tx, set(ids))
    return ids


def end(tx: Tx, ids: Collection[int], at: datetime) -> None:
    """Close outages; members that never came back are from now on judged one by one."""
    if ids:
        tx.execute(_END, {"ids": sorted(ids), "at": at})
        tx.execute(_LEAVE, {"ids": sorted(ids), "at": at})
        _touch(tx, ids)


def fold_alarms(tx: Tx, at: datetime) -> int:
    """Clear the offline alarms of single machines that are lost together with others; each keeps the outage's number."""
    streets_of = list(tx.scalars(_FOLD, {"at": at, "family": OFFLINE}))
    tx.touch(*touched(Watch.ALARMS, set(streets_of)))
    return len(streets_of)


def forget(tx: Tx, before: datetime) -> int:
    """Drop the outages that ended before `before`."""
    tx.execute(_FORGET_MEMBERS, {"before": before})
    return tx.execute(_FORGET, {"before": before}).rowcount


def _opened(tx: Tx, loss: Loss, at: datetime) -> int:
    return int(tx.scalar(_OPEN, {"cause": loss.cause.value, "name": loss.key.name, "started_at": loss.started_at, "at": at}))


def _recount(tx: Tx, ids: Collection[int]) -> None:
    if ids:
        tx.execute(_RECOUNT, {"ids": sorted(ids)})
        _touch(tx, ids)


def _touch(tx: Tx, ids: Collection[int]) -> None:
    tx.touch(*touched(Watch.OUTAGES, set(tx.scalars(_STREETS, {"ids": sorted(ids)}))))


def _touch_all(tx: Tx) -> None:
    tx.touch(*touched(Watch.OUTAGES, {None, *tx.scalars(select(streets.c.code))}))
