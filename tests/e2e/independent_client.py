"""`python -m tests.e2e.independent_client var/run/services.json`: five publishes by a client that is not ours.

Debian's mosquitto_pub, with a vendor's account, publishes a state, an entrapment event, a malformed payload, an unknown code
and another vendor's topic to a running stack; then the database is asked what became of them. Exit code 0 when all is right.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from domain.telemetry import BEIJING
from stack.mosquitto import program

PATIENCE_S = 15
QUIET_LIFTS = (
    "SELECT e.code FROM equipment e WHERE e.kind = 'elevator' AND e.monitor_vendor = %s AND NOT EXISTS "
    "(SELECT 1 FROM alarms a WHERE a.equipment_id = e.id AND a.cleared_at IS NULL) ORDER BY e.id DESC LIMIT 1"
)
READINGS = "SELECT count(*) FROM readings r JOIN equipment e ON e.id = r.equipment_id WHERE e.code = %s AND r.sampled_at = %s"
ALARMS = (
    "SELECT a.family, a.level FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE e.code = %s AND a.evidence ->> 'event_id' = %s"
)
REFUSED = "SELECT vendor, reason FROM quarantine WHERE topic = %s AND received_at >= %s"


@dataclass(frozen=True, slots=True)
class Publisher:
    """mosquitto_pub with one account."""

    url: str
    username: str
    password: str

    def publish(self, topic: str, payload: bytes) -> str:
        """Publish with QoS 1; what the program said about the broker's answer."""
        found, parts = program("mosquitto_pub"), urlsplit(self.url)
        command = [str(found.path), "-h", str(parts.hostname), "-p", str(parts.port), "-u", self.username, "-P", self.password]
        command += ["-V", "5", "-q", "1", "-d", "-t", topic, "-s"]
        done = subprocess.run(command, input=payload, capture_output=True, check=False, timeout=30, env={**os.environ, **found.env})
        return (done.stdout + done.stderr).decode()


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation and what was found."""

    what: str
    wanted: object
    found: object

    @property
    def right(self) -> bool:
        """Whether the expectation was met."""
        return self.wanted == self.found


def check(services: dict[str, Any]) -> list[Finding]:
    """Publish the five and compare what the database then says."""
    vendor, other = services["vendors"][0], services["vendors"][1]
    publisher = Publisher(services["mqtt_url"], vendor["username"], vendor["password"])
    at = datetime.now(UTC).replace(microsecond=0)
    with psycopg.connect(services["database_url"], autocommit=True) as connection:

        def ask(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
            return connection.execute(statement, parameters).fetchall()

        mine, others = ask(QUIET_LIFTS, vendor["name"])[0][0], ask(QUIET_LIFTS, other["name"])[0][0]
        topic, event_id = f"pt/v1/{vendor['name']}/elevator/{mine}", f"independent-{uuid.uuid4().hex[:12]}"
        unknown, foreign = f"pt/v1/{vendor['name']}/elevator/31109999999999999999/state", f"pt/v1/{other['name']}/elevator/{others}/state"
        publisher.publish(f"{topic}/state", _state(mine, at))
        publisher.publish(f"{topic}/event", _event(mine, at, event_id))
        publisher.publish(f"{topic}/state", b'{"Speed": NaN')
        publisher.publish(unknown, _state("31109999999999999999", at))
        answer = publisher.publish(foreign, _state(others, at))
        return [
            _expect("a state is stored", [(1,)], lambda: ask(READINGS, mine, at)),
            _expect("an entrapment is alarmed at level 2", [("entrapment", "entrapment")], lambda: ask(ALARMS, mine, event_id)),
            _expect("a malformed payload is quarantined", [(vendor["name"], "not_json")], lambda: ask(REFUSED, f"{topic}/state", at)),
            _expect("an unknown code is quarantined", [(vendor["name"], "unknown_equipment")], lambda: ask(REFUSED, unknown, at)),
            Finding("the broker refuses another vendor's topic", True, "Not authorized" in answer),
            Finding("nothing of it is stored", [(0,)], ask(READINGS, others, at)),
        ]


def _expect(what: str, wanted: object, look: Callable[[], object]) -> Finding:
    deadline = time.monotonic() + PATIENCE_S
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return Finding(what, wanted, found)


def _state(code: str, at: datetime) -> bytes:
    body = {"registerNumber": code, "samplingTime": _beijing(at), "Service_Mode": 1, "Car_Status": "0", "Passenger_Status": "True"}
    return json.dumps(body).encode()


def _event(code: str, at: datetime, event_id: str) -> bytes:
    inside = [{"paramCode": "Passenger_Status", "paramName": "是否有人", "paramValue": "True"}]
    body = {"registerNumber": code, "alarmId": event_id, "occurTime": _beijing(at), "failureCode": "09", "phase": "add"}
    return json.dumps({**body, "eventDesc": "困人", "statusDetails": inside}, ensure_ascii=False).encode()


def _beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def main() -> int:
    """Check the stack whose services.json is named, and say what was found."""
    findings = check(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    for finding in findings:
        print(f"{'ok  ' if finding.right else 'FAIL'} {finding.what}" + ("" if finding.right else f": {finding.found!r}"))
    return 0 if all(finding.right for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
