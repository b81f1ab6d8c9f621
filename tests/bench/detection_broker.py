"""`python -m tests.bench.detection_broker --data DIR`: ten minutes of mishaps the real way, with the verdicts of the in-process way.

The last ten minutes of some machines are simulated once; the messages are judged in process, and published through the broker to
the running worker. Exits 1 unless the alarms in the database are the same: machine, family, rule and device time.

    ./run --data DIR --no-simulator
    .venv/bin/python -m tests.bench.detection_broker --data DIR
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg

from data_access.engine import connect
from demo.binding import connected
from demo.device import Device
from demo.feed import Blow, Feed, Sent
from demo.mishaps import MISHAPS
from demo.outlets import Outlet, open_outlets
from demo.wire import topic
from tests.bench.detection import Desk

SPAN_S: Final = 600
PERIOD_S: Final = 60
LONGEST_S: Final = 330.0  # a mishap must begin and end within the span
WAIT_S: Final = 180.0
WINDOW: Final = 2_000  # messages a vendor hands to the broker before it waits for them

Verdict = tuple[int, str, str, int]
Parcel = tuple[float, Device, Sent]


def main() -> int:
    """0 when both ways agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--devices", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    services = json.loads((chosen.data / "run" / "services.json").read_text("utf-8"))
    store = connect(services["database_url"])
    devices = connected(store, chosen.devices)
    store.close()
    since = int(time.time()) - SPAN_S - 5
    expected, parcels = _in_process(devices, seed=chosen.seed, since=since)
    with psycopg.connect(services["database_url"], autocommit=True) as database:
        _publish(parcels, services)
        stored = _await_readings(database, devices, since=since, wanted=sum(sent.channel == "state" for _, _, sent in parcels))
        found = _alarms(database, devices, since=since)
    print(f"{len(devices)} devices, {len(parcels):,} messages, {stored:,} readings stored, {len(expected)} verdicts")
    for name, verdicts in (("only in process", expected - found), ("only through the broker", found - expected)):
        print(f"{name}: {len(verdicts)}", *sorted(verdicts)[:10], sep="\n  ")
    return 0 if expected and expected == found else 1


def _in_process(devices: Sequence[Device], *, seed: int, since: int) -> tuple[set[Verdict], list[Parcel]]:
    """The verdicts of rules and events, and every message in the order of sending."""
    verdicts: set[Verdict] = set()
    parcels: list[Parcel] = []
    for device, blows in _struck(devices, since):
        desk = Desk(device)
        for sent in Feed(device, seed, since, since + SPAN_S, PERIOD_S, blows):
            desk.read(sent)
            parcels.append((sent.at, device, sent))
        verdicts |= {(a.equipment_id, a.family, a.rule, int(a.raised_at)) for a in desk.outcome.alarms}
    return verdicts, sorted(parcels, key=lambda parcel: parcel[0])


def _struck(devices: Sequence[Device], since: int) -> list[tuple[Device, list[Blow]]]:
    """Every third machine suffers something, each kind in its turn; silence is judged by the clock on the wall, so it is left out."""
    kinds = [mishap for mishap in MISHAPS.values() if not mishap.whole_site]
    struck: list[tuple[Device, list[Blow]]] = []
    turn = 0
    for number, device in enumerate(devices):
        fitting = [kind for kind in kinds[turn % len(kinds) :] + kinds[: turn % len(kinds)] if kind.fits(device)] if number % 3 == 0 else []
        turn += bool(fitting)
        struck.append((device, [Blow(since + 30 + number % 90, fitting[0].what, min(LONGEST_S, fitting[0].seconds[1]))] if fitting else []))
    return struck


def _publish(parcels: Sequence[Parcel], services: dict[str, Any]) -> None:
    outlets: dict[str, Outlet] = open_outlets(services["mqtt_url"], services["vendors"])
    for number, (_, device, sent) in enumerate(parcels, start=1):
        outcome = outlets[device.vendor].publish(topic(device, sent.channel), sent.body)
        if number % WINDOW == 0:
            outcome.wait_for_publish(WAIT_S)
    for outlet in outlets.values():
        outlet.close()


def _await_readings(database: psycopg.Connection[Any], devices: Sequence[Device], *, since: int, wanted: int) -> int:
    deadline = time.monotonic() + WAIT_S
    stored = -1
    while stored < wanted and time.monotonic() < deadline:
        time.sleep(0.5)
        [stored] = database.execute(
            "SELECT count(*) FROM readings WHERE sampled_at >= %s AND sampled_at < %s AND equipment_id = ANY(%s)",
            (_utc(since), _utc(since + SPAN_S), [device.id for device in devices]),
        ).fetchone() or [0]
    return stored


def _alarms(database: psycopg.Connection[Any], devices: Sequence[Device], *, since: int) -> set[Verdict]:
    rows = database.execute(
        "SELECT equipment_id, family, rule, raised_at FROM alarms "
        "WHERE raised_at >= %s AND source <> 'presence' AND equipment_id = ANY(%s)",
        (_utc(since), [device.id for device in devices]),
    ).fetchall()
    return {(number, family, rule, int(raised_at.timestamp())) for number, family, rule, raised_at in rows}


def _utc(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


if __name__ == "__main__":
    sys.exit(main())
