"""Sign-in, sign-out and the choice of language: small pages of our own, without the Dash bundle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from domain.errors import StoreUnavailable
from locales import LANGUAGES, Language, language, t
from locales.language import HTML_LANG
from services import identity
from services.identity import Refusal, SignInRefused
from web.attempts import Attempts
from web.clock import now
from web.context import Context
from web.security import own_path
from web.session import COOKIE, address, hand_over, remember_language, take_back

LONGEST: Final = 256  # characters of a name or password that are worth a hash


@dataclass(frozen=True, slots=True)
class Refused:
    """Why somebody did not get in: a locale key, the minutes to wait where that helps, and the status."""

    key: str
    status: HTTPStatus
    minutes: int = 0


EMPTY: Final = Refused("sign_in.empty", HTTPStatus.BAD_REQUEST)
WRONG: Final = Refused("sign_in.wrong", HTTPStatus.UNAUTHORIZED)
REFUSALS: Final = {
    Refusal.WRONG: HTTPStatus.UNAUTHORIZED,
    Refusal.DISABLED: HTTPStatus.FORBIDDEN,
    Refusal.LOCKED: HTTPStatus.TOO_MANY_REQUESTS,
}
AWAY: Final = Refused("error.store_unavailable", HTTPStatus.SERVICE_UNAVAILABLE)


def blueprint(context: Context) -> Blueprint:
    """The routes /login, /logout and /language."""
    routes = Blueprint("sign_in", __name__)
    attempts = Attempts()

    @routes.get("/login")
    def form() -> Answer:
        return _page(context)

    @routes.post("/login")
    def enter() -> Answer:
        outcome = _enter(context, attempts, request.form.get("username", "").strip(), request.form.get("password", ""))
        if isinstance(outcome, Refused):
            return _page(context, outcome)
        answer = redirect(own_path(request.form.get("next")), HTTPStatus.SEE_OTHER)
        hand_over(answer, outcome, secure=context.secure)
        return answer

    @routes.post("/logout")
    def leave() -> Answer:
        _end_session(context)
        answer = redirect("/login", HTTPStatus.SEE_OTHER)
        take_back(answer, secure=context.secure)
        return answer

    @routes.post("/language")
    def speak() -> Answer:
        wanted = request.form.get("language", "")
        chosen: Language = next((name for name in LANGUAGES if name == wanted), LANGUAGES[0])
        identity.speak(context.store, request.cookies[COOKIE], language=chosen)
        answer = redirect(_back(), HTTPStatus.SEE_OTHER)
        remember_language(answer, chosen, secure=context.secure)
        return answer

    return routes


def _enter(context: Context, attempts: Attempts, username: str, password: str) -> str | Refused:
    """The new session's token, or why there is none."""
    if not username or not password:
        return EMPTY
    if max(len(username), len(password)) > LONGEST:
        return WRONG
    at, where = now(), address(request)
    if wait := attempts.wait(where, at=at):
        return Refused("sign_in.too_often", HTTPStatus.TOO_MANY_REQUESTS, _minutes(wait))
    try:
        signed_in = identity.sign_in(context.store, username, password, language=language(), address=where, at=at)
    except StoreUnavailable:
        return AWAY
    except SignInRefused as refusal:
        attempts.failed(where, at=at)
        return _explained(refusal, at)
    _end_session(context)
    return signed_in.token


def _end_session(context: Context) -> None:
    """End the session this browser has, if it has one."""
    if token := request.cookies.get(COOKIE):
        identity.sign_out(context.store, token, address=address(request), at=now())


def _explained(refusal: SignInRefused, at: datetime) -> Refused:
    minutes = _minutes(refusal.until - at) if refusal.until else 0
    return Refused(f"sign_in.{refusal.reason.value}", REFUSALS[refusal.reason], minutes)


def _page(context: Context, refused: Refused | None = None) -> Response:
    wanted = own_path(request.values.get("next"))
    other = next(name for name in LANGUAGES if name != language())
    page = render_template(
        "sign_in.html",
        t=t,
        html_lang=HTML_LANG[language()],
        refused=t(refused.key, minutes=refused.minutes) if refused else "",
        demonstration=context.deployment.demonstration,
        username=request.form.get("username", "")[:LONGEST],
        next=wanted,
        longest=LONGEST,
        other_url=f"/login?{urlencode({'lang': other, 'next': wanted})}",
        other_lang=HTML_LANG[other],
    )
    answer = make_response(page, refused.status if refused else HTTPStatus.OK)
    if refused and refused.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(refused.minutes * 60)
    return answer


def _back() -> str:
    """Where the reader was: named by the form, else by the browser."""
    came_from = urlsplit(request.referrer or "")
    here = urlunsplit(("", "", came_from.path, came_from.query, "")) if came_from.netloc == request.host else ""
    return own_path(request.form.get("next") or here)


def _minutes(wait: timedelta) -> int:
    return max(1, -(-wait // timedelta(minutes=1)))
