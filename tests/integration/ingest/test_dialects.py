"""Vendors' own formats through a real broker and worker: understood, mapped to machines, ended, refused and tried again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from data_access.engine import connect
from data_access.quarantine_filter import Refusals
from data_access.repositories import quarantine_replay
from ingest.client import Client
from services import vendor_codes, vendor_dialects
from services.vendor_codes import Meaning
from services.vendor_dialects import Name
from tests.integration.ingest.district import CALM, Rows, beijing, just_now, lift, settle, wait_for, working
from tests.mqtt_fixture import Account, Speaker, speak

HOUQI, CHONGQING = "ydw", "shy"
UP = f"pt/v1/{HOUQI}/API/V1/Up/"
HOSTILE = (b"", b"{broken", b"[]", b"7", b'{"elevatorNo": {"a": 1}}', b"[" * 10_000, b'{"elevatorNo": "\\u0000"}', b"\xff", b"x" * 300_000)


@pytest.fixture(scope="module")
def url(fresh_database: Callable[[], str]) -> str:
    made = fresh_database()
    settle(made)
    with psycopg.connect(made, autocommit=True) as connection:
        for vendor, numbers in ((HOUQI, (0, 1, 2, 3)), (CHONGQING, (10, 11))):
            connection.execute("UPDATE equipment SET monitor_vendor = %s WHERE code = ANY(%s)", (vendor, [lift(n) for n in numbers]))
    store, at = connect(made), datetime.now(UTC)
    vendor_dialects.speak(store, HOUQI, "houqi", by="test", at=at)
    vendor_dialects.speak(store, CHONGQING, "chongqing", by="test", at=at)
    names = [Name(HOUQI, f"HQ-{n}", lift(n)) for n in (0, 1, 2)] + [Name(CHONGQING, "CQ-11", lift(11))]
    vendor_dialects.learn(store, names, by="test", at=at)
    store.close()
    return made


@pytest.fixture(scope="module")
def worker(url: str, mqtt_url: str) -> Iterator[Client]:
    with working(url, mqtt_url, "ingest-dialects") as client:
        yield client


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def vendor(services: dict[str, Any], worker: Client) -> Iterator[Callable[[str], Speaker]]:
    accounts = {entry["name"]: Account(services["mqtt_url"], entry["username"], entry["password"]) for entry in services["vendors"]}
    with speak(accounts[HOUQI], client_id="houqi-test") as houqi, speak(accounts[CHONGQING], client_id="chongqing-test") as chongqing:
        yield {HOUQI: houqi, CHONGQING: chongqing}.__getitem__


def _state(number: int, at: datetime, **changes: object) -> bytes:
    body = {"type": "LiftState", "elevatorNo": f"HQ-{number}", "faultTime": beijing(at), "currentFloor": 7, "runningDirection": 3}
    return json.dumps(body | changes).encode()


def _fault(number: int, code: int, began: datetime, ended: datetime | None = None, *, key: str = "k") -> bytes:
    entry = {"keyId": key, "faultType": code, "faultBeginTime": beijing(began), "faultEndTime": beijing(ended) if ended else ""}
    return json.dumps({"type": "LiftFault", "elevatorNo": f"HQ-{number}", "personInLift": 1, "ErrorListBean": [entry]}).encode()


def _of(number: int, table: str, what: str) -> str:
    return f"SELECT {what} FROM {table} t JOIN equipment e ON e.id = t.equipment_id WHERE e.code = '{lift(number)}'"


def test_a_state_in_their_words_is_a_reading_of_our_machine(vendor: Callable[[str], Speaker], rows: Rows) -> None:
    at = just_now()

    vendor(HOUQI).publish(f"{UP}LiftState", _state(0, at))
    vendor(HOUQI).publish(f"{UP}LiftState", _state(0, at))

    wait_for(lambda: rows(_of(0, "readings", "t.sampled_at, t.vendor")), [(at, HOUQI)])


def test_an_entrapment_opens_an_alarm_and_its_end_is_the_end_of_the_same_event(vendor: Callable[[str], Speaker], rows: Rows) -> None:
    at = just_now(60)

    vendor(HOUQI).publish(f"{UP}LiftFault", _fault(1, 1, at, key="first"))
    vendor(HOUQI).publish(f"{UP}LiftFault", _fault(1, 1, at, at + timedelta(seconds=30), key="second"))
    vendor(HOUQI).publish(f"{UP}LiftFault", _fault(1, 1, at, at + timedelta(seconds=30), key="second"))

    alarms = _of(1, "alarms", "family, level, occurrences, cleared_at IS NOT NULL")
    wait_for(lambda: rows(alarms), [("entrapment", "entrapment", 1, True)])
    assert rows(_of(1, "events", "t.vendor_code, t.phase, count(DISTINCT t.event_id)") + " GROUP BY 1, 2 ORDER BY 2") == [
        ("1", "add", 1),
        ("1", "disappear", 1),
    ]


def test_the_numbers_of_another_code_set_are_not_ours(vendor: Callable[[str], Speaker], rows: Rows) -> None:
    at = just_now()
    body = {"registerNumber": lift(10), "alarmId": "cq-1", "occurTime": beijing(at), "failureCode": "93"}
    own = {"alarmId": "cq-2", "occurTime": beijing(at), "failureCode": "1"}

    vendor(CHONGQING).publish(f"pt/v1/{CHONGQING}/elevator/{lift(10)}/event", json.dumps(body).encode())
    vendor(CHONGQING).publish(f"pt/v1/{CHONGQING}/elevator/CQ-11/event", json.dumps(own).encode())
    vendor(CHONGQING).publish(
        f"pt/v1/{CHONGQING}/elevator/CQ-11/state", json.dumps({"registerNumber": "CQ-11", "samplingTime": beijing(at), **CALM}).encode()
    )

    wait_for(lambda: rows(_of(10, "events", "t.vendor_code, t.code")), [("93", "7")])
    wait_for(lambda: rows(_of(11, "events", "t.vendor_code, t.code")), [("1", "10")])
    wait_for(lambda: rows(_of(11, "readings", "t.sampled_at")), [(at,)])


def test_a_vendors_own_meaning_of_a_code_comes_first(url: str, vendor: Callable[[str], Speaker], rows: Rows) -> None:
    store = connect(url)
    vendor_codes.learn(store, [Meaning(HOUQI, "3", "38")], by="test", at=datetime.now(UTC))
    store.close()
    began = iter(just_now(seconds) for seconds in range(3_000, 0, -1))

    def told() -> bool:
        vendor(HOUQI).publish(f"{UP}LiftFault", _fault(2, 3, next(began)))
        return ("38",) in rows(_of(2, "events", "t.code"))

    wait_for(told, True)


def test_a_machine_nobody_has_named_is_quarantined_and_taken_once_it_is_named(
    url: str, vendor: Callable[[str], Speaker], rows: Rows
) -> None:
    at = just_now()
    vendor(HOUQI).publish(f"{UP}LiftState", _state(3, at))
    found = f"SELECT reason, detail, topic FROM quarantine WHERE vendor = '{HOUQI}' AND reason = 'unknown_equipment'"
    wait_for(lambda: rows(found), [("unknown_equipment", "HQ-3", f"pt/v1/{HOUQI}/elevator/HQ-3/state")])

    store, now = connect(url), datetime.now(UTC)
    vendor_dialects.learn(store, [Name(HOUQI, "HQ-3", lift(3))], by="test", at=now)

    def asked_and_taken() -> bool:
        """The worker learns of the name within seconds; until then another try is refused again."""
        with store.transaction() as tx:
            quarantine_replay.request(tx, Refusals(vendors=(HOUQI,)), by="test", at=now, limit=10)
        return rows(_of(3, "readings", "t.sampled_at")) == [(at,)]

    wait_for(asked_and_taken, True)
    store.close()


def test_hostile_bodies_are_refused_one_by_one_between_good_ones(vendor: Callable[[str], Speaker], rows: Rows) -> None:
    at, chance = just_now(2_000), random.Random(7)
    before = rows("SELECT count(*) FROM quarantine")[0][0]
    good = [_state(2, at + timedelta(seconds=n)) for n in range(300)]
    mutated = [bytes(chance.randrange(256) if chance.random() < 0.05 else byte for byte in body) for body in good]

    for body, broken in zip(good, mutated, strict=True):
        vendor(HOUQI).publish(f"{UP}LiftState", body, wait=False)
        vendor(HOUQI).publish(f"{UP}Lift{chance.choice(['State', 'Fault', 'RunInfo', 'Nonsense'])}", broken, wait=False)
    for hostile in HOSTILE:
        vendor(HOUQI).publish(f"{UP}LiftFault", hostile, wait=False)
    vendor(HOUQI).settle()

    ours = (
        f"SELECT count(*) FROM ({_of(2, 'readings', 't.sampled_at')} AND t.sampled_at >= '{at.isoformat()}' "
        f"AND t.sampled_at < '{(at + timedelta(seconds=300)).isoformat()}') s"
    )
    wait_for(lambda: rows(ours)[0][0] >= 300, True)
    wait_for(lambda: rows("SELECT count(*) FROM quarantine")[0][0] >= before + len(HOSTILE), True)
    vendor(HOUQI).publish(f"{UP}LiftState", _state(0, at))
    wait_for(lambda: rows(_of(0, "readings", "count(*)") + f" AND t.sampled_at = '{at.isoformat()}'"), [(1,)])
