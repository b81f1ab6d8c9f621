"""Our own programs as services: ingest, schedule, outbox, simulator, people and web."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from stack.home import Home
from stack.process import Service

_PROBE_TIMEOUT_S = 2.0
_PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the simulator is asked to do; None and 1 leave its own defaults."""

    devices: int | None = None
    period_s: float = 60.0
    speed: float = 1.0


def ingest(env: Mapping[str, str]) -> Service:
    """The worker between broker and database; it commits what it holds before it ends."""
    return Service("ingest", [_PYTHON, "-m", "ingest", "--client-id", "ingest-0"], env=env, stop_timeout=20.0)


def schedule(env: Mapping[str, str]) -> Service:
    """The minute and day ticks."""
    return Service("schedule", [_PYTHON, "-m", "ingest.schedule"], env=env)


def outbox(env: Mapping[str, str]) -> Service:
    """What leaves the house: messages to people, voice prompts to devices."""
    return Service("outbox", [_PYTHON, "-m", "ingest.outbox"], env=env)


def city_platform(env: Mapping[str, str]) -> Service:
    """The adapter that pulls from the city platform; only where one is configured."""
    return Service("city-platform", [_PYTHON, "-m", "ingest.sources.city_platform"], env=env)


def simulator(env: Mapping[str, str], home: Home, simulation: Simulation) -> Service:
    """The demonstration's devices, as ordinary MQTT clients of the vendors."""
    argv = [_PYTHON, "-m", "demo", "simulate", "--period", f"{simulation.period_s:g}", "--speed", f"{simulation.speed:g}"]
    argv += ["--vendors-file", str(home.run / "services.json"), "--truth", str(home.root / "truth.jsonl")]
    if simulation.devices is not None:
        argv += ["--devices", str(simulation.devices)]
    return Service("simulator", argv, env=env)


def people(env: Mapping[str, str], *, speed: float, answering: bool) -> Service:
    """The demonstration's people: days pass, and, if wanted, units answer their orders."""
    argv = [_PYTHON, "-m", "demo", "people", "--speed", f"{speed:g}", *([] if answering else ["--no-answers"])]
    return Service("people", argv, env=env)


def web(env: Mapping[str, str], port: int) -> Service:
    """The web workers; ready when the product itself says so."""
    argv = [_PYTHON, "-m", "gunicorn", "-c", "python:stack.gunicorn_conf"]
    return Service("web", argv, ready=lambda: _says_ready(port), env=env, start_timeout=90.0)


def _says_ready(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=_PROBE_TIMEOUT_S)) as link:
        try:
            link.request("GET", "/readyz")
            return link.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
