"""Who is asking: the session behind a cookie, and the scope, actor and language of the present request."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final, Protocol

from flask import Request, g, request
from werkzeug.wrappers import Response

from domain.errors import NotPermitted
from domain.scope import Actor, Scope
from locales import LANGUAGES, Language
from locales import language as spoken
from services.identity import Session

COOKIE: Final = "putuo_session"
LANGUAGE_COOKIE: Final = "putuo_language"
LANGUAGE_KEPT: Final = timedelta(days=365)


class Lookup(Protocol):
    """How a session is found in the database; `active` says whether a person asks.

    It is asked with every request, for under a millisecond: a session that was ended, by whichever process, is over at once.
    """

    def __call__(self, token: str, *, active: bool, at: datetime) -> Session | None:
        """The valid session, or None. Raises StoreUnavailable."""


def current_session() -> Session:
    """The session of the present request. Raises NotPermitted where there is none, which the guard never lets happen."""
    session: Session | None = g.get("session")
    if session is None:
        raise NotPermitted(action="sign_in")
    return session


def current_scope() -> Scope:
    """What the reader may see."""
    return current_session().scope


def current_actor() -> Actor:
    """The reader as somebody who acts, with the address the request came from."""
    account = current_session().account
    return Actor(account.id, account.username, account.name, current_scope(), address(request))


def language() -> Language:
    """The language of the present request."""
    return spoken()


def chosen_language(asked: Request, session: Session | None = None) -> Language:
    """The language of a request: its own word, else the browser's last choice, else the session's, else Chinese."""
    wanted = asked.args.get("lang") or asked.cookies.get(LANGUAGE_COOKIE) or (session.language if session else "")
    return next((name for name in LANGUAGES if name == wanted), LANGUAGES[0])


def remember_language(response: Response, name: Language, *, secure: bool) -> None:
    """Keep the reader's choice in the browser: it is a preference of the screen, known before anybody signed in."""
    response.set_cookie(LANGUAGE_COOKIE, name, max_age=LANGUAGE_KEPT, httponly=True, samesite="Lax", secure=secure)


def hand_over(response: Response, token: str, *, secure: bool) -> None:
    """Give the browser its session; it ends with the browser, or earlier on the server."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=secure)


def take_back(response: Response, *, secure: bool) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=secure)


def address(asked: Request) -> str:
    """Where a request came from; a proxy on this machine is believed about its client."""
    peer = asked.remote_addr or ""
    forwarded = asked.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_ip(forwarded) and _is_ip(peer) and ip_address(peer).is_loopback else peer


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
