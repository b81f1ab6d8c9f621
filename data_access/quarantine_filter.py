"""Which refused messages: the one filter of the page, its export and a request to replay, so that they cannot differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, true

from data_access.tables import quarantine
from domain.quarantine import ReplayState

q = quarantine.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """An empty tuple, None or "" does not limit. `since` is inclusive, `until` is not; `text` stands in topic or detail."""

    ids: tuple[int, ...] = ()
    vendors: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


_STATES: dict[str, ColumnElement[bool]] = {
    ReplayState.KEPT: q.replay_requested_at.is_(None),
    ReplayState.REQUESTED: and_(q.replay_requested_at.is_not(None), q.replayed_at.is_(None)),
    ReplayState.ACCEPTED: and_(q.replayed_at.is_not(None), q.outcome == ReplayState.ACCEPTED.value),
    ReplayState.REFUSED: and_(q.replayed_at.is_not(None), q.outcome == ReplayState.REFUSED.value),
}


def matching(wanted: Refusals) -> ColumnElement[bool]:
    """The condition of a filter; unknown words of a state limit nothing."""
    states = [_STATES[state] for state in wanted.states if state in _STATES]
    words = wanted.text.strip()
    conditions = [
        *([q.id.in_(wanted.ids)] if wanted.ids else []),
        *([q.vendor.in_(wanted.vendors)] if wanted.vendors else []),
        *([q.reason.in_(wanted.reasons)] if wanted.reasons else []),
        *([or_(*states)] if wanted.states and states else []),
        *([q.received_at >= wanted.since] if wanted.since else []),
        *([q.received_at < wanted.until] if wanted.until else []),
        *([or_(q.topic.contains(words, autoescape=True), q.detail.contains(words, autoescape=True))] if words else []),
    ]
    return and_(true(), *conditions)


def replayable() -> ColumnElement[bool]:
    """Rows that can be offered again: kept whole, about a machine's own words, and not accepted already."""
    return and_(
        q.size > 0,
        func.octet_length(q.payload) == q.size,
        q.topic.not_like("%/online"),  # a presence of then says nothing about now
        or_(q.outcome.is_(None), q.outcome != ReplayState.ACCEPTED.value),
    )
