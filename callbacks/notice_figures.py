"""What the panels of notifications ask of the store. Numbers and words of enums only; no language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from callbacks.figures import Rows
from components.panels.notifications import PAGE
from data_access.engine import Tx
from data_access.queries import notifications
from domain.scope import GRANTS, Action, Role, Scope
from web.notices import notice_cursor, notice_filter

DAY: Final = timedelta(days=1)
COPIES: Final = 100


def counts(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """A day's messages by status, and how fast the urgent ones left; drills are in neither."""
    delay = notifications.delay(scope, tx, since=at - DAY)
    return {
        "tallies": notifications.tallies(scope, tx, since=at - DAY),
        "delay_seconds": None if delay is None else delay.total_seconds(),
    }


def page(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """One page of messages and one row more, to know whether there is another page."""
    wanted = notice_filter(params, at=at)
    return {
        "rows": notifications.page(scope, tx, wanted=wanted, before=notice_cursor(params.get("before", "")), limit=PAGE + 1),
        "tallies": notifications.tallies(scope, tx, since=at - DAY, drill=wanted.drill),
        "params": params,
        "may_retry": Action.RETRY_NOTICES in GRANTS.get(scope.role, frozenset()),
    }


def copies(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Copies of the reader's orders to streets; a street's own official signs for them."""
    return {"copies": notifications.copies(scope, tx, limit=COPIES), "may_read": scope.role is Role.STREET}
