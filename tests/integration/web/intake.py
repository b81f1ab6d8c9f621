"""An invented way in: two workers and one that is gone, refused messages of every sort, an hour of a vendor's minutes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from data_access.engine import Store
from data_access.repositories import ingest_marks, quarantine, vendors
from data_access.repositories.quarantine import Refused
from ingest.counters import Counters, Happening
from services.batches import Accepted
from services.stages import Stage
from tests.integration.web import town

HOSTILE = b'{"Speed": "<img src=x onerror=alert(1)>", "\xe5\x9b\xb0": "\xe2\x80\xae"}'
EMPTY = "TRUNCATE quarantine, quarantine_counts, unknown_keys, ingest_marks, vendor_minutes, audit_log"


def mark(store: Store, *, stored: int = 45_000) -> None:
    """What workers write every two seconds."""
    now = datetime.now(UTC)
    counters = Counters(now - timedelta(seconds=10))
    counters.add(Accepted(messages=stored + 900, stored=stored, duplicates=12, late=30, events=40, alarms=3, quarantined=9), now)
    counters.waited([0.03] * 95 + [0.2] * 5)
    counters.sampled("xzl", [0.8] * 90 + [45.0] * 10)
    for stage, seconds in zip(Stage, (0.9, 1.4, 0.5, 1.1, 0.2, 0.3, 0.05), strict=True):
        counters.stages.add(stage, seconds, stored)
    counters.happened(Happening.RECALL)
    with store.transaction() as tx:
        told = counters.as_json(now, waiting=17, register_size=14415, lease_epoch=3)
        ingest_marks.note(tx, "ingest-0", batch=90, counters=told, at=now)
        standby = Counters(now - timedelta(hours=1)).as_json(now, waiting=0, standby=1)
        ingest_marks.note(tx, "ingest-1", batch=0, counters=standby, at=now)
        ingest_marks.note(tx, "ingest-old", batch=7, counters={"stored": 5}, at=now - timedelta(days=1))


def refuse(store: Store) -> None:
    """Nine messages: text, markup, binary, cut, of a stranger, and four of one code."""
    now = datetime.now(UTC)
    topic = f"pt/v1/xzl/elevator/{town.IN_CHANGFENG.code}/state"
    nowhere = "pt/v1/xzl/elevator/99/state"
    unmapped = Refused("xzl", topic, "unmapped_code", json.dumps({"failureCode": "K1"}).encode(), now - timedelta(minutes=5), "K1")
    entries = [
        Refused("xzl", topic, "bad_value", HOSTILE, now, "Speed=<img src=x>", town.IN_CHANGFENG.code),
        Refused("xzl", nowhere, "unknown_equipment", b'{"registerNumber": "99"}', now - timedelta(minutes=1), "99", "99"),
        Refused("xzl", topic, "not_json", bytes(range(200, 256)), now - timedelta(minutes=2)),
        Refused("xzl", topic, "too_large", b"x" * 70_000, now - timedelta(minutes=3), "70000 bytes"),
        Refused("stranger", "pt/v1/stranger", "bad_topic", b"hello", now - timedelta(minutes=4)),
    ]
    with store.transaction() as tx:
        quarantine.put(tx, [*entries, *[unmapped] * 4])
        quarantine.count_unknown_keys(tx, {("xzl", "elevator", "Mood"): 1234}, now)
        for minutes in range(1, 60):
            vendors.heard(tx, {"xzl": 120 + minutes % 7 * 9}, now - timedelta(minutes=minutes))
