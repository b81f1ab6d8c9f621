"""What goes wrong between a device and the platform: messages twice, late, out of order, broken, or with keys nobody knows."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from demo.feed import Sent

_BROKEN: Final = (b"", b"null", b"[1,2", b"\xff\xfe\x00", b'{"samplingTime":"2026-13-41 99:00:00"}', b'{"Speed":NaN}', b"<state/>")
_UNKNOWN: Final = (b',"vendorFirmware":"2.4.1"}', b',"Signal_Strength":-71}', b',"gatewayNo":"G-0417"}')
_LATEST_S: Final = 40.0


@dataclass(frozen=True, slots=True)
class Noise:
    """Shares of all messages."""

    duplicate: float = 0.0
    late: float = 0.0
    malformed: float = 0.0
    unknown_key: float = 0.0

    @property
    def total(self) -> float:
        """The share of messages that something happens to."""
        return self.duplicate + self.late + self.malformed + self.unknown_key


QUIET: Final = Noise()
USUAL: Final = Noise(duplicate=0.001, late=0.001, malformed=0.00002, unknown_key=0.0005)
ROUGH: Final = Noise(duplicate=0.005, late=0.004, malformed=0.001, unknown_key=0.003)


def disturb(sent: Sent, noise: Noise, rng: random.Random) -> tuple[Sent, ...]:
    """What arrives of a message; `at` becomes the time of its arrival. Events are never late: their order is their meaning."""
    draw = rng.random()
    if draw >= noise.total:
        return (sent,)
    if draw < noise.duplicate:
        return sent, sent._replace(at=sent.at + rng.uniform(0, 3))
    draw -= noise.duplicate
    if draw < noise.late:
        return (sent._replace(at=sent.at + rng.uniform(2, _LATEST_S)),) if sent.channel == "state" else (sent,)
    draw -= noise.late
    if draw < noise.malformed:
        return sent, sent._replace(body=rng.choice((*_BROKEN, sent.body[: len(sent.body) // 2])))
    return (sent._replace(body=sent.body[:-1] + rng.choice(_UNKNOWN)),)


def arriving(messages: Iterable[Sent], noise: Noise, rng: random.Random) -> Iterator[Sent]:
    """The messages as they arrive, by the time of arrival."""
    waiting: list[tuple[float, int, Sent]] = []
    for number, sent in enumerate(messages):
        while waiting and waiting[0][0] <= sent.at:
            yield heappop(waiting)[2]
        for arrival in disturb(sent, noise, rng):
            if arrival.at <= sent.at:
                yield arrival
            else:
                heappush(waiting, (arrival.at, number, arrival))
    while waiting:
        yield heappop(waiting)[2]
