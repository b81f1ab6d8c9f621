"""A Unix socket beside the running simulator: one JSON line asks for a mishap, one JSON line answers with what is now true."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

_ANSWER_S: Final = 10.0


class Request:
    """A question that waits for the simulator's answer."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said
        self._answer: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def answer(self, words: dict[str, Any]) -> None:
        """Tell the one who asked."""
        self._answer.put(words)

    def wait(self) -> dict[str, Any]:
        """The answer, or an error when the simulator is too busy to give one."""
        try:
            return self._answer.get(timeout=_ANSWER_S)
        except Empty:
            return {"error": "the simulator did not answer"}


class Control:
    """Listens in a thread of its own; the simulator takes the requests when it has time."""

    def __init__(self, path: Path) -> None:
        self.requests: SimpleQueue[Request] = SimpleQueue()
        self._path = path
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        requests = self.requests

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                request = Request(_object(self.rfile.readline()))
                requests.put(request)
                with contextlib.suppress(BrokenPipeError):
                    self.wfile.write(json.dumps(request.wait(), ensure_ascii=False).encode() + b"\n")

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self._server.daemon_threads = True
        path.chmod(0o600)
        threading.Thread(target=self._server.serve_forever, name="control", daemon=True).start()

    def close(self) -> None:
        """Stop listening and take the socket away."""
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


def ask(path: Path, said: Mapping[str, Any]) -> dict[str, Any]:
    """Send a request to the simulator behind the socket. Raises OSError when none listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_ANSWER_S + 2)
        line.connect(str(path))
        line.sendall(json.dumps(dict(said)).encode() + b"\n")
        return _object(line.makefile("rb").readline())


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {"error": "not a JSON line"}
    return value if isinstance(value, dict) else {"error": "not an object"}
