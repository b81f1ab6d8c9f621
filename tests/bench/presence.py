"""What one look at every monitor costs: `python -m tests.bench.presence [--devices 14415]`.

A throw-away PostgreSQL with so many monitors of a minute behind one gateway of 3,000 and others of 60; then a quiet tick, one in
which the 3,000 are found lost, one in which they are back, and one in which everybody of the largest vendor is lost.
Exits 1 when a tick took longer than `--limit` seconds, or when anything but two outages was found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter, process_time

from data_access.engine import connect
from services import presence
from tests.integration.ingest.district import settle
from tests.integration.ingest.town import Town
from tests.stack_fixture import Databases, running_servers

LOST = 3_000
SMALL = 60
VENDORS = ("xzl", "htk", "ydw", "shy")


def main() -> int:
    """0 when every tick was quick enough and found what there was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=14_415)
    parser.add_argument("--limit", type=float, default=1.0, help="seconds (default %(default)s)")
    chosen = parser.parse_args()
    with running_servers(durable=True) as servers:
        databases = Databases(servers["database_url"])
        url = databases.fresh()
        settle(url)
        slowest, outages = _measure(url, chosen.devices)
        databases.drop_all()
    print(outages)
    found = [(row[0], row[1]) for row in outages]
    return 0 if slowest <= chosen.limit and found == [("gateway", "G-0"), ("vendor", "htk")] else 1


def _measure(url: str, devices: int) -> tuple[float, list[tuple[object, ...]]]:
    store = connect(url)
    town = Town(store, url, datetime.now(UTC))
    behind = town.settle(LOST, vendor=VENDORS[0], cadence=60, gateway="G-0", site="0")
    theirs: list[int] = []
    for n in range(1, (devices - LOST) // SMALL + 1):
        ids = town.settle(SMALL, vendor=VENDORS[n % 4], cadence=60, gateway=f"G-{n}", site=str(n))
        theirs += ids if VENDORS[n % 4] == "htk" else []
    costs: list[float] = []

    def told(words: str, act: Callable[[], object] = lambda: None, seconds: float = 60) -> None:
        act()
        ticks: list[tuple[float, float]] = []
        for _ in range(int(seconds / 10)):
            town.advance()
            started, cpu = perf_counter(), process_time()
            presence.watch(store, town.now)
            ticks.append((perf_counter() - started, process_time() - cpu))
        slowest = max(ticks, key=lambda tick: tick[0])
        costs.append(slowest[0])
        usual = sorted(ticks)[len(ticks) // 2]
        figures = "".join(f"{1000 * wall:>8.0f} ms, {1000 * cpu:>4.0f} ms CPU" for wall, cpu in (usual, slowest))
        print(f"{words:<36}usual{figures} slowest")

    told("first words", seconds=120)
    told("nothing new")
    told(f"{LOST:,} lost with one gateway", lambda: town.silence(*behind))
    told(f"{LOST:,} back", lambda: town.wake(*behind), seconds=80)
    told(f"{len(theirs):,} of one vendor lost", lambda: town.silence(*theirs))
    rows = town.sql("SELECT cause, name, lost_count, back_count, ended_at IS NULL, detected_at - started_at FROM outages ORDER BY id")
    town.close()
    store.close()
    return max(costs), rows


if __name__ == "__main__":
    sys.exit(main())
