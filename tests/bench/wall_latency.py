"""How long an entrapment takes from the vendor's publish to a row on the wall, while the whole district reports.

    ./run --data DIR --devices 14415 --period 5
    .venv/bin/python -m tests.bench.wall_latency --data DIR --minutes 10

Entrapments are injected through the broker with the vendors' own accounts, one at a time, on lifts all over the district;
the wall in a real Chromium notes when the row of that alarm appears (one clock: everything is on this machine). Meanwhile
backlog and storage are sampled, and at the end every device's readings are checked for gaps. Exits 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import psycopg
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotShown

from tests.bench.screen import quantile, services, viewer

BEIJING = timezone(timedelta(hours=8))
GOAL_P95 = 3.0  # seconds
LATEST = timedelta(seconds=45)  # the simulator delays some messages by up to 40 s
SILENCING = ("silent_gateway", "power_cut")
WATCH_ROWS = """() => {
  window.firstSeen = {};
  const note = () => document.querySelectorAll('[data-panel="alarm-feed"] [data-x-alarm]').forEach((row) => {
    const id = row.dataset.xAlarm;
    if (!(id in window.firstSeen)) window.firstSeen[id] = Date.now();
  });
  note();
  new MutationObserver(note).observe(document.body, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-x-alarm"]});
}"""


@dataclass(slots=True)
class Injection:
    """One entrapment: where, when it was published (epoch seconds), and the alarm it became."""

    code: str
    vendor: str
    event: str
    sent: float
    alarm: int | None = None
    seen: float | None = None


@dataclass(slots=True)
class Watched:
    """What was sampled while the district reported."""

    waiting: list[int] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)


def main() -> int:
    """Run, print the table, and say by the exit code whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("var"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=float, default=8, help="seconds between two entrapments")
    parser.add_argument("--period", type=float, default=5, help="the simulator's period, for the check of gaps")
    asked = parser.parse_args()
    found = services(asked.data)
    with psycopg.connect(found["database_url"], autocommit=True) as database, viewer(found, "wall") as page:
        page.goto(found["web_url"].rstrip("/") + "/?kiosk=1")
        page.wait_for_selector('[data-panel="alarm-feed"][data-state="ready"], [data-panel="alarm-feed"][data-state="empty"]')
        page.evaluate(WATCH_ROWS)
        began = datetime.now(UTC)
        injections, watched = rehearse(asked, found, database, page)
        ended = datetime.now(UTC)
        return report(asked, database, injections, watched, began, ended)


def rehearse(asked: argparse.Namespace, found: dict[str, Any], database: psycopg.Connection, page: Page) -> tuple[list[Injection], Watched]:
    """Inject one entrapment after another for the wanted time, each ended by its own event once it was seen."""
    clients = {v["name"]: connect(found["mqtt_url"], v) for v in found["vendors"]}
    lifts = database.execute(
        "select e.code, e.monitor_vendor from equipment e join equipment_states s on s.equipment_id = e.id "
        "where e.kind = 'elevator' and s.sampled_at > now() - interval '1 minute'"
    ).fetchall()
    random.Random(7).shuffle(lifts)
    until, injections, watched = time.time() + asked.minutes * 60, [], Watched()
    while time.time() < until and lifts:
        code, vendor = lifts.pop()
        injection = Injection(code, vendor, f"{vendor}-bench-{time.time_ns()}", time.time())
        publish(clients[vendor], injection, "add")
        injections.append(injection)
        await_row(database, page, injection)
        publish(clients[vendor], injection, "disappear")
        sample(found, watched)
        page.wait_for_timeout(max(asked.every - (time.time() - injection.sent), 0) * 1000)
    for client in clients.values():
        client.disconnect()
        client.loop_stop()
    return injections, watched


def connect(url: str, vendor: dict[str, str]) -> mqtt.Client:
    """An ordinary client with the vendor's account."""
    where = urlsplit(url)
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"bench-{vendor['name']}")
    client.username_pw_set(vendor["username"], vendor["password"])
    client.connect(where.hostname or "127.0.0.1", where.port or 1883)
    client.loop_start()
    return client


def publish(client: mqtt.Client, injection: Injection, phase: str) -> None:
    """The platform's own event body (domain §12.3)."""
    if phase == "add":
        injection.sent = time.time()
    body = {
        "msgId": f"{injection.event}-{phase}",
        "alarmId": injection.event,
        "alarmChannel": "S04",
        "registerNumber": injection.code,
        "occurTime": datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "failureCode": "09",
        "eventDesc": "困人",
        "phase": phase,
        "statusDetails": [{"paramCode": "Passenger_Status", "paramName": "是否有人", "paramValue": "True"}],
    }
    topic = f"pt/v1/{injection.vendor}/elevator/{injection.code}/event"
    client.publish(topic, json.dumps(body, ensure_ascii=False), qos=1).wait_for_publish(10)


def await_row(database: psycopg.Connection, page: Page, injection: Injection, patience: float = 15) -> None:
    """Learn which alarm it became, and when the wall first showed it."""
    end = injection.sent + patience
    while injection.alarm is None and time.time() < end:
        row = database.execute(
            "select a.id from alarms a join equipment e on e.id = a.equipment_id where e.code = %s and a.family = 'entrapment' "
            "and a.detected_at > to_timestamp(%s) - interval '1 second' order by a.id desc limit 1",
            (injection.code, injection.sent),
        ).fetchone()
        injection.alarm = row[0] if row else None
        page.wait_for_timeout(20)
    if injection.alarm is None:
        return
    try:
        page.wait_for_function("id => id in window.firstSeen", arg=str(injection.alarm), timeout=max(end - time.time(), 0.1) * 1000)
        injection.seen = page.evaluate("id => window.firstSeen[id]", str(injection.alarm)) / 1000
    except NotShown:
        injection.seen = None


def sample(found: dict[str, Any], watched: Watched) -> None:
    """One look at the backlog as the platform itself reports it."""
    with urllib.request.urlopen(found["web_url"].rstrip("/") + "/readyz", timeout=10) as answer:  # our own loopback address
        broker = json.load(answer)["broker"]
    watched.waiting.append(broker["waiting"])
    watched.lag.append(broker["lag_seconds"])


def silenced(data: Path) -> list[str]:
    """Codes of the machines that the simulator made silent, which must have gaps: whatever it did stands in its truth file."""
    path = data / "truth.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [truth["code"] for truth in map(json.loads, lines) if truth["what"] in SILENCING]


def stored_once(
    database: psycopg.Connection, first: datetime, last: datetime, *, longest: float, silenced: list[str]
) -> tuple[int, int, int]:
    """(devices, readings, gaps longer than `longest` seconds) of what was sampled between `first` and `last`.

    The primary key forbids the same sample twice; a sample that is missing shows as a gap.
    """
    row = database.execute(
        "select count(distinct equipment_id), count(*), count(*) filter (where gap > make_interval(secs => %s)) from ("
        "select equipment_id, sampled_at - lag(sampled_at) over (partition by equipment_id order by sampled_at) gap "
        "from readings join equipment e on e.id = equipment_id where sampled_at between %s and %s and e.code <> all(%s)) spans",
        (longest, first, last, silenced),
    ).fetchone()
    return row or (0, 0, 0)


def report(
    asked: argparse.Namespace, database: psycopg.Connection, injections: list[Injection], watched: Watched, began: datetime, ended: datetime
) -> int:
    """Print what was measured; 0 when every goal is met."""
    delays = [i.seen - i.sent for i in injections if i.seen is not None]
    missed = len(injections) - len(delays)
    first, last = began + timedelta(seconds=2 * asked.period), ended - LATEST
    devices, stored, gaps = stored_once(database, first, last, longest=1.5 * asked.period, silenced=silenced(asked.data))
    delay_row = database.execute(
        "select percentile_cont(array[0.5, 0.95, 0.99]) within group (order by extract(epoch from received_at - sampled_at)) "
        "from readings where sampled_at between %s and %s",
        (first, last),
    ).fetchone()
    span = (last - first).total_seconds()
    print(f"span                       {span:.0f} s")
    print(f"devices that reported      {devices}")
    print(f"readings stored            {stored}  ({float(stored) / span:.0f}/s)")
    print(f"missing samples (gaps)     {gaps}   (machines that the simulator itself silenced are left out)")
    print(f"backlog in worker          max {max(watched.waiting, default=0)}, last {watched.waiting[-1] if watched.waiting else 0}")
    print(f"sampled -> received (s)    p50/p95/p99 {[round(float(x), 2) for x in delay_row[0]] if delay_row and delay_row[0] else '-'}")
    print(f"entrapments injected       {len(injections)}, not seen {missed}")
    middle, most, worst = quantile(delays, 0.5), quantile(delays, 0.95), quantile(delays, 1)
    print(f"publish -> row on the wall p50 {middle:.2f}  p95 {most:.2f}  max {worst:.2f} s   (goal p95 {GOAL_P95:g})")
    return 0 if delays and not missed and not gaps and most <= GOAL_P95 else 1


if __name__ == "__main__":
    sys.exit(main())
