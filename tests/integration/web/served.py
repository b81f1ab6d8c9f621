"""The web process as it is served: gunicorn's workers on a free port, and a client that listens to the stream."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from tests.integration.web import town

HOME = Path(__file__).resolve().parents[3]
PATIENCE_S = 60


@dataclass(frozen=True)
class Server:
    """A served web process."""

    port: int

    def request(self, path: str, *, method: str = "GET", cookie: str = "", body: str = "", **headers: str) -> HTTPResponse:
        """One answer, not read yet; its connection closes with it."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        sent = {"Cookie": cookie} | {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        link.request(method, path, body=body or None, headers=sent)
        return link.getresponse()

    def sign_in(self, username: str) -> str:
        """The cookie of a new session."""
        form = urllib.parse.urlencode({"username": username, "password": town.PASSWORD})
        with closing(self.request("/login", method="POST", body=form)) as answer:
            assert answer.status == 303, answer.read()
            return (answer.getheader("Set-Cookie") or "").partition(";")[0]

    @contextmanager
    def listen(self, cookie: str, *, query: str = "", **headers: str) -> Iterator[Events]:
        """An open stream."""
        with closing(self.request(f"/stream{query}", cookie=cookie, **headers)) as answer:
            assert answer.status == 200, answer.status
            yield Events(answer)


class Events:
    """The events of an open stream, as they come."""

    def __init__(self, answer: HTTPResponse) -> None:
        self.headers = answer.headers
        self._answer = answer

    def __iter__(self) -> Iterator[tuple[str, str, Any]]:
        """(event, id, data) until the server ends the stream."""
        event, identity = "message", ""
        while line := self._answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            match name:
                case "event":
                    event = value
                case "id":
                    identity = value
                case "data":
                    yield event, identity, json.loads(value)
                    event = "message"

    def versions_of(self, watch: str, *, at_least: int) -> tuple[str, dict[str, int]]:
        """The id and versions of the first message in which `watch` has come so far."""
        for event, identity, data in self:
            if event == "message" and data["versions"].get(watch, 0) >= at_least:
                return identity, data["versions"]
        raise AssertionError("the stream ended")

    def until(self, wanted: str) -> Any:
        """The data of the first event of that name."""
        return next(data for event, _, data in self if event == wanted)


@contextmanager
def serving(environment: Mapping[str, str], *, workers: int = 1) -> Iterator[Server]:
    """A web process with these settings; it listens when the block begins and has ended when the block has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, **environment, "PUTUO_WEB_PORT": str(port), "PUTUO_WEB_WORKERS": str(workers)}
    argv = [sys.executable, "-m", "gunicorn", "-c", "python:stack.gunicorn_conf"]
    process = subprocess.Popen(argv, cwd=HOME, env=env, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said: list[str] = []
        while sum("ASGI server listening" in line for line in said) < workers:
            said.append(process.stderr.readline())
            assert said[-1], "".join(said)
        yield Server(port)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
