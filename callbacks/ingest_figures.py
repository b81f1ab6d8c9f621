"""What the panels of the ingest page and of quarantine ask of the store; only for roles that answer for the data's way in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from callbacks.figures import vendor_titles
from data_access.engine import Tx
from data_access.queries import exchange_status, ingest, overview, quarantine
from domain.errors import NotPermitted
from domain.scope import GRANTS, Action, Scope
from domain.uploaders import Conduct, score
from web.refusals import refusal_cursor, refusal_filter, refusal_number

Rows = Any

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
PAGE: Final = 40
COUNTED: Final = 10_000  # rows of a filter are counted no further
SHOWN_BYTES: Final = 4096
UNKNOWN_KEYS: Final = 20


def workers(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """What the workers do now."""
    _permitted(scope)
    refused = sum(row.count for row in quarantine.tallies(scope, tx, since=at - HOUR))
    return {"workers": ingest.workers(scope, tx), "refused": refused}


def vendors(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """What comes from each vendor."""
    _permitted(scope)
    return {
        "feeds": overview.vendor_feeds(scope, tx, at=at),
        "speech": {row.name: row for row in ingest.vendor_speech(scope, tx)},
        "minutes": ingest.minutes(scope, tx, at=at),
        "hour": quarantine.tallies(scope, tx, since=at - HOUR),
        "day": quarantine.tallies(scope, tx, since=at - DAY),
        "lags": [row.counters.get("sampled_lag", {}) for row in ingest.workers(scope, tx)],
    }


def refusals(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """What is refused, which codes mean nothing yet, and which keys nobody knows."""
    _permitted(scope)
    return {
        "hour": quarantine.tallies(scope, tx, since=at - HOUR),
        "day": quarantine.tallies(scope, tx, since=at - DAY),
        "codes": quarantine.unmapped_codes(scope, tx, since=at - DAY),
        "keys": quarantine.frequent_unknown_keys(scope, tx, limit=UNKNOWN_KEYS),
    }


def uploaders(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The score of each vendor."""
    _permitted(scope)
    titles = vendor_titles(scope, tx, at)
    return [_scored(name, titles.get(name, name), conduct) for name, conduct in ingest.conducts(scope, tx, at=at).items()]


def adapters(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The feeds from other platforms."""
    _permitted(scope)
    return exchange_status.feeds(scope, tx)


def quarantined(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """One page of refused messages and one row more, to know whether there is another page."""
    _permitted(scope)
    wanted = refusal_filter(params, at=at)
    count, again = quarantine.found(scope, tx, wanted=wanted, at_most=COUNTED)
    return {
        "rows": quarantine.page(scope, tx, wanted=wanted, before=refusal_cursor(params.get("before", "")), limit=PAGE + 1),
        "count": count,
        "again": again,
        "tallies": quarantine.tallies(scope, tx, since=wanted.since or at - 30 * DAY),
        "vendors": vendor_titles(scope, tx, at),
        "params": params,
        "may_replay": Action.REPLAY_QUARANTINE in GRANTS.get(scope.role, frozenset()),
    }


def refused_message(scope: Scope, tx: Tx, *, at: datetime, id: str = "") -> Rows:  # noqa: A002 the address's own word
    """The message that the address names, or None."""
    _permitted(scope)
    number = refusal_number(id)
    return quarantine.by_id(scope, tx, refusal_id=number, shown_bytes=SHOWN_BYTES) if number else None


def _scored(name: str, title: str, conduct: Conduct) -> dict[str, object]:
    found = score(conduct)
    parts = {part.value: share for part, share in found.parts.items()}
    return {"name": name, "title": title, "total": found.total, "parts": parts, **asdict(conduct)}


def _permitted(scope: Scope) -> None:
    if Action.READ_INGEST not in GRANTS.get(scope.role, frozenset()):
        raise NotPermitted(action=Action.READ_INGEST.value, role=scope.role.value)
