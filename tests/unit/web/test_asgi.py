"""The served front: the stream is answered beside Flask, and Flask never sees what it cannot read."""

from __future__ import annotations

import asyncio
from typing import Any

from flask import Flask, request

from web.asgi import front


class Silent:
    """A stream that notes what happens to it."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.told.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"stream"})

    async def start(self) -> None:
        self.told.append("start")

    async def stop(self) -> None:
        self.told.append("stop")


def echo() -> Flask:
    flask = Flask("echo")
    flask.add_url_rule("/echo", view_func=lambda: request.args["q"])
    return flask


def ask(stream: Silent, path: str, query: bytes = b"", kind: str = "http") -> list[dict[str, Any]]:
    """Everything the front sends for one request."""
    sent: list[dict[str, Any]] = []
    received = iter([{"type": f"{kind}.startup"}, {"type": f"{kind}.shutdown"}] if kind == "lifespan" else [{"type": "http.request"}])

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "method": "GET", "path": path, "query_string": query, "http_version": "1.1", "headers": [], "scheme": "http"}
    asyncio.run(front(echo(), stream, threads=1)(scope, receive, send))  # type: ignore[arg-type]
    return sent


def body(sent: list[dict[str, Any]]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


def test_the_stream_is_answered_beside_flask() -> None:
    stream = Silent()

    assert body(ask(stream, "/stream")) == b"stream"
    assert body(ask(stream, "/echo", b"q=1")) == b"1"
    assert stream.told == ["/stream"]


def test_a_raw_chinese_query_arrives_unharmed() -> None:
    assert body(ask(Silent(), "/echo", "q=长寿路&a=%E9".encode())).decode() == "长寿路"


def test_the_stream_lives_as_long_as_the_worker() -> None:
    stream = Silent()

    sent = ask(stream, "", kind="lifespan")

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert stream.told == ["start", "stop"]


def test_a_websocket_is_refused() -> None:
    assert [message["type"] for message in ask(Silent(), "/ws", kind="websocket")] == ["websocket.close"]
