"""After an outage: what queued in the broker drains beside the live traffic, and nobody's noise holds up somebody else's entrapment.

    .venv/bin/python -m tests.bench.drain --fast                  1.8 million queued readings, then the noise makers
    .venv/bin/python -m tests.bench.drain --messages 200000       a short one

The worker is stopped while three vendors' readings queue in its session at the broker; then it starts again under 2,883 readings and
an event a second. Afterwards: a vendor at ten times its share, one lift that speaks a thousand times a second, and a flood of garbage.
Prints markdown, exits 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

import psutil

from tests.bench.load import Generator, Order, Sent, generator
from tests.bench.load_packets import RAISING_STEP, publish, state, vendor_of
from tests.bench.load_wire import Connection
from tests.bench.pace_district import District, district, forgotten_sessions, process, sessions, until_heard, wait_for, worker_command
from tests.bench.pace_table import DISTRICT_RATE, Goal, goals_table, table
from tests.bench.pace_watch import COUNT_S, Meter, Sightings, Table, alarms_watched, peak_mb, quantile_ms
from tests.stack_fixture import running_servers

DEVICES: Final = 14_415
QUEUED: Final = 1_800_000  # ten minutes at the district's rate
OUTAGE_S: Final = QUEUED / DISTRICT_RATE
DRAIN_RATIO: Final = 25
MEMORY_MB: Final = 256
OTHERS_S: Final = 5.0  # an entrapment of another vendor is on the wall by then
NAME: Final = "drain"
AFTER_OUTAGE: Final = (1, 1, 1, 0)  # three vendors' readings queued; the fourth is "another vendor"
LIVE_S: Final = 60.0
NOISE_S: Final = 15.0
EVENTS: Final = 2.0  # a second
TRAPPED: Final = 2.0  # a second
LISTENING_S: Final = 1.0 + RAISING_STEP / TRAPPED  # from the first row until a whole scene was played before the lookout
PATIENCE_S: Final = 300.0
TICK_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Noise:
    """A way to be a nuisance: packets a second beside the ordinary traffic, or a share of it out of proportion."""

    name: str
    rate: float = DISTRICT_RATE
    shares: tuple[float, ...] = (1, 1, 1, 1)
    packets: Callable[[District, int, int], bytes] | None = None  # (…, how many so far, packet identifier)
    packets_rate: float = 0


def chatter(where: District, count: int, mid: int) -> bytes:
    """One lift says the same second again and again, every other time something else."""
    return state(where.aside, int(time.time()), mid, moving=count % 2 == 1)


def garbage(where: District, count: int, mid: int) -> bytes:
    """What is no JSON, each time different."""
    return publish(f"pt/v1/{vendor_of(where.aside)}/elevator/{count}/state", b'{"registerNumber": %d, "speed": NaN' % count, mid)


NOISES: Final = (
    Noise("vendor at 10 × its share", rate=DISTRICT_RATE / 4 * 13, shares=(10, 1, 1, 1)),
    Noise("one lift at 1,000/s", packets=chatter, packets_rate=1_000),
    Noise("garbage at 2,000/s", packets=garbage, packets_rate=2_000),
)


@dataclass(frozen=True, slots=True)
class Outage:
    """How the worker came back."""

    queued: int
    live: int
    start_s: float  # from the process's start to its first row: interpreter, register, memory, lease
    drained_s: float  # from there to the last queued reading's row
    lost: int
    doubled: int
    memory_mb: float
    event_waits: Sequence[float]
    state_waits: Sequence[float]
    broker_mb: float
    cores: Mapping[str, float]  # of a core, by party, while it drained

    @property
    def ratio(self) -> float:
        """Queued readings a second, to the live rate."""
        return self.queued / self.drained_s / DISTRICT_RATE


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What others noticed of a noise."""

    name: str
    sent: int
    lost: int
    doubled: int
    waits: Sequence[float]
    missing: int
    quarantined: int


def outage(where: District, load: Generator, options: Sequence[str], messages: int) -> Outage:
    """Stop the worker, let readings queue, start it again."""
    command = worker_command(NAME, *options)
    with process(command, where.environment) as child:
        until_heard(where, child)
    with closing(Table(where)) as readings:
        queued = load.run(Order(messages=messages, shares=AFTER_OUTAGE, ago=OUTAGE_S))
        broker_mb = psutil.Process(where.services["processes"]["mosquitto"]).memory_info().rss / 2**20
        with alarms_watched(where) as sightings:
            load.tell(Order(rate=DISTRICT_RATE, seconds=LIVE_S, events=EVENTS, trapped=TRAPPED))
            began = time.time()
            with process(command, where.environment) as child:
                wait_for(readings.grown, child, every=COUNT_S)
                serving, meter = time.time(), Meter(where, child, NAME)
                drained = readings.await_last(queued, patience=PATIENCE_S)
                used = meter.used()
                meter.close()
                live = load.finish()
                ended = readings.await_last(live, patience=PATIENCE_S)
                sightings.await_rows(live)
                memory = peak_mb(child)
                kept = readings.check(_together(queued, live), ended)
    return Outage(
        queued=queued.readings,
        live=live.readings,
        start_s=serving - began,
        drained_s=drained - serving,
        lost=kept.lost,
        doubled=kept.doubled,
        memory_mb=memory,
        event_waits=sightings.waits(_since(serving, live.events), "event", where.first_id),
        state_waits=sightings.waits(_since(serving + LISTENING_S, live.trapped), "rule", where.first_id),
        broker_mb=broker_mb,
        cores={party: seconds / (drained - serving) for party, seconds in used.items()},
    )


def disturbed(where: District, load: Generator, noise: Noise, seconds: float) -> Disturbed:
    """The ordinary traffic with a nuisance beside it, of a worker that runs."""
    with ExitStack() as stack:
        readings = stack.enter_context(closing(Table(where)))
        refused = _quarantined(where)
        sightings = stack.enter_context(alarms_watched(where))
        stack.enter_context(making(noise, where))
        sent = load.run(Order(rate=noise.rate, seconds=seconds, shares=noise.shares, events=EVENTS, trapped=TRAPPED))
        ended = readings.await_last(sent)
        sightings.await_rows(sent)
        kept = readings.check(sent, ended)
        quarantined = _quarantined(where) - refused
    waits = _waits(sightings, sent, where)
    return Disturbed(noise.name, sent.readings, kept.lost, kept.doubled, waits, _wanted(sent) - len(waits), quarantined)


@contextmanager
def making(noise: Noise, where: District) -> Iterator[None]:
    """The nuisance, from a thread of its own on a connection of its own."""
    stop, packets = Event(), noise.packets
    if packets is None:
        yield
        return
    account = where.setting.accounts[vendor_of(where.aside)]
    connection = Connection(where.setting.mqtt_url, "bench-noise", account)

    def speak() -> None:
        begin, count = time.monotonic(), 0
        while not stop.wait(TICK_S):
            due = min(int((time.monotonic() - begin) * noise.packets_rate) - count, connection.room)
            if due > 0:
                connection.write(b"".join(packets(where, count + i, connection.next_mid()) for i in range(due)), due)
                count += due
            connection.read()

    thread = Thread(target=speak, name="noise")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        connection.close()


def goals(back: Outage, noises: Sequence[Disturbed]) -> list[Goal]:
    """The issue's sentences."""
    return [
        Goal(f"{back.queued:,} queued readings drain at × the live rate", DRAIN_RATIO, back.ratio, at_least=True),
        Goal("worker memory MB", MEMORY_MB, back.memory_mb),
        Goal("lost + doubled", 0, back.lost + back.doubled),
        Goal("while draining: event → alarm row, the slowest, s", OTHERS_S, quantile_ms(back.event_waits, 1) / 1000),
        Goal("while draining: live states → alarm row, the slowest, s", OTHERS_S, quantile_ms(back.state_waits, 1) / 1000),
        *(Goal(f"{n.name}: entrapment → alarm row, the slowest, s", OTHERS_S, quantile_ms(n.waits, 1) / 1000) for n in noises),
        *(Goal(f"{n.name}: lost + doubled readings, lost alarms", 0, n.lost + n.doubled + n.missing) for n in noises),
    ]


def report(back: Outage, noises: Sequence[Disturbed]) -> str:
    """The run as markdown."""
    drained = table(
        ["after the outage", ""],
        [
            ["queued readings, of three vendors", f"{back.queued:,}"],
            ["live readings meanwhile and after", f"{back.live:,}"],
            ["lost, doubled", f"{back.lost}, {back.doubled}"],
            ["from the worker's start to its first row, s", f"{back.start_s:.1f}"],
            ["from there to the last queued row, s", f"{back.drained_s:.1f}"],
            ["queued readings a second; × the live rate", f"{back.queued / back.drained_s:,.0f}; {back.ratio:.1f}"],
            ["cores used meanwhile", ", ".join(f"{party} {share:.2f}" for party, share in back.cores.items())],
            ["memory of worker and broker, MB", f"{back.memory_mb:.0f}, {back.broker_mb:.0f}"],
            ["live event → alarm row, p50/max ms", _span(back.event_waits)],
            ["live states → alarm row, p50/max ms (whose scene was played live from its first step)", _span(back.state_waits)],
        ],
    )
    rows = [[n.name, n.sent, n.lost, n.doubled, n.missing, n.quarantined, _span(n.waits)] for n in noises]
    noisy = table(["noise", "ordinary readings", "lost", "doubled", "alarms lost", "new in quarantine", "alarm p50/max ms"], rows)
    return "\n\n".join([drained, noisy, goals_table(goals(back, noises))])


def main() -> int:
    """Run once, print, and say by the exit code whether all goals were met."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.drain", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=QUEUED)
    parser.add_argument("--fast", action="store_true", help="the worker's fast path")
    parser.add_argument("--noise-seconds", type=float, default=NOISE_S)
    asked = parser.parse_args()
    options = ["--fast"] if asked.fast else []
    with running_servers(durable=True) as services:
        where = district(services, DEVICES)
        with generator(where.setting) as load, forgotten_sessions(where, *sessions(NAME)):
            back = outage(where, load, options, asked.messages)
            with process(worker_command(NAME, *options), where.environment) as child:
                until_heard(where, child)
                noises = [disturbed(where, load, noise, asked.noise_seconds) for noise in NOISES]
    print(report(back, noises))
    return 0 if all(goal.met for goal in goals(back, noises)) else 1


def _together(first: Sent, second: Sent) -> Sent:
    return Sent(first.readings + second.readings, first.began, second.ended)


def _since(moment: float, published: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """What was published once the worker was back."""
    return [(number, at) for number, at in published if at >= moment]


def _waits(sightings: Sightings, sent: Sent, where: District) -> list[float]:
    events = sightings.waits(sent.events, "event", where.first_id)
    return sorted([*events, *sightings.waits(sent.trapped, "rule", where.first_id)])


def _wanted(sent: Sent) -> int:
    return len(sent.events) + len(sent.trapped)


def _quarantined(where: District) -> int:
    with where.open() as database:
        return (database.execute("SELECT count(*) FROM quarantine").fetchone() or (0,))[0]


def _span(waits: Sequence[float]) -> str:
    return f"{quantile_ms(waits, 0.5):.0f} / {quantile_ms(waits, 1):.0f}" if waits else "–"


if __name__ == "__main__":
    sys.exit(main())
