"""The five publishes of an independent client, against a worker process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from stack.home import PROJECT
from tests.e2e.independent_client import check
from tests.integration.ingest.district import settle, wait_for
from tests.stack_fixture import free_of_settings

pytestmark = pytest.mark.e2e


def test_an_independent_vendor_is_stored_alarmed_quarantined_and_refused(
    services: dict[str, Any], fresh_database: Callable[[], str], redis_url: str
) -> None:
    url = fresh_database()
    settle(url)
    environment = free_of_settings(os.environ) | {"DATABASE_URL": url, "MQTT_URL": services["mqtt_url"], "REDIS_URL": redis_url}
    worker = subprocess.Popen([sys.executable, "-m", "ingest", "--client-id", "ingest-independent"], cwd=PROJECT, env=environment)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            wait_for(lambda: connection.execute("SELECT count(*) FROM ingest_marks").fetchone(), (1,))

        findings = check({**services, "database_url": url})
    finally:
        worker.terminate()
        worker.wait(30)

    assert [finding for finding in findings if not finding.right] == []
