"""GET /stream: who may listen, to which watches, and the response that stays open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

import orjson

from data_access.watches import audible, may_hear
from domain.errors import StoreUnavailable
from services.identity import Session
from web.asgi import AsgiScope, Receive, Send
from web.hub import Hub, Viewer

MAX_VIEWERS: Final = 2_000  # streams of one process
SEND_SECONDS: Final = 10.0  # a viewer whose network takes nothing for so long is let go; it returns with its last id
HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)

REFUSALS: Final = {401: "sign_in_required", 403: "not_permitted", 405: "method_not_allowed", 503: "store_unavailable"}


class Stream:
    """The ASGI application behind /stream."""

    def __init__(self, hub: Hub, *, cookie: str, session: Callable[[str], Session | None]) -> None:
        self.hub = hub
        self._cookie = cookie
        self._session = session

    async def start(self) -> None:
        """Begin to follow the changes."""
        await self.hub.start()

    async def stop(self) -> None:
        """Let every viewer go."""
        await self.hub.stop()

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request until its viewer leaves."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        status, viewer = await self._admit(scope, headers)
        if viewer is None:
            await _refuse(send, status)
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        leaving = asyncio.create_task(_leave(viewer, receive))
        try:
            await self._pour(viewer, headers.get("last-event-id", ""), send)
        finally:
            leaving.cancel()

    async def _admit(self, scope: AsgiScope, headers: dict[str, str]) -> tuple[int, Viewer | None]:
        if scope["method"] != "GET":
            return 405, None
        token = _cookie(headers.get("cookie", ""), self._cookie)
        try:
            session = await asyncio.to_thread(self._session, token) if token else None
        except StoreUnavailable:
            return 503, None
        if session is None:
            return 401, None
        wanted = _wanted(scope["query_string"])
        if not all(may_hear(session.scope, watch) for watch in wanted):
            return 403, None
        if self.hub.viewers >= MAX_VIEWERS:
            return 503, None
        return 200, Viewer(token, session.scope, wanted or audible(session.scope))

    async def _pour(self, viewer: Viewer, since: str, send: Send) -> None:
        async with aclosing(self.hub.frames(viewer, since=since)) as frames:
            async for body in frames:
                try:
                    async with asyncio.timeout(SEND_SECONDS):
                        await send({"type": "http.response.body", "body": body, "more_body": True})
                except TimeoutError:
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _leave(viewer: Viewer, receive: Receive) -> None:
    """Notice that the browser closed the stream."""
    while (await receive())["type"] != "http.disconnect":
        continue
    viewer.leave()


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"error": REFUSALS[status]})})


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _wanted(query: bytes) -> frozenset[str]:
    """The watches named by `?watches=a,b`; none named means all that the session may hear."""
    values = parse_qs(query.decode("latin-1")).get("watches", [])
    return frozenset(watch for value in values for watch in value.split(",") if watch)
