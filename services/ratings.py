"""What citizens think of how they were helped (市民评价): a link each, by which whoever reported something rates it once, without an
account. The link is stored as a digest alone; whoever has it may see what was done where, and nobody's name.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.repositories import audit
from data_access.repositories import ratings as stored
from data_access.repositories import work_orders as orders
from data_access.repositories.audit import Entry
from data_access.repositories.ratings import Link, Rating
from data_access.repositories.work_orders import StoredOrder
from data_access.words import storable
from domain.discretion import Sight, without_numbers
from domain.errors import Invalid
from domain.reporters import LINK_KEPT
from domain.work_orders import Proof, Step, allowed
from services import work_orders
from services.alarms import NOTE_LIMIT, within

TOKEN_BYTES: Final = 32
LONGEST_TOKEN: Final = 64  # characters; ours have 43
BY_LINK: Final = "link"
PUBLIC: Final = "public"
"""Who acts in the audit log: somebody without an account."""
RATE: Final = "rate"
AGAIN: Final = "rated_again"
"""What the log says of a rating of an order that has one."""


class Standing(StrEnum):
    """What a link is good for; the locale key is `rate.<value>`."""

    OPEN = "open"
    RATED = "rated"  # its report has a rating
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link is about: where, what was reported and when it was done. An unknown one is about nothing."""

    standing: Standing
    site: str = ""
    kind: str = ""
    cause: str = ""
    done_at: datetime | None = None


def invite(tx: Tx, sources: Iterable[int], *, at: datetime) -> dict[int, str]:
    """A fresh token for each of these reports; those sent before stay good, because somebody may have read them."""
    tokens = {source: secrets.token_urlsafe(TOKEN_BYTES) for source in sources}
    stored.send(tx, [Link(_digest(token), source, at + LINK_KEPT) for source, token in tokens.items()])
    return tokens


def invitation(store: Store, token: str, *, at: datetime) -> Invitation:
    """What a link is about, and whether one may rate by it. Raises StoreUnavailable."""
    with store.reading() as tx:
        return _as_invitation(_found(tx, token), at)


def rate(store: Store, token: str, *, stars: int, words: str, address: str = "", at: datetime) -> Invitation:
    """Keep what somebody thinks; the invitation as it stood until then: one that was not open keeps nothing.

    Raises Invalid(field=stars|words), StoreUnavailable.
    """
    if not 1 <= stars <= 5:
        raise Invalid(field="stars", reason="required")
    said = storable(within("words", words, NOTE_LIMIT))
    with store.transaction() as tx:
        row = _found(tx, token)
        found = _as_invitation(row, at)
        order = orders.locked(tx, row.order_id) if row is not None and found.standing is Standing.OPEN else None
        if row is None or order is None:
            return found
        rating = Rating(
            key=f"source:{row.source_id}",
            work_order_id=order.id,
            equipment_id=order.equipment_id,
            origin=BY_LINK,
            stars=stars,
            words=said,
            rated_at=at,
        )
        if not stored.give(tx, rating):
            return replace(found, standing=Standing.RATED)
        _write_down(tx, order, stars, said, at)
        entry = Entry(
            account_id=None,
            username=PUBLIC,
            action=RATE,
            object=f"work_order:{order.id}",
            after={"stars": stars, "source": row.source_id},
            address=address,
        )
        audit.append(tx, entry, at)
    return found


def _write_down(tx: Tx, order: StoredOrder, stars: int, words: str, at: datetime) -> None:
    """The first word of whoever reported it is the order's rating; of an order that has one the log says that there is another."""
    steps = {rule.step for rule in allowed(work_orders.as_order(order), work_orders.REPORTER_PARTY)}
    if Step.RATE in steps:
        proof = Proof(rating=stars, note=without_numbers(words, Sight.NOTHING))
        work_orders.advance_by_reporter(tx, order, Step.RATE, proof, at=at)
    else:
        work_orders.advance_by_system(tx, order, Step.NOTE, Proof(rating=stars, note=AGAIN), at=at)


def _found(tx: Tx, token: str) -> Any:
    return stored.by_digest(tx, _digest(token)) if len(token) <= LONGEST_TOKEN else None


def _as_invitation(row: Any, at: datetime) -> Invitation:
    if row is None:
        return Invitation(Standing.UNKNOWN)
    standing = Standing.RATED if row.rated else Standing.EXPIRED if row.expires_at <= at else Standing.OPEN
    return Invitation(standing, row.site, row.kind, row.cause, row.done_at)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
