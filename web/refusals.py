"""Refused messages by address: the filter of a query string, the file of a list, and one message as it came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, request

from data_access.quarantine_filter import Refusals
from data_access.queries.quarantine import Cursor, RefusalRow
from domain.errors import NotFound
from domain.quarantine import ReplayState
from domain.telemetry import Reject
from locales import label
from services import quarantine
from web.clock import now
from web.context import Context
from web.exports import Column, as_file, render
from web.session import current_actor

LARGEST: Final = 2**63 - 1
NO_MESSAGE: Final = 0  # which no message has
LONGEST_AGO: Final = 24 * 31  # hours; nothing is kept longer
REASONS: Final = frozenset(reason.value for reason in Reject)
STATES: Final = frozenset(state.value for state in ReplayState)

COLUMNS: Final[tuple[Column[RefusalRow], ...]] = (
    Column("quarantine.number", lambda row, _: row.id),
    Column("quarantine.received", lambda row, _: row.received_at),
    Column("quarantine.vendor", lambda row, _: row.title),
    Column("quarantine.reason", lambda row, _: label("reject", row.reason)),
    Column("quarantine.detail", lambda row, _: row.detail),
    Column("quarantine.topic", lambda row, _: row.topic),
    Column("equipment.code", lambda row, _: row.code),
    Column("quarantine.size", lambda row, _: row.size),
    Column("quarantine.state", lambda row, _: label("quarantine_state", row.state)),
    Column("quarantine.requested_at", lambda row, _: row.requested_at),
    Column("quarantine.requested_by", lambda row, _: row.requested_by),
    Column("quarantine.replayed_at", lambda row, _: row.replayed_at),
    Column("quarantine.outcome", lambda row, _: label("reject", row.outcome_reason) if row.outcome_reason else ""),
    Column("quarantine.payload", lambda row, _: row.payload),
)


def refusal_filter(query: Mapping[str, Any], *, at: datetime) -> Refusals:
    """Which messages `/quarantine?…` asks for; unknown words limit nothing, several words of one name are separated by commas."""
    return Refusals(
        vendors=_words(query, "vendor"),
        reasons=tuple(word for word in _words(query, "reason") if word in REASONS),
        states=tuple(word for word in _words(query, "state") if word in STATES),
        since=_since(query, at),
        until=_moment(query, "until"),
        text=str(query.get("q", "")).replace("\0", "").strip(),
    )


def refusal_number(word: object) -> int:
    """The number of one message; NO_MESSAGE for nonsense."""
    said = str(word)
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 19 and int(said) <= LARGEST else NO_MESSAGE


def refusal_cursor(text: str) -> Cursor | None:
    """The place in the list that an address names; None for none, or for nonsense."""
    moment, _, number = text.partition("~")
    received_at = _parsed(moment)
    return (received_at, refusal_number(number)) if received_at is not None and refusal_number(number) else None


def blueprint(context: Context) -> Blueprint:
    """The routes /export/quarantine.csv and /data/quarantine/<number>."""
    routes = Blueprint("refusals", __name__)

    @routes.get("/export/quarantine.csv")
    def table() -> Response:
        at = now()
        found = quarantine.export(current_actor(), context.store, refusal_filter(request.args, at=at), at=at)
        return as_file(context, "quarantine", render(COLUMNS, found), at)

    @routes.get("/data/quarantine/<int:number>")
    def message(number: int) -> Response:
        found = quarantine.message(current_actor(), context.store, number, at=now()) if number <= LARGEST else None
        if found is None:
            raise NotFound(message=number)
        answer = Response(found.data, content_type="application/octet-stream")
        answer.headers["Content-Disposition"] = f'attachment; filename="putuo-message-{found.id}.bin"'
        return answer

    return routes


def _since(query: Mapping[str, Any], at: datetime) -> datetime | None:
    """`since=24h` or a moment."""
    hours = str(query.get("since", ""))
    if hours.endswith("h") and hours[:-1].isascii() and hours[:-1].isdigit() and len(hours) <= 4:
        return at - timedelta(hours=min(int(hours[:-1]), LONGEST_AGO))
    return _moment(query, "since")


def _moment(query: Mapping[str, Any], name: str) -> datetime | None:
    return _parsed(str(query.get(name, "")))


def _parsed(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _words(query: Mapping[str, Any], name: str) -> tuple[str, ...]:
    said = str(query.get(name, "")).replace("\0", "")
    return tuple(word.strip() for word in said.split(",") if word.strip())
