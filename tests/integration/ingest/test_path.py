"""From a vendor's publish through a real broker and worker into PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text

from data_access.engine import connect
from ingest.client import Client
from tests.integration.ingest.district import CALM, TRUCK, Rows, beijing, event, just_now, lift, settle, state, wait_for, working
from tests.mqtt_fixture import Account, Speaker, speak

WORKER = "ingest-path"
HOSTILE = {
    "1 MB": b'{"a":"' + b"x" * (1 << 20) + b'"}',
    "NaN": b'{"Speed": NaN}',
    "nesting of 10,000": b"[" * 10_000 + b"]" * 10_000,
    "not utf-8": b'{"Car_Position": "\xff\xfe"}',
    "nul": b'{"Car_Position": "\\u0000"}',
    "5,000 digits": b'{"Speed": ' + b"9" * 5_000 + b"}",
    "empty": b"",
}


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "fast"])
def fast(request: pytest.FixtureRequest) -> bool:
    """Whether the worker reads in bulk: both ways must behave alike."""
    return bool(request.param)


@pytest.fixture(scope="module")
def url(fresh_database: Callable[[], str], fast: bool) -> str:
    made = fresh_database()
    settle(made)
    return made


@pytest.fixture(scope="module")
def worker(url: str, mqtt_url: str, fast: bool) -> Iterator[Client]:
    with working(url, mqtt_url, WORKER, fast=fast) as client:
        assert client.fast is fast
        yield client


@pytest.fixture
def rows(url: str, worker: Client) -> Iterator[Rows]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def xzl(services: dict[str, Any], worker: Client) -> Iterator[Speaker]:
    account = next(v for v in services["vendors"] if v["name"] == "xzl")
    with speak(Account(services["mqtt_url"], account["username"], account["password"]), client_id="xzl-test") as speaker:
        yield speaker


def count(rows: Rows, table: str, where: str = "true") -> Callable[[], int]:
    return lambda: int(rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])


def test_the_five_publishes_of_an_independent_vendor(rows: Rows, xzl: Speaker) -> None:
    at = just_now()

    xzl.publish(*state(0, at))
    xzl.publish(*event(0, at, "path-1"))
    xzl.publish(state(0, at)[0], b"{broken")
    xzl.publish(*state(888, at))
    refused = xzl.publish(*state(1, at))

    wait_for(count(rows, "alarms"), 1)
    assert refused is not None
    assert refused.getName() == "Not authorized"
    wait_for(lambda: rows("SELECT reason, vendor FROM quarantine ORDER BY id"), [("not_json", "xzl"), ("unknown_equipment", "xzl")])
    assert rows("SELECT e.code FROM readings r JOIN equipment e ON e.id = r.equipment_id") == [(lift(0),)]
    assert rows("SELECT family, level, events.vendor FROM alarms JOIN events USING (equipment_id)") == [("entrapment", "entrapment", "xzl")]


def test_a_batch_topic_carries_all_kinds_of_items(rows: Rows, xzl: Speaker) -> None:
    at = just_now()
    body = {"registerNumber": lift(2), "samplingTime": beijing(at), **CALM}
    items = [body | {"type": "state"}, body | {"type": "statistics"}, {"type": "state"}]

    xzl.publish("pt/v1/xzl/elevator/batch", json.dumps(items).encode())

    wait_for(count(rows, "statistics"), 1)
    assert rows(f"SELECT count(*) FROM readings r JOIN equipment e ON e.id = r.equipment_id WHERE e.code = '{lift(2)}'") == [(1,)]


def test_hostile_payloads_stop_nothing_and_good_messages_in_between_are_all_stored(rows: Rows, xzl: Speaker, worker: Client) -> None:
    at = just_now()
    before, refused = count(rows, "readings")(), count(rows, "quarantine")()

    for number, payload in enumerate(HOSTILE.values()):
        xzl.publish(state(4, at)[0], payload, wait=False)
        xzl.publish(*state(10 + 2 * number, at), wait=False)
    xzl.publish(*state(4, at.replace(year=9999)), wait=False)
    xzl.publish(f"pt/v1/xzl/elevator/{TRUCK}/state", b"{}", wait=False)
    xzl.publish(event(8, at, "deep")[0], event(8, at, "deep")[1][:-1] + b', "evidence": ' + b"[" * 300 + b"]" * 300 + b"}", wait=False)
    xzl.publish(*state(6, at), wait=False)
    xzl.settle()

    wait_for(count(rows, "readings"), before + len(HOSTILE) + 1)
    wait_for(count(rows, "quarantine"), refused + len(HOSTILE) + 3)
    assert max(row[0] for row in rows("SELECT size FROM quarantine")) > 1 << 20
    assert max(row[0] for row in rows("SELECT length(payload) FROM quarantine")) == 64 * 1024
    assert worker.silent_seconds() < 10


def test_the_workers_own_heartbeat_comes_round(rows: Rows, worker: Client) -> None:
    wait_for(lambda: worker.silent_seconds() > 1.0, True)
    wait_for(lambda: worker.silent_seconds() < 0.2, True)
    assert rows("SELECT count(*) FROM quarantine WHERE topic LIKE '%beat%'") == [(0,)]


def test_a_machine_registered_while_the_worker_runs_is_known_within_seconds(rows: Rows, xzl: Speaker, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO equipment (code, kind, name, pinyin, sort_key, search_key, monitor_vendor) "
            "VALUES (%s, 'elevator', '新梯', '', '', '', 'xzl')",
            (lift(500),),
        )
        connection.execute(
            "INSERT INTO data_versions VALUES ('equipment', 1, now()) ON CONFLICT (watch) DO UPDATE SET version = data_versions.version + 1"
        )
    stored = f"SELECT count(*) FROM readings r JOIN equipment e ON e.id = r.equipment_id WHERE e.code = '{lift(500)}'"

    def spoke() -> bool:
        xzl.publish(*state(500, just_now()))
        return rows(stored)[0][0] > 0

    wait_for(spoke, True, patience=5.0)


def test_a_worker_leaves_its_mark(rows: Rows, worker: Client) -> None:
    wait_for(lambda: rows(f"SELECT (counters ->> 'messages')::int > 0 FROM ingest_marks WHERE worker = '{WORKER}'"), [(True,)])


def test_the_broker_refuses_a_wrong_password(services: dict[str, Any]) -> None:
    with pytest.raises(ConnectionRefusedError), speak(Account(services["mqtt_url"], "xzl", "wrong"), client_id="wrong"):
        pass
    assert urlsplit(services["mqtt_url"]).username


def test_the_first_word_of_a_machine_bound_a_moment_ago_is_stored(rows: Rows, url: str, xzl: Speaker) -> None:
    store = connect(url)
    with store.transaction() as tx:
        tx.execute(text("UPDATE equipment SET monitor_vendor = 'xzl' WHERE code = :code"), {"code": lift(39)})
        tx.touch("equipment")
    store.close()
    _, payload = state(39, just_now())

    xzl.publish(f"pt/v1/xzl/elevator/{lift(39)}/state", payload)

    wait_for(count(rows, "readings r JOIN equipment e ON e.id = r.equipment_id", f"e.code = '{lift(39)}'"), 1)
    assert count(rows, "quarantine", f"topic LIKE '%{lift(39)}%'")() == 0
