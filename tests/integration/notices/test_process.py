"""The process itself, killed while a gateway thinks: nothing is lost, and an idempotent gateway takes nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.outbox import LEASE
from stack.home import PROJECT
from tests.integration.notices.conftest import AT, USE_UNIT
from tests.post_office import post_office
from tests.stack_fixture import free_of_settings

ORDERS = 2


@contextmanager
def running(services, database_url, office) -> Iterator[subprocess.Popen[bytes]]:
    env = free_of_settings(os.environ) | {
        "DATABASE_URL": database_url,
        "REDIS_URL": services["redis_url"],
        "MQTT_URL": services["mqtt_url"],
        "PUTUO_NOTIFY_SMS_URL": office.url,
    }
    process = subprocess.Popen([sys.executable, "-m", "ingest.outbox"], cwd=PROJECT, env=env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def real(store):
    """A real district, where messages go to real gateways; a demonstration again afterwards, for the other tests."""
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("UPDATE deployments SET mode = 'real'")
        tx.connection.exec_driver_sql(
            "INSERT INTO notification_addresses (recipient, channel, address) VALUES (%s, 'sms', '13800000001')", (f"unit:{USE_UNIT}",)
        )
    yield
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("UPDATE deployments SET mode = 'demonstration'")


def test_kill_9_while_the_gateway_thinks_loses_and_doubles_nothing(house, services, database_url, real):
    with post_office() as office:
        for _ in range(ORDERS):
            house.order(at=AT)
        office.open_.clear()
        with running(services, database_url, office) as process:
            assert office.until(ORDERS, seconds=30)  # it has them, but could not say so
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        assert {row[3] for row in house.messages()} == {"queued"}
        office.open_.set()

        with running(services, database_url, office) as process, office.heard:
            assert office.heard.wait_for(lambda: min(office.asked.values()) > 1, LEASE.total_seconds() + 20)
            process.terminate()
        assert process.wait(30) == 0

    assert len(office.taken) == ORDERS
    assert [row[3] for row in house.messages()] == ["sent"] * ORDERS
