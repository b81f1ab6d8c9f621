"""A small city platform on a loopback port, with the moods of a real one: tokens that end, pages that shift, answers that fail."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USERNAME, PASSWORD = "putuo", "a password of the city"
LIFE_MS = 3_600_000

Mood = Callable[[BaseHTTPRequestHandler], bool]
"""Does something to one request; whether that was the whole answer."""


@dataclass
class City:
    """What the platform knows, and how it feels. `moods` are spent one per request for data, `login_moods` one per sign-in."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    moods: deque[Mood] = field(default_factory=deque)
    login_moods: deque[Mood] = field(default_factory=deque)
    password: str = PASSWORD
    life_ms: int = LIFE_MS
    largest_page: int = 1_000
    tokens: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)  # path → requests
    since: list[int] = field(default_factory=list)  # lastModifiedDate of every request for a page
    after_page: Callable[[int], None] = lambda number: None
    url: str = ""

    def fill(self, resource: str, count: int, *, modified: int, key: str = "registerNumber") -> None:
        """So many records, modified one second after the other from `modified` (epoch ms) on."""
        self.records[resource] = [
            {key: f"3110{number:016d}", "lastModifiedDate": modified + number * 1000, "address": f"长寿路 {number} 号"}
            for number in range(count)
        ]

    def page(self, resource: str, since: int, number: int, size: int) -> dict[str, Any]:
        """A page in the order of modification, as a database without a snapshot gives it."""
        found = [record for record in self.records.get(resource, []) if record.get("lastModifiedDate", since) >= since]
        found.sort(key=lambda record: record.get("lastModifiedDate", 0))
        size = min(size, self.largest_page)
        return {"content": found[number * size : (number + 1) * size], "totalElements": len(found)}


class _Handler(BaseHTTPRequestHandler):
    city: City

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        self.city.asked[self.path] += 1
        if not (self.city.login_moods and self.city.login_moods.popleft()(self)):
            answer(self, *self._signed_in(said))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.city.asked[parts.path] += 1
        if self.city.moods and self.city.moods.popleft()(self):
            return
        if self.headers.get("Authorization") in self.city.tokens:
            answer(self, *self._found(parts.path.strip("/").split("/"), {name: said[0] for name, said in parse_qs(parts.query).items()}))
        else:
            answer(self, 401, {"status": 401, "message": "token"})

    def _signed_in(self, said: dict[str, Any]) -> tuple[int, object]:
        if (said.get("username"), said.get("password")) != (USERNAME, self.city.password):
            return 401, {"status": 401, "message": "wrong"}
        token = f"token-{self.city.asked[self.path]}"
        self.city.tokens = {token}
        return 200, {"status": 200, "result": {"token": token, "expirationTime": self.city.life_ms}}

    def _found(self, path: list[str], query: dict[str, str]) -> tuple[int, object]:
        match path:
            case ["platform", "api", "v1", "eventReports", number] if number in self.city.events:
                return 200, {"status": 200, "result": self.city.events[number]}
            case ["platform", "api", "v1", resource, "queryPlaceName", "latest"]:
                since, number, size = (int(query[name]) for name in ("lastModifiedDate", "page", "size"))
                self.city.since.append(since)
                page = self.city.page(resource, since, number, size)
                self.city.after_page(number)
                return 200, {"status": 200, "result": page}
        return 404, {"status": 404}

    def log_message(self, *_: object) -> None:
        """Nothing: the test says what happened."""


def answer(to: BaseHTTPRequestHandler, status: int, body: object, **headers: str) -> None:
    """Send a status and JSON, or bytes as they are."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    to.send_response(status)
    to.send_header("Content-Length", str(len(sent)))
    for name, value in headers.items():
        to.send_header(name.replace("_", "-"), value)
    to.end_headers()
    to.wfile.write(sent)


def fails(status: int, **headers: str) -> Mood:
    """An error page that is no JSON."""
    return lambda to: answer(to, status, b"<html>sorry</html>", **headers) or True


def says(body: object, status: int = 200) -> Mood:
    """This, whatever was asked."""
    return lambda to: answer(to, status, body) or True


def forgets_tokens(to: BaseHTTPRequestHandler) -> bool:
    """Every token ends now, whatever it said."""
    to.city.tokens.clear()  # type: ignore[attr-defined]
    return False


def breaks_off(to: BaseHTTPRequestHandler) -> bool:
    """Half an answer, then the line is dead."""
    to.send_response(200)
    to.send_header("Content-Length", "1000")
    to.end_headers()
    to.wfile.write(b'{"status": 200')
    return True


def drips(to: BaseHTTPRequestHandler) -> bool:
    """A byte now and then, for as long as anybody listens."""
    to.send_response(200)
    to.end_headers()
    never = threading.Event()
    with suppress(OSError):
        while not never.wait(0.02):
            to.wfile.write(b" ")
    return True


def well(_to: BaseHTTPRequestHandler) -> bool:
    """Nothing special."""
    return False


@contextmanager
def city_platform() -> Iterator[City]:
    """A running platform."""
    city = City()
    handler = type("Handler", (_Handler,), {"city": city})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        city.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield city
        finally:
            server.shutdown()
            thread.join()
