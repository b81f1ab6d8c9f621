"""Who looks at the page: from the session and the deployment, for the head of every page."""

from __future__ import annotations

from collections.abc import Callable

from components.shell import Reader
from domain.scope import GRANTS, Action
from locales import label, t
from web import geography
from web.context import current
from web.session import current_session


def titled(key: str) -> Callable[..., str]:
    """The window's title of a page, in the language of each request."""

    def title(**_path: str) -> str:
        words, house = t(key), t("app.title")
        return words if words == house else f"{words} · {house}"

    return title


def granted() -> frozenset[Action]:
    """What the reader's role may do."""
    return GRANTS.get(current_session().scope.role, frozenset())


def reader() -> Reader:
    """The reader of the present request."""
    session, context = current_session(), current()
    account = session.account
    previous = session.previous_sign_in_at
    granted = GRANTS.get(session.scope.role, frozenset())
    return Reader(
        name=account.name,
        role=label(session.scope.role),
        deployment=context.deployment.mode,
        last_sign_in=previous.isoformat() if previous else None,
        may_acknowledge=Action.ACKNOWLEDGE_ALARM in granted,
        may_export=Action.EXPORT in granted,
        may_keep_rosters=Action.KEEP_ROSTERS in granted,
        may_keep_posts=Action.KEEP_ROSTERS in granted and session.scope.organization is None,
        may_read_ingest=Action.READ_INGEST in granted,
        may_answer=Action.ANSWER_SEAT in granted,
        may_record=Action.RECORD_MISSED in granted,
        tile_url=context.tile_url,
        geo_url=geography.url(),
    )
