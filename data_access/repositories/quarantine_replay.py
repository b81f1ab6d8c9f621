"""Refused messages on their way back: asked for by a person, taken by a worker, settled with the batch they became part of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, select, text, update

from data_access.engine import Tx
from data_access.quarantine_filter import Refusals, matching, replayable
from data_access.tables import quarantine
from data_access.watches import Watch
from data_access.words import storable
from domain.errors import Conflict
from domain.quarantine import ReplayState

q = quarantine.c
OUTCOME_CHARACTERS: Final = 500
_WAITING: Final = and_(q.replay_requested_at.is_not(None), q.replayed_at.is_(None))

_SETTLE: Final = text(
    "UPDATE quarantine q SET replayed_at = :at, outcome = g.outcome, outcome_reason = g.reason, outcome_detail = g.detail "
    "FROM unnest(CAST(:ids AS int8[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]), CAST(:details AS text[])) "
    "AS g (id, outcome, reason, detail) WHERE q.id = g.id AND q.replay_requested_at IS NOT NULL AND q.replayed_at IS NULL"
)

# Oldest minutes first until the rest fits; a day that was summed up goes as a whole.
_OLDEST_THAT_FITS: Final = text(
    "SELECT min(minute) FROM (SELECT minute, sum(sum(kept_bytes)) OVER (ORDER BY minute DESC) AS bytes "
    "FROM quarantine_counts WHERE kept > 0 GROUP BY minute) AS newest_first WHERE bytes <= :limit"
)
_FULL: Final = text("SELECT coalesce(sum(kept_bytes), 0) > :limit FROM quarantine_counts")
_DROP: Final = text("DELETE FROM quarantine WHERE received_at < :before")
_DROPPED: Final = text("UPDATE quarantine_counts SET kept = 0, kept_bytes = 0 WHERE minute < :before AND kept > 0")
_FOLD: Final = text(
    "WITH old AS (DELETE FROM quarantine_counts WHERE minute < :before AND minute <> date_trunc('day', minute, 'UTC') RETURNING *) "
    "INSERT INTO quarantine_counts AS c (vendor, reason, minute, count, kept, kept_bytes) "
    "SELECT vendor, reason, date_trunc('day', minute, 'UTC'), sum(count), sum(kept), sum(kept_bytes) FROM old "
    "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 "
    "ON CONFLICT (vendor, reason, minute) DO UPDATE SET count = c.count + excluded.count, kept = c.kept + excluded.kept, "
    "kept_bytes = c.kept_bytes + excluded.kept_bytes"
)


@dataclass(frozen=True, slots=True)
class Returned:
    """A refused message that somebody asked to be tried again; `received_at` is when it came first."""

    id: int
    topic: str
    payload: bytes
    received_at: datetime


def request(tx: Tx, wanted: Refusals, *, by: str, at: datetime, limit: int) -> int:
    """Ask for the oldest `limit` messages of a filter that can be offered again and are not waiting; how many."""
    chosen = (
        select(q.id)
        .where(matching(wanted), replayable(), ~_WAITING)
        .order_by(q.received_at, q.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    asked = {"replay_requested_at": at, "replay_requested_by": by, "replayed_at": None, "outcome": None}
    asked |= {"outcome_reason": None, "outcome_detail": None}
    count = tx.execute(update(quarantine).where(q.id.in_(chosen.scalar_subquery())).values(asked)).rowcount
    if count:
        tx.touch(Watch.QUARANTINE)
    return count


def due(tx: Tx, *, topics: Sequence[str], limit: int) -> list[Returned]:
    """Those asked for whose topic matches one of these regular expressions, in the order in which they came."""
    patterns = text("topic ~ ANY(CAST(:topics AS text[]))").bindparams(topics=list(topics))
    statement = select(q.id, q.topic, q.payload, q.received_at).where(_WAITING, patterns)
    return [Returned(*row) for row in tx.rows(statement.order_by(q.received_at, q.id).limit(limit))]


def settle(tx: Tx, outcomes: Mapping[int, tuple[str, str] | None], *, at: datetime) -> None:
    """Write down what became of each: None where it was accepted, or (reason, detail).

    Raises Conflict where another worker has settled one, so that its transaction is undone.
    """
    if not outcomes:
        return
    numbers = sorted(outcomes)
    said = [outcomes[number] or (None, None) for number in numbers]
    given = {
        "ids": numbers,
        "outcomes": [(ReplayState.REFUSED if outcomes[number] else ReplayState.ACCEPTED).value for number in numbers],
        "reasons": [reason for reason, _ in said],
        "details": [None if detail is None else storable(detail)[:OUTCOME_CHARACTERS] for _, detail in said],
    }
    if tx.execute(_SETTLE, {**given, "at": at}).rowcount != len(numbers):
        raise Conflict(quarantine=len(numbers))
    tx.touch(Watch.QUARANTINE)


def expire(tx: Tx, *, before: datetime) -> int:
    """Drop the messages that came before; what was counted stays counted. The number of rows."""
    dropped = tx.execute(_DROP, {"before": before}).rowcount
    if dropped:
        tx.execute(_DROPPED, {"before": before})
        tx.touch(Watch.QUARANTINE)
    return dropped


def shrink(tx: Tx, *, to_bytes: int, at: datetime) -> int:
    """Drop the oldest messages until the payloads fit; the number of rows."""
    if not tx.scalar(_FULL, {"limit": to_bytes}):
        return 0
    return expire(tx, before=tx.scalar(_OLDEST_THAT_FITS, {"limit": to_bytes}) or at)


def fold(tx: Tx, *, before: datetime) -> None:
    """Sum up the minutes before into their days."""
    tx.execute(_FOLD, {"before": before})
