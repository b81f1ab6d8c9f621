"""How gunicorn serves the command centre; used by `./run` and by deploy/systemd alike."""

from __future__ import annotations

import importlib
import signal
from typing import Any

from settings import load
from stack.process import die_with_parent

# Imported in the master, so that workers are forked with the product's modules and build the application only.
importlib.import_module("stack.web")
_settings = load()

bind = f"127.0.0.1:{_settings.web_port}"
workers = _settings.web_workers
worker_class = "asgi"
wsgi_app = "stack.web:application()"
proc_name = "putuo-web"
timeout = 60
graceful_timeout = 3  # open live streams never end by themselves; browsers reconnect
keepalive = 75
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A worker ends with its master, even when that one is killed."""
    die_with_parent(signal.SIGTERM, parent=server.pid)
