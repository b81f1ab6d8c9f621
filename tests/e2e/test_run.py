"""`./run` as newcomers, tools and bad luck meet it: .venv/bin/python -m pytest -m e2e tests/e2e/test_run.py (two minutes)."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.e2e.started import GOODBYE_S, Run, eventually

pytestmark = pytest.mark.e2e

SECOND_START_S = 10
DEVICES = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def first(folder: Path) -> Iterator[Run]:
    running = Run(folder, "--port", "0", "--devices", str(DEVICES), "--period", "5")
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def test_it_says_ready_and_answers(first: Run) -> None:
    assert re.fullmatch(r"READY http://127\.0\.0\.1:\d+/", first.ready)
    assert first.ready.endswith(first.services["web_url"])
    assert first.status("/readyz") == 200


def test_services_json_is_complete(first: Run) -> None:
    found = first.services

    assert {"database_url", "redis_url", "mqtt_url", "web_url", "processes", "accounts", "vendors"} <= set(found)
    assert {"postgres", "valkey", "mosquitto", "schedule", "simulator", "people", "web"} < set(found["processes"])
    assert any("ingest" in name for name in found["processes"])
    assert all(psutil.pid_exists(pid) for pid in found["processes"].values())
    assert len({account["scope"]["streets"][0] for account in found["accounts"] if account["role"] == "street"}) == 10
    assert {"operations_centre", "bureau"} < {account["role"] for account in found["accounts"]}
    assert all(vendor["username"] and vendor["password"] for vendor in found["vendors"])


def test_readings_arrive(first: Run) -> None:
    with psycopg.connect(first.services["database_url"], autocommit=True) as connection:
        eventually(lambda: connection.execute("select count(distinct equipment_id) from readings").fetchone()[0] >= DEVICES / 2)


@pytest.mark.parametrize("name", ["ingest", "web"])
def test_a_process_that_is_killed_comes_back(first: Run, name: str) -> None:
    old = first.services["processes"][name]

    psutil.Process(old).kill()

    eventually(lambda: first.services["processes"][name] != old)
    eventually(lambda: _answers(first))


def test_after_kill_9_nothing_is_left_and_the_next_run_is_quick_and_has_the_data(first: Run, folder: Path) -> None:
    with psycopg.connect(first.services["database_url"], autocommit=True) as connection:
        before = connection.execute("select count(*) from readings").fetchone()[0]
    family = first.family

    first.end(signal.SIGKILL)
    _, orphans = psutil.wait_procs(family, timeout=GOODBYE_S)
    again = Run(folder, "--no-simulator")
    try:
        assert orphans == []
        assert again.ready == first.ready
        assert again.seconds < SECOND_START_S
        with psycopg.connect(again.services["database_url"], autocommit=True) as connection:
            assert connection.execute("select count(*) from readings").fetchone()[0] >= before
        assert len(again.services["accounts"]) >= 12
        assert "simulator" not in again.services["processes"]
    finally:
        assert again.end(signal.SIGINT) == 0


def test_a_real_database_is_neither_seeded_nor_simulated(folder: Path, tmp_path: Path, fresh_database: Any) -> None:
    url = fresh_database()
    with psycopg.connect(url) as connection:
        connection.execute("insert into deployments (mode) values ('real')")

    running = Run(tmp_path, "--port", "0", environment={"DATABASE_URL": url})
    try:
        assert running.ready.startswith("READY ")
        assert running.services["accounts"] == []
        assert "simulator" not in running.services["processes"]
        with psycopg.connect(url) as connection:
            assert connection.execute("select count(*) from equipment").fetchone() == (0,)
    finally:
        running.end(signal.SIGTERM)


def _answers(running: Run) -> bool:
    try:
        return running.status("/readyz") == 200
    except OSError:
        return False
