"""A throw-away stack for a test session, and databases copied from one migrated template."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from data_access.migrations import upgrade
from stack.home import PROJECT

GOODBYE_S = 60
_TEMPLATE = "putuo_template"


def free_of_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without deployment settings: a test decides them itself."""
    urls = ("DATABASE_URL", "REDIS_URL", "MQTT_URL")
    return {name: value for name, value in environment.items() if not name.startswith("PUTUO_") and name not in urls}


@contextmanager
def running_servers(*arguments: str, durable: bool = False) -> Iterator[dict[str, Any]]:
    """services.json of a stack in a temporary folder, which is stopped and removed at the end; `durable` for what measures commits."""
    with tempfile.TemporaryDirectory(prefix="putuo-test-") as folder, (Path(folder) / "stack.log").open("w+") as log:
        safety = [] if durable else ["--unsafe"]
        command = [sys.executable, "-m", "stack", "servers", *safety, "--data", folder, *arguments]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=log, text=True, env=free_of_settings(os.environ))
        assert process.stdout is not None
        try:
            if not process.stdout.readline().startswith("SERVERS "):
                log.seek(0)
                raise RuntimeError(f"the throw-away stack did not start:\n{log.read()}")
            yield json.loads((Path(folder) / "run" / "services.json").read_text("utf-8"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(GOODBYE_S)
            process.stdout.close()
            shutil.rmtree(Path(folder) / "pg", ignore_errors=True)


class Databases:
    """Databases of one server: the first is migrated, the others are copied from it."""

    def __init__(self, url: str) -> None:
        self._base = url.rpartition("/")[0]
        self._names = (f"putuo_test_{os.getpid()}_{number}" for number in count())
        self._made: list[str] = []
        self._template = f"{_TEMPLATE}_{os.getpid()}"
        self._create(self._template)
        upgrade(f"{self._base}/{self._template}")

    def fresh(self) -> str:
        """The URL of a new, empty, migrated database."""
        name = next(self._names)
        self._create(name, template=self._template)
        return f"{self._base}/{name}"

    def drop_all(self) -> None:
        """Remove everything made here; sessions still open are ended."""
        for name in self._made:
            self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def _create(self, name: str, *, template: str = "template1") -> None:
        self._execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))
        self._made.append(name)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(f"{self._base}/postgres", autocommit=True) as connection:
            connection.execute(statement)
