"""An SMS gateway for tests: takes each key once, as ours is asked to, and can be slow or broken."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class PostOffice:
    """`taken`: key → body of the first request that bore it; `asked` counts requests by key; `status` is what it answers."""

    url: str = ""
    status: int = 200
    answer: bytes = b'{"reference": "S1"}'
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    headers: list[dict[str, str]] = field(default_factory=list)
    open_: threading.Event = field(default_factory=threading.Event)  # while it is clear, an answer waits
    heard: threading.Condition = field(default_factory=threading.Condition)

    def until(self, count: int, *, seconds: float) -> bool:
        """Wait until so many messages were taken."""
        with self.heard:
            return self.heard.wait_for(lambda: len(self.taken) >= count, seconds)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A gateway on a port of its own."""
    office = PostOffice()
    office.open_.set()

    class Counterman(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers["Idempotency-Key"]
            with office.heard:
                office.asked[key] += 1
                office.headers.append(dict(self.headers))
                if office.status < 300:
                    office.taken.setdefault(key, body)
                office.heard.notify_all()
            office.open_.wait(30)
            self.send_response(office.status)
            self.end_headers()
            self.wfile.write(office.answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counterman)
    office.url = f"http://127.0.0.1:{server.server_port}/sms"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield office
    finally:
        office.open_.set()
        server.shutdown()
        server.server_close()
        thread.join()
