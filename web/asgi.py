"""The served front: answers the live stream itself and hands everything else to Flask in threads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware
from flask import Flask

AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, Receive, Send], Awaitable[None]]

STREAM_PATH: Final = "/stream"
THREADS: Final = 16  # callbacks of one process that may run at once; the stream needs none of them
_QUERY_SAFE: Final = bytes(range(0x21, 0x7F)).decode()


class Stream(Protocol):
    """What the front needs of the live stream."""

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one GET /stream until the viewer leaves."""

    async def start(self) -> None:
        """Begin to follow the changes."""

    async def stop(self) -> None:
        """Let every viewer go and stop following."""


def front(flask: Flask, stream: Stream, *, threads: int = THREADS) -> AsgiApp:
    """One ASGI application of a ready-made Flask application and a ready-made stream."""
    wsgi: Any = WSGIMiddleware(flask, workers=threads)  # type: ignore[arg-type] # two spellings of WSGI's own types

    async def serve(scope: AsgiScope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await _live(stream, receive, send)
            case "http" if scope["path"] == STREAM_PATH:
                await stream(scope, receive, send)
            case "http":
                await wsgi(_printable(scope), receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})

    return serve


async def _live(stream: Stream, receive: Receive, send: Send) -> None:
    await receive()
    await stream.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stream.stop()
    await send({"type": "lifespan.shutdown.complete"})


def _printable(scope: AsgiScope) -> AsgiScope:
    """The scope with a query string in ASCII: a2wsgi fails on the raw UTF-8 that some clients send unescaped."""
    query: bytes = scope["query_string"]
    return scope if query.isascii() else {**scope, "query_string": quote_from_bytes(query, safe=_QUERY_SAFE).encode()}
