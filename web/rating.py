"""The page on which whoever reported something rates how it was handled (市民评价): by the link of his message, without an account.

It shows where, what and when, and nobody's name. Reading it changes nothing, so whoever looks through messages for links does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request

from domain.errors import Invalid, StoreUnavailable
from locales import LANGUAGES, Language, catalogue, label, language, speaking, t, when
from locales.language import HTML_LANG
from services import ratings
from services.alarms import NOTE_LIMIT
from services.ratings import Invitation, Standing
from web.attempts import Attempts
from web.clock import now
from web.context import Context
from web.session import LANGUAGE_COOKIE, address

STATUS: Final = {
    Standing.OPEN: HTTPStatus.OK,
    Standing.RATED: HTTPStatus.OK,
    Standing.EXPIRED: HTTPStatus.GONE,
    Standing.UNKNOWN: HTTPStatus.NOT_FOUND,
}
CAUSES: Final = ("trigger", "behavior", "fault", "rule")
"""Groups of words that a cause may be one of."""
STARS: Final = (5, 4, 3, 2, 1)
"""From the right: what stands left of a chosen star is lit by the stylesheet."""
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is on the form when it is shown again, and why it is."""

    problem: str = ""
    stars: int = 0
    words: str = ""


EMPTY: Final = Sheet()


def blueprint(context: Context) -> Blueprint:
    """The routes /rate/<token>."""
    routes = Blueprint("rating", __name__)
    attempts = Attempts()

    @routes.get("/rate/<token>")
    def form(token: str) -> Response:
        with speaking(_language()):
            if refusal := _too_often(attempts):
                return refusal
            found = ratings.invitation(context.store, token, at=now())
            _count(attempts, found)
            return _page(found, EMPTY)

    @routes.post("/rate/<token>")
    def send(token: str) -> Response:
        with speaking(_language()):
            return _too_often(attempts) or _send(context, attempts, token)

    return routes


def _send(context: Context, attempts: Attempts, token: str) -> Response:
    stars, words = _stars(request.form.get("stars", "")), request.form.get("words", "").replace("\r\n", "\n")
    try:
        found = ratings.rate(context.store, token, stars=stars, words=words, address=address(request), at=now())
    except Invalid as refusal:
        key = "rate.no_stars" if refusal.data["field"] == "stars" else "rate.too_long"
        found = ratings.invitation(context.store, token, at=now())
        return _page(found, Sheet(t(key), stars, words[:NOTE_LIMIT]), HTTPStatus.UNPROCESSABLE_ENTITY)
    except StoreUnavailable:
        return _page(Invitation(Standing.OPEN), Sheet(t("rate.away"), stars, words[:NOTE_LIMIT]), HTTPStatus.SERVICE_UNAVAILABLE)
    _count(attempts, found)
    if found.standing is Standing.OPEN:
        return _said("thanks", HTTPStatus.OK)
    return _said(found.standing, HTTPStatus.CONFLICT if found.standing is Standing.RATED else STATUS[found.standing])


def _page(found: Invitation, sheet: Sheet, status: HTTPStatus | None = None) -> Response:
    """The form; for a link that is no good, the sentence that says so."""
    if found.standing is not Standing.OPEN:
        return _said(found.standing, STATUS[found.standing])
    facts = [("rate.site", found.site or t("rate.no_site")), ("rate.about", _about(found)), ("rate.done", _done(found))]
    known = facts if found.kind else []
    return _answer("form", status or HTTPStatus.OK, facts=known, sheet=sheet, stars=STARS, longest=NOTE_LIMIT)


def _said(name: str, status: HTTPStatus) -> Response:
    return _answer(name, status)


def _answer(state: str, status: HTTPStatus, **more: object) -> Response:
    other = next(name for name in LANGUAGES if name != language())
    links = {"other_url": f"?lang={other}", "other_lang": HTML_LANG[other], "html_lang": HTML_LANG[language()]}
    return make_response(render_template("rating.html", t=t, state=state, **links, **more), status)


def _too_often(attempts: Attempts) -> Response | None:
    """The refusal of an address that has tried many links that are none."""
    wait = attempts.wait(address(request), at=now())
    if not wait:
        return None
    minutes = max(1, -(-wait // MINUTE))
    page = _answer("too_often", HTTPStatus.TOO_MANY_REQUESTS, minutes=minutes)
    page.headers["Retry-After"] = str(minutes * 60)
    return page


def _count(attempts: Attempts, found: Invitation) -> None:
    if found.standing is Standing.UNKNOWN:
        attempts.failed(address(request), at=now())


def _language() -> Language:
    """The reader's own word, else his last choice, else what his browser prefers."""
    wanted = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE) or ""
    preferred = request.accept_languages.best_match([HTML_LANG[name] for name in LANGUAGES], HTML_LANG[LANGUAGES[0]])
    return next((name for name in LANGUAGES if name == wanted), next(name for name in LANGUAGES if HTML_LANG[name] == preferred))


def _stars(text: str) -> int:
    return int(text) if text in {"1", "2", "3", "4", "5"} else 0


def _about(found: Invitation) -> str:
    """What was reported, by the most exact word there is."""
    known = catalogue(language())
    exact = next((known[key] for group in CAUSES if (key := f"{group}.{found.cause}") in known), "")
    return " · ".join(dict.fromkeys(part for part in (label("order_kind", found.kind), exact) if part))


def _done(found: Invitation) -> str:
    return when(found.done_at) if found.done_at else t("app.none")
