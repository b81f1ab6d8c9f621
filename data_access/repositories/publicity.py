"""The list of publicity: which sites call for it, and where it was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text

from data_access.engine import Tx
from data_access.watches import Watch, touched

_GATHER: Final = text(
    "INSERT INTO publicity AS p (site_id, behaviour, count, since, until) "
    "SELECT e.site_id, a.family, sum(a.occurrences), :since, :until FROM alarms a JOIN equipment e ON e.id = a.equipment_id "
    "WHERE a.category = :category AND a.raised_at >= :since AND a.raised_at < :until AND e.site_id IS NOT NULL "
    "AND (a.verdict IS NULL OR a.verdict = 'confirmed') GROUP BY e.site_id, a.family HAVING sum(a.occurrences) >= :at_least "
    "ON CONFLICT (site_id, behaviour, since) DO UPDATE SET count = excluded.count WHERE p.count <> excluded.count "
    "RETURNING site_id"
)
_STREETS: Final = text("SELECT DISTINCT street_code FROM equipment WHERE site_id = ANY(CAST(:sites AS int4[]))")
_DONE: Final = text(
    "UPDATE publicity SET done_at = :at, done_by = :name, note = :note WHERE id = :id AND done_at IS NULL RETURNING site_id"
)
_LOCKED: Final = text("SELECT id, site_id, behaviour, done_at, done_by FROM publicity WHERE id = :id FOR UPDATE")


def gather(tx: Tx, *, category: str, since: datetime, until: datetime, at_least: int) -> int:
    """Put the sites of a period on the list at which a behaviour occurred so often, each with its count; how many changed."""
    found = {"category": category, "since": since, "until": until, "at_least": at_least}
    sites = tx.scalars(_GATHER, found).all()
    _touch(tx, list(sites))
    return len(sites)


def locked(tx: Tx, entry_id: int) -> Row[Any] | None:
    """One entry, for this transaction alone."""
    return tx.execute(_LOCKED, {"id": entry_id}).one_or_none()


def done(tx: Tx, entry_id: int, *, name: str, note: str, at: datetime) -> None:
    """Note that publicity was done, by whom, and what."""
    site = tx.scalar(_DONE, {"id": entry_id, "name": name, "note": note, "at": at})
    _touch(tx, [] if site is None else [site])


def _touch(tx: Tx, sites: list[int]) -> None:
    if sites:
        tx.touch(*touched(Watch.WORK_ORDERS, set(tx.scalars(_STREETS, {"sites": sites}).all())))
