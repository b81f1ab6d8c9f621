"""Notifications by address: the filter of a query string, and a gateway's receipts."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, request

from data_access.queries.notifications import Cursor, NoticeFilter
from domain.errors import NotFound
from domain.outbox import Channel, MessageStatus
from services import notifications
from web.clock import now
from web.context import Context
from web.refusals import refusal_cursor

HOURS: Final[Mapping[str, int]] = {"1h": 1, "24h": 24, "168h": 168}
STATES: Final[Mapping[str, tuple[MessageStatus, ...]]] = {
    "waiting": (MessageStatus.QUEUED, MessageStatus.FAILED),
    "sent": (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ),
    "dead": (MessageStatus.DEAD,),
    "collapsed": (MessageStatus.COLLAPSED,),
}
"""What a reader asks for by one word."""
FLAGS: Final[Mapping[object, bool]] = {"1": True, "0": False}
LONGEST_KEY: Final = 300


def notice_filter(query: Mapping[str, Any], *, at: datetime) -> NoticeFilter:
    """Which messages `/notifications?…` asks for; unknown words limit nothing."""
    hours = HOURS.get(str(query.get("since", "")))
    return NoticeFilter(
        statuses=tuple(status.value for status in STATES.get(str(query.get("state", "")), ())),
        channels=tuple(word for word in str(query.get("channel", "")).split(",") if word in set(Channel)),
        urgent=FLAGS.get(query.get("urgent")),
        drill=FLAGS.get(query.get("drill")),
        since=at - timedelta(hours=hours) if hours else None,
        text=str(query.get("q", "")).replace("\0", "").strip().upper(),
    )


def notice_cursor(text: str) -> Cursor | None:
    """The place in the list that an address names; None for none, or for nonsense."""
    return refusal_cursor(text)


def blueprint(context: Context, *, token: str) -> Blueprint:
    """The route `POST /api/v1/notifications/receipts`: `{key, delivered}` from a gateway that shows the token."""
    routes = Blueprint("notices", __name__)

    @routes.post("/api/v1/notifications/receipts")
    def receipt() -> Response:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or not hmac.compare_digest(shown.encode(), token.encode()):
            return Response(status=HTTPStatus.UNAUTHORIZED)
        said: Any = request.get_json(silent=True)
        if not isinstance(said, dict) or not isinstance(said.get("key"), str) or not isinstance(said.get("delivered"), bool):
            return Response(status=HTTPStatus.BAD_REQUEST)
        if not notifications.receive(context.store, said["key"][:LONGEST_KEY], delivered=said["delivered"], at=now()):
            raise NotFound(key=said["key"][:LONGEST_KEY])
        return Response(status=HTTPStatus.NO_CONTENT)

    return routes
