"""Who looks at the page: from the session and the deployment, for the head of every page."""

from __future__ import annotations

from components.shell import Reader
from domain.scope import GRANTS, Action
from locales import label
from web.context import current
from web.session import current_session


def reader() -> Reader:
    """The reader of the present request."""
    session, context = current_session(), current()
    account = session.account
    previous = session.previous_sign_in_at
    return Reader(
        name=account.name,
        role=label(session.scope.role),
        deployment=context.deployment.mode,
        last_sign_in=previous.isoformat() if previous else None,
        may_acknowledge=Action.ACKNOWLEDGE_ALARM in GRANTS.get(session.scope.role, frozenset()),
        tile_url=context.tile_url,
    )
