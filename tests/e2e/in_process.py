"""The in-process way of `tests.e2e.real_way`: the desks of `tests.bench.detection`, with every alarm kept as the database keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from demo.device import Device
from demo.feed import Sent
from domain.alarm_book import Act, Decision, Source
from domain.telemetry import Event, Phase, Reading
from tests.bench.detection import Desk


class Verdict(NamedTuple):
    """An alarm as both ways must have it."""

    equipment_id: int
    family: str
    rule: str
    raised_at: datetime
    cleared_at: datetime | None
    level: str
    occurrences: int


class Key(NamedTuple):
    """Which moment a message speaks of, and its turn within it: a worker puts readings first, then what began, then what ended."""

    at: datetime
    turn: int
    event_id: str = ""


class Ledger(Desk):
    """The in-process way for one machine, with every alarm kept as the database would keep it."""

    def __init__(self, device: Device) -> None:
        super().__init__(device)
        self.id = device.id
        self.said: list[Key] = []
        self.readings: set[datetime] = set()
        self.events: set[Key] = set()
        self.silences: list[Verdict] = []
        self._open: dict[str, Verdict] = {}
        self._closed: list[Verdict] = []

    @property
    def verdicts(self) -> list[Verdict]:
        """What readings and events led to."""
        return [*self._closed, *self._open.values()]

    def keys(self, sent: Sent) -> list[Key]:
        """Read a message; what it said of which moment, nothing where it was refused."""
        self.said = []
        self.read(sent)
        return self.said

    def silence(self, at: datetime) -> None:
        """No tick while messages are on their way."""

    def tick(self, at: datetime) -> None:
        """The one tick, at the end."""
        super().silence(at)

    def _reading(self, reading: Reading) -> None:
        self.said.append(Key(reading.sampled_at, 0))
        self.readings.add(reading.sampled_at)
        super()._reading(reading)

    def _event(self, event: Event) -> None:
        key = Key(event.occurred_at, 1 if event.phase is Phase.ADD else 2, event.event_id)
        self.said.append(key)
        self.events.add(key)
        super()._event(event)

    def _carry_out(self, decision: Decision, detected_at: datetime) -> None:
        family, level = decision.family, decision.response.level.value
        match decision.act:
            case Act.OPEN:
                self._open[family] = Verdict(self.id, family, decision.rule, decision.at, None, level, 1)
            case Act.REPEAT:
                self._open[family] = self._open[family]._replace(level=level, occurrences=self._open[family].occurrences + 1)
            case Act.ESCALATE:
                self._open[family] = self._open[family]._replace(level=level)
            case Act.CLOSE:
                opened = self._open.pop(family)
                self._closed.append(opened._replace(cleared_at=max(decision.at, opened.raised_at)))

    def _raise(self, family: str, rule: str, source: Source, at: datetime, detected_at: datetime) -> None:
        self.silences.append(Verdict(self.id, family, rule, at, None, self._docket.standing[family].response.level.value, 1))


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way. `waits`: everything before it must be stored first."""

    device: Device
    sent: Sent
    waits: bool


@dataclass(slots=True)
class Judged:
    """The in-process way: what is to be published, and what must come of it."""

    parcels: list[Parcel] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)

    @property
    def verdicts(self) -> list[Verdict]:
        """All alarms of readings and events."""
        return [verdict for ledger in self.ledgers for verdict in ledger.verdicts]

    @property
    def silences(self) -> list[Verdict]:
        """All alarms of the tick."""
        return [verdict for ledger in self.ledgers for verdict in ledger.silences]

    @property
    def stored(self) -> dict[str, int]:
        """How many readings, events and refusals the database must have."""
        return {
            "readings": sum(len(ledger.readings) for ledger in self.ledgers),
            "events": sum(len(ledger.events) for ledger in self.ledgers),
            "quarantined": sum(ledger.outcome.counts["quarantined"] for ledger in self.ledgers),
        }


def judge(played: Sequence[tuple[Device, list[Sent]]], end: datetime) -> Judged:
    """Judge every message in the order of arrival, and find those that run behind their machine's clock."""
    ledgers = {device.id: Ledger(device) for device, _ in played}
    judged = Judged(ledgers=list(ledgers.values()))
    newest: dict[int, Key] = {}
    known: set[tuple[int, Key]] = set()
    for sent, device in sorted(((sent, device) for device, messages in played for sent in messages), key=lambda pair: pair[0].at):
        fresh = [key for key in ledgers[device.id].keys(sent) if (device.id, key) not in known]  # told twice counts once anywhere
        known.update((device.id, key) for key in fresh)
        waits = any(device.id in newest and key[:2] < newest[device.id][:2] for key in fresh)
        if waits:
            newest.clear()
        newest.update((device.id, max(key, newest.get(device.id, key))) for key in fresh)
        judged.parcels.append(Parcel(device, sent, waits))
    for ledger in judged.ledgers:
        ledger.tick(end)
    return judged
