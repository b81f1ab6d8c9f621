"""The guard over every route, the check of a request's origin, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote, urlsplit

from flask import Flask, Request, Response, g, jsonify, redirect, request
from werkzeug.wrappers import Response as Answer

from locales import t, use_language
from web.clock import now
from web.context import Context
from web.session import COOKIE, chosen_language, remember_language

PUBLIC: Final = frozenset(
    {
        "sign_in.form",
        "sign_in.enter",
        "health.alive",
        "health.ready",
        "health.figures",  # asks for its own bearer token
        "push.login",
        "push.states",  # these six ask for the token of a vendor
        "push.sums",
        "push.alarms",
        "push.own",
        "push.commands",
        "push.answers",
        "rating.form",  # these two ask for the token of a message
        "rating.send",
        "notices.receipt",  # asks for the token of a gateway
        "_dash_assets.static",
        "/_favicon.ico",
    }
)
PAGES: Final = "/<path:path>"  # Dash's endpoint for whatever no other route takes
MACHINE_PATHS: Final = (
    "/_dash",
    "/_reload-hash",
    "/api/",
    "/data/",
    "/export/",
    "/stream",
    "/iot/",
    "/platform/",
)  # answered in JSON, never redirected
UNATTENDED: Final = frozenset({"/api/v1/versions"})  # asked by a page nobody may be looking at
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FRIENDLY_SITES: Final = frozenset({"same-origin", "none"})  # values of Sec-Fetch-Site; "none" is the reader's own hand

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self), payment=()",
}
YEAR: Final = 31_536_000  # seconds


def install_guard(flask: Flask, context: Context) -> None:
    """Let nobody past without a session, and no writing request past from another site. Install before any other hook."""

    @flask.before_request
    def guard() -> Answer | None:
        g.session = None
        use_language(chosen_language(request))
        if request.method not in READING and not from_own_site(request, public_url=context.public_url):
            return refusal("cross_site", 403)
        if request.endpoint in PUBLIC:
            return None
        token = request.cookies.get(COOKIE, "")
        g.session = context.find_session(token, active=request.path not in UNATTENDED, at=now()) if token else None
        if g.session is None:
            return sign_in_first(request)
        use_language(chosen_language(request, g.session))
        return refusal("not_found", 404) if _no_page(request) else None

    @flask.after_request
    def keep_language(response: Response) -> Response:
        if request.args.get("lang") and response.status_code < 400:
            remember_language(response, chosen_language(request), secure=context.secure)
        return response


def install_headers(flask: Flask, *, script_hashes: Callable[[], Iterable[str]], tile_url: str, secure: bool) -> None:
    """Set the security and cache headers of every answer; `script_hashes` are the inline scripts that pages may run."""
    tiles = _origin(tile_url)

    @flask.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", content_policy(script_hashes(), tiles=tiles))
        _set_caching(response)
        return response


def content_policy(hashes: Iterable[str], *, tiles: str = "") -> str:
    """The Content-Security-Policy of a page: our own files, its own inline scripts by hash, and map tiles if there is a server."""
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *hashes]),
        "style-src": "'self' 'unsafe-inline'",  # Plotly and Leaflet set styles from script; styles cannot run code
        "img-src": " ".join(filter(None, ["'self'", "data:", "blob:", tiles])),
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def from_own_site(asked: Request, *, public_url: str) -> bool:
    """Whether a browser says that the request comes from our own page; what is no browser says nothing and is believed."""
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None and site not in FRIENDLY_SITES:
        return False
    origin = asked.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in {asked.host, urlsplit(public_url).netloc} - {""}


def sign_in_first(asked: Request) -> Answer:
    """What an anonymous reader gets: a page leads to the sign-in, everything else is refused."""
    if asked.method != "GET" or asked.path.startswith(MACHINE_PATHS):
        return refusal("sign_in_required", 401)
    wanted = asked.full_path.rstrip("?")
    return redirect("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}")


def _no_page(asked: Request) -> bool:
    """Whether a program's path would fall to Dash, which answers every unknown path with a page."""
    return asked.endpoint == PAGES and asked.path.startswith(MACHINE_PATHS)


def refusal(code: str, status: int) -> Answer:
    """A refusal for a program: its code, and its sentence in the reader's language."""
    answer = jsonify({"error": code, "message": t(f"error.{code}")})
    answer.status_code = status
    return answer


def own_path(wanted: str | None) -> str:
    """`wanted` if it is a path of ours, else the front page: nobody is sent to another host."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or not wanted.isprintable():
        return "/"
    return wanted if not urlsplit(wanted).netloc else "/"


def _set_caching(response: Response) -> None:
    if request.endpoint == "_dash_assets.static" and "m" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"  # Dash puts the file's time into the address
    response.headers.setdefault("Cache-Control", "no-cache" if response.get_etag()[0] else "no-store")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""
