"""What an operator changes is taken over by a worker that runs, within seconds and without a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from data_access.engine import Store
from services import rule_settings, vendor_codes
from services.telemetry_memory import Memory, refresh
from services.vendor_codes import Meaning
from tests.integration.ingest.district import Rows, event, just_now, say, state, wait_for, working
from tests.mqtt_fixture import Account, speak

TRAPPED = {"Passenger_Status": True}


def test_a_changed_threshold_judges_the_next_reading(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *(state(0, now + timedelta(seconds=second), **TRAPPED) for second in range(0, 31, 10)), at=now)
    before = rows("SELECT rule FROM alarms")

    rule_settings.change(store, "elevator.entrapment_seconds", 35, by="operator", why="试点", at=now)
    assert refresh(store, memory)
    say(store, memory, state(0, now + timedelta(seconds=40), **TRAPPED), at=now + timedelta(seconds=40))

    assert (before, rows("SELECT rule FROM alarms")) == ([], [("entrapment_door_closed",)])


def test_a_running_worker_takes_over_what_a_vendors_code_means(
    url: str, store: Store, rows: Rows, mqtt_url: str, services: dict[str, Any]
) -> None:
    xzl = next(Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"] if v["name"] == "xzl")
    with working(url, mqtt_url, "ingest-changes"), speak(xzl, client_id="xzl-changes") as speaker:
        speaker.publish(*event(0, just_now(), "before", code="K9"))
        wait_for(lambda: rows("SELECT reason FROM quarantine"), [("unmapped_code",)])

        vendor_codes.learn(store, [Meaning("xzl", "K9", "7")], by="operator", at=just_now())
        wait_for(lambda: _said_until_understood(speaker, rows), [("entrapment_level",)])


def _said_until_understood(speaker: Any, rows: Rows) -> list[tuple[Any, ...]]:
    """Say it again, as another event, until an alarm is there: the worker looks for changes every two seconds."""
    speaker.publish(*event(0, just_now(), f"after-{rows('SELECT count(*) FROM events')[0][0]}", code="K9"))
    return rows("SELECT rule FROM alarms")
