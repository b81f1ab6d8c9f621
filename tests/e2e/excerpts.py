"""Ten minutes of the day that `tests.bench.detection` judges: whose they are, and the messages exactly as they arrive in them.

Some machines show one common ten minutes of the day. A kind of mishap does not happen every ten minutes, so of each kind some
machines show ten minutes of their own, around what befell them at another hour. All end at the same instant once shifted.
"""

from __future__ import annotations

import multiprocessing
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from demo import trial
from demo.device import Device
from demo.feed import Blow, Feed, Sent
from demo.mishaps import MISHAPS
from demo.noise import ROUGH, arriving
from demo.wire import stamp
from domain.alarm_book import OFFLINE
from domain.telemetry import BEIJING
from tests.bench.detection import DAY, PERIOD

SPAN: Final = 600  # seconds that are judged
LEAD_IN: Final = 600  # seconds before them: the longest memory of any rule
EACH: Final = 3  # machines of each kind of mishap
AFTER_A_BLOW: Final = 540  # when the ten minutes end that show a mishap
AFTER_A_SILENCE: Final = 1070  # the same for a silence, which is an alarm after 15 min and lasts 18 at least
MIDNIGHT: Final = int(DAY.timestamp())
MORNING: Final = MIDNIGHT + 8 * 3600
_TOLD: Final = re.compile(rb'("(?:samplingTime|occurTime)":")(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?=")')
_PROCESSES: Final = 2


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lead-in and ten minutes of one machine; `until` in epoch seconds of the simulated day."""

    device: Device
    blows: Sequence[Blow]
    until: int

    @property
    def since(self) -> int:
        """When its lead-in begins."""
        return self.until - SPAN - LEAD_IN

    @property
    def mishaps(self) -> list[str]:
        """What befalls the machine in it."""
        return [blow.what for blow in self.blows if self.since <= blow.at < self.until]

    def messages(self, seed: int) -> list[Sent]:
        """What arrives in it. The day is played from midnight, so that machine and noise are where the day has them."""
        feed = Feed(self.device, seed, MIDNIGHT, self.until, PERIOD, self.blows)
        noise = random.Random(f"{seed}/{self.device.id}/noise")
        return [sent for sent in arriving(feed, ROUGH, noise) if self.since <= sent.at <= self.until]


def choose(devices: Sequence[Device], *, wanted: int, seed: int) -> list[Excerpt]:
    """Some machines of every kind of mishap, those struck in the common ten minutes, and others until `wanted` are together."""
    plan = trial.plan(devices, seed=seed, since=MIDNIGHT, until=MIDNIGHT + 86_400)
    by_id = {device.id: device for device in devices}
    ends = _around_mishaps(plan)
    in_common = [number for number, blows in plan.items() if any(MORNING - LEAD_IN <= blow.at < MORNING + SPAN for blow in blows)]
    for number in [*in_common, *by_id]:
        if number not in ends and (len(ends) < wanted or number in in_common):
            ends[number] = MORNING + SPAN
    return [Excerpt(by_id[number], plan.get(number, ()), until) for number, until in ends.items()]


def play(excerpts: Sequence[Excerpt], *, seed: int) -> Iterator[list[Sent]]:
    """The messages of each, in the order given."""
    with multiprocessing.get_context("fork").Pool(_PROCESSES) as pool:
        yield from pool.imap(_played, [(excerpt, seed) for excerpt in excerpts], chunksize=8)


def shifted(sent: Sent, seconds: int) -> Sent:
    """The same message so many seconds later: only its time of arrival and the times it tells differ."""
    return sent._replace(at=sent.at + seconds, body=_TOLD.sub(lambda told: told[1] + _later(told[2], seconds), sent.body))


def _around_mishaps(plan: Mapping[int, Sequence[Blow]]) -> dict[int, int]:
    """Machine → when its ten minutes end, for some machines of every kind of mishap, spread over the day."""
    ends: dict[int, int] = {}
    for what, mishap in MISHAPS.items():
        struck = sorted((blow.at, number) for number, blows in plan.items() for blow in blows if blow.what == what and number not in ends)
        after = AFTER_A_SILENCE if mishap.family == OFFLINE else AFTER_A_BLOW
        ends |= {number: int(at) + after for at, number in struck[:: max(1, len(struck) // EACH)][:EACH]}
    return ends


def _played(task: tuple[Excerpt, int]) -> list[Sent]:
    excerpt, seed = task
    return excerpt.messages(seed)


def _later(told: bytes, seconds: int) -> bytes:
    """A told time, moved; one that is none stays as it is."""
    try:
        moment = datetime.strptime(told.decode(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return told
    return stamp(int(moment.astimezone(UTC).timestamp()) + seconds).encode()
