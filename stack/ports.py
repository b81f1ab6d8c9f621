"""Loopback ports: the remembered one, else the preferred one, else any free one, which is then remembered."""

from __future__ import annotations

import json
import socket
from contextlib import closing

from stack.home import Home, write_private_json
from stack.say import say


def port_for(home: Home, name: str, *, preferred: int = 0, wanted: int | None = None) -> int:
    """A free port for `name`. `wanted` (the user's own word) goes before the remembered one; a taken port is replaced."""
    known = known_ports(home)
    candidates = (wanted, known.get(name), preferred, 0)
    port = next(bound for candidate in candidates if candidate is not None and (bound := _bindable(candidate)) is not None)
    if wanted and port != wanted:
        say(f"port {wanted} is taken, {name} answers at {port}")
    write_private_json(home.run / "ports.json", known | {name: port})
    return port


def _bindable(port: int) -> int | None:
    """The port number when it can be bound on loopback now (0 asks the kernel for one), None when it is taken."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return int(probe.getsockname()[1])


def known_ports(home: Home) -> dict[str, int]:
    """The remembered ports by name."""
    path = home.run / "ports.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
