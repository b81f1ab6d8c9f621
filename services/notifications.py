"""The outbox is sent (发件): at least once, under a key, the gravest first; a storm becomes one message a person.

A sweep takes what is due for a while (`_take`), lets the channels have it, and keeps what became of it. Whoever dies in between
loses nothing: the message is due again when its while is over, with the same key and the same words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.locks import Lock
from data_access.repositories import audit, outbox, rule_settings
from data_access.repositories.audit import Entry
from data_access.repositories.outbox import Outcome
from domain.equipment.kind import Settings
from domain.errors import Invalid
from domain.notices import is_reporter
from domain.outbox import AWAKE, BURST_WITHIN, GAP, LEASE, Channel, Lately, MessageStatus, Pace, again_after, is_dead, pace, quiet_until
from domain.scope import Action, Actor
from services import ratings
from services.notice_texts import letter_text, with_link
from services.reporters import RATE
from services.senders import Letter, NotSent, Receipt, Sender

log = logging.getLogger(__name__)

NO_ADDRESS: Final = "no_address"
NOT_DELIVERED: Final = "not_delivered"
RETRY_AT_ONCE: Final = 500
Senders = Mapping[Channel, Sender]
Attempts = Callable[[Callable[["Parcel"], "Parcel"], Iterable["Parcel"]], Iterable["Parcel"]]
"""How several are sent at once: `map`, or that of a pool."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message in hand: its letter, the channel it goes by now (None: it has no address), and what came of it."""

    id: int
    letter: Letter
    channel: Channel | None
    attempts: int
    receipt: Receipt | None = None
    error: str = ""
    for_good: bool = False


def sweep(
    store: Store,
    senders: Senders,
    *,
    urgent: bool,
    at: datetime,
    clock: Callable[[], datetime],
    attempts: Attempts = map,
    public_url: str = "",
) -> int:
    """Send what is due of the urgent or of the others, unless another process is at it; how many attempts there were.

    `public_url` is where citizens find our pages: what they are sent begins with it, and without it they are sent no link.
    """
    with store.reading() as tx:
        if not outbox.waits(tx, urgent=urgent, at=at):
            return 0
    with store.elected(Lock.OUTBOX_URGENT if urgent else Lock.OUTBOX) as leads:
        if not leads:
            return 0
        with store.transaction() as tx:
            settings = rule_settings.current(tx)
            parcels = _take(tx, senders, settings, public_url, urgent=urgent, at=at)
        tried = list(attempts(lambda parcel: _attempt(senders, parcel), parcels))
        with store.transaction() as tx:
            outbox.settle(tx, [_outcome(parcel, settings, at=clock()) for parcel in tried])
        return len(tried)


def receive(store: Store, key: str, *, delivered: bool, at: datetime) -> bool:
    """A gateway's later word on a message it took: it has arrived, or it could not be delivered and is a dead letter. False for a
    key that was never sent.
    """
    status, error = (MessageStatus.DELIVERED, None) if delivered else (MessageStatus.DEAD, NOT_DELIVERED)
    with store.transaction() as tx:
        return outbox.receive(tx, key, status=status.value, error=error, at=at)


def retry(actor: Actor, store: Store, ids: Sequence[int] | None, *, at: datetime) -> int:
    """Send dead letters again: those of these numbers, or (None) all of them. Raises NotPermitted, Invalid(field=ids)."""
    actor.require(Action.RETRY_NOTICES)
    if ids is not None and not 0 < len(ids) <= RETRY_AT_ONCE:
        raise Invalid(field="ids", reason="count")
    with store.transaction() as tx:
        count = outbox.retry(tx, ids, at=at)
        entry = Entry(
            account_id=actor.account_id,
            username=actor.username,
            action=Action.RETRY_NOTICES.value,
            object="notifications",
            after={"ids": None if ids is None else list(ids), "queued": count},
            address=actor.address,
        )
        audit.append(tx, entry, at)
    return count


def _take(tx: Tx, senders: Senders, settings: Settings, public_url: str, *, urgent: bool, at: datetime) -> list[Parcel]:
    """What is to be sent now, in this process's hands until the lease ends."""
    night = None if urgent else quiet_until(settings, at=at)
    if night is not None:
        outbox.postpone(tx, until=night, awake=AWAKE, at=at)
    burst, gap = (timedelta(seconds=limit.of(settings)) for limit in (BURST_WITHIN, GAP))
    each, carriers, until = [], [], at + LEASE
    for lane in outbox.lanes(tx, urgent=urgent, burst_since=at - burst, since=at - max(burst, gap), at=at):
        if is_reporter(lane.recipient):
            each.append(lane)  # a digest speaks to people who have an account
            continue
        match pace(lane.waiting, Lately(lane.sent, lane.newest), settings, urgent=urgent, at=at):
            case Pace.EACH:
                each.append(lane)
            case Pace.DIGEST:
                carriers.append(outbox.collapse(tx, lane, urgent=urgent, until=until, at=at))
    taken = outbox.claim(tx, each, urgent=urgent, until=until, at=at)
    rows = outbox.letters(tx, [*filter(None, carriers), *taken])
    said = {row.id: row.said or letter_text(row) for row in rows}
    outbox.say(tx, {row.id: said[row.id] for row in rows if row.said is None})
    links = _links(tx, rows, public_url.rstrip("/"), at=at)
    return [_parcel(row, with_link(said[row.id], links.get(row.words.get(RATE))), senders) for row in rows]


def _links(tx: Tx, rows: Iterable[Any], base: str, *, at: datetime) -> dict[int, str]:
    """Where each report is rated; nobody is invited to a place without an address."""
    if not base:
        return {}
    tokens = ratings.invite(tx, (row.words[RATE] for row in rows if RATE in row.words and not row.drill), at=at)
    return {source: f"{base}/rate/{token}" for source, token in tokens.items()}


def _parcel(row: Any, said: str, senders: Senders) -> Parcel:
    """The message with the address whose turn it is: the first choice first, and the next where that one failed."""
    ways = [(Channel.DRILL, "")] if row.channel == Channel.DRILL.value else _ways(row, senders)
    channel, address = ways[(row.attempts - 1) % len(ways)] if ways else (None, "")
    return Parcel(row.id, Letter(row.key, address, said, row.urgent), channel, row.attempts)


def _ways(row: Any, senders: Senders) -> list[tuple[Channel | None, str]]:
    known: list[tuple[Channel | None, str]] = []
    for name, address in row.addresses or ():
        if name in set(Channel) and Channel(name) in senders:
            known.append((Channel(name), address))
    return known or ([(Channel.CONSOLE, row.recipient)] if Channel.CONSOLE in senders else [])


def _attempt(senders: Senders, parcel: Parcel) -> Parcel:
    """One attempt; a fault of a channel is its own and stops nobody else's message."""
    if parcel.channel is None:
        return _with(parcel, error=NO_ADDRESS, for_good=True)
    try:
        return _with(parcel, receipt=senders[parcel.channel].send(parcel.letter))
    except NotSent as refusal:
        return _with(parcel, error=refusal.reason, for_good=refusal.for_good)
    except Exception as fault:
        log.exception("sender_failed", extra={"channel": parcel.channel.value})
        return _with(parcel, error=type(fault).__name__)


def _with(parcel: Parcel, *, receipt: Receipt | None = None, error: str = "", for_good: bool = False) -> Parcel:
    return Parcel(parcel.id, parcel.letter, parcel.channel, parcel.attempts, receipt, error, for_good)


def _outcome(parcel: Parcel, settings: Settings, *, at: datetime) -> Outcome:
    channel = (parcel.channel or Channel.CONSOLE).value
    if parcel.receipt is not None:
        status = MessageStatus.DELIVERED if parcel.receipt.delivered else MessageStatus.SENT
        return Outcome(id=parcel.id, status=status.value, channel=channel, at=at, reference=parcel.receipt.reference or None)
    if parcel.for_good or is_dead(parcel.attempts, settings):
        log.warning("dead_letter", extra={"key": parcel.letter.key, "channel": channel, "error": parcel.error})
        return Outcome(id=parcel.id, status=MessageStatus.DEAD.value, channel=channel, at=at, error=parcel.error)
    next_at = at + again_after(parcel.attempts, urgent=parcel.letter.urgent)
    return Outcome(id=parcel.id, status=MessageStatus.FAILED.value, channel=channel, at=at, next_at=next_at, error=parcel.error)
