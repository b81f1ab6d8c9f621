"""Refused messages: looking at them, asking for another try after a fix, and keeping their number within bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.quarantine_filter import Refusals
from data_access.queries import quarantine as queries
from data_access.queries.quarantine import Payload, RefusalRow
from data_access.repositories import audit, quarantine_replay
from data_access.repositories.quarantine_replay import Returned
from domain.errors import Invalid
from domain.quarantine import KEPT_MEGABYTES
from domain.scope import Action, Actor
from services import exports
from services.exports import Export

__all__ = ["Returned", "due", "export", "message", "request_replay", "settled", "tidy"]

KEPT: Final = timedelta(days=30)
MINUTES_KEPT: Final = timedelta(days=2)  # then a day is one row
MOST_AT_ONCE: Final = 50_000  # messages of one request; those of a longer list are asked for again
REASON_LIMIT: Final = 500  # characters


def request_replay(actor: Actor, store: Store, wanted: Refusals, *, why: str, at: datetime) -> int:
    """Have the messages of a filter tried again by the workers, the oldest first; how many. Raises NotPermitted, Invalid(field=why)."""
    actor.require(Action.REPLAY_QUARANTINE)
    why = why.strip()
    if not why or len(why) > REASON_LIMIT:
        raise Invalid(field="why", reason="too_long" if why else "required")
    with store.transaction() as tx:
        count = quarantine_replay.request(tx, wanted, by=actor.username, at=at, limit=MOST_AT_ONCE)
        audit.append(tx, _entry(actor, wanted, count, why), at)
    return count


def export(actor: Actor, store: Store, wanted: Refusals, *, at: datetime) -> Export[RefusalRow]:
    """The messages of a filter, newest first, of each payload the beginning. Raises NotPermitted."""
    actor.require(Action.EXPORT)
    actor.require(Action.READ_INGEST)
    with store.reading() as tx:
        rows = queries.page(actor.scope, tx, wanted=wanted, limit=MOST_AT_ONCE + 1)
    found = Export(rows[:MOST_AT_ONCE], {}, cut=len(rows) > MOST_AT_ONCE)
    exports.note(store, actor, "quarantine", asdict(wanted), len(found.rows), at)
    return found


def message(actor: Actor, store: Store, number: int, *, at: datetime) -> Payload | None:
    """One message as it was kept; None where there is none. Raises NotPermitted."""
    actor.require(Action.READ_INGEST)
    with store.reading() as tx:
        found = queries.payload(actor.scope, tx, refusal_id=number)
    if found is not None:
        exports.note(store, actor, f"quarantine:{number}", {}, 1, at)
    return found


def due(tx: Tx, *, topics: Sequence[str], limit: int) -> list[Returned]:
    """What was asked for and not tried yet, of topics that match one of these regular expressions; the oldest first."""
    return quarantine_replay.due(tx, topics=topics, limit=limit)


def settled(tx: Tx, outcomes: Mapping[int, tuple[str, str] | None], *, at: datetime) -> None:
    """Messages were tried again, inside the transaction that took them: by their number None where one was accepted, or (reason, detail).

    Raises Conflict where another worker was first: the transaction must be given up.
    """
    quarantine_replay.settle(tx, outcomes, at=at)


def tidy(tx: Tx, settings: Mapping[str, float], at: datetime) -> int:
    """Each minute: old messages go, then those that do not fit, and old minutes become days. The number of messages dropped."""
    dropped = quarantine_replay.expire(tx, before=at - KEPT)
    dropped += quarantine_replay.shrink(tx, to_bytes=int(KEPT_MEGABYTES.of(settings) * 1_000_000), at=at)
    quarantine_replay.fold(tx, before=(at - MINUTES_KEPT).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    return dropped


def _entry(actor: Actor, wanted: Refusals, count: int, why: str) -> audit.Entry:
    asked = {name: value for name, value in asdict(wanted).items() if value not in (None, "", ())}
    only = f"quarantine:{wanted.ids[0]}" if len(wanted.ids) == 1 else "quarantine"
    return audit.Entry(
        account_id=actor.account_id,
        username=actor.username,
        action=Action.REPLAY_QUARANTINE.value,
        object=only,
        after={"requested": count, "filter": asked},
        reason=why,
        address=actor.address,
    )
