"""What one draining of the queue said, and what became of it, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from data_access.columns import Columns, columns_of, joined
from domain.behaviour import Played
from domain.telemetry import Event, Reading, Reject

Body = Mapping[str, object]
"""A message's JSON object."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One message, or one item of a batch, that goes to quarantine; `again` when the broker has sent it before."""

    vendor: str
    topic: str
    reason: Reject
    detail: str
    received_at: datetime
    payload: bytes
    again: bool = False


class Origin(Protocol):
    """The message a reading came in, which quarantine shows when it contradicts what is stored."""

    @property
    def topic(self) -> str:
        """Where it came."""

    @property
    def payload(self) -> bytes:
        """What it said of this machine."""

    @property
    def again(self) -> bool:
        """Whether the broker has sent it before."""


class Said(NamedTuple):
    """Readings of one kind in the order of arrival, and the message of each."""

    columns: Columns
    origins: Sequence[Origin]


class Word(NamedTuple):
    """An event with the words it came in, for the events table and, where its code is unmapped, for quarantine."""

    event: Event
    topic: str
    body: Body


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device says became of a voice prompt. `key` is the prompt's msgId; `body` is all it said, also of its own refusal."""

    equipment_id: int
    vendor: str
    key: str
    played: Played
    refused_to_run: bool
    received_at: datetime
    body: Body
    origin: Origin


@dataclass(frozen=True, slots=True)
class Statistics:
    """The daily sums of one machine, as they came."""

    equipment_id: int
    vendor: str
    sampled_at: datetime
    received_at: datetime
    body: Body


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A vendor's connection speaks or is gone; not `live` when the broker only remembered it."""

    vendor: str
    connected: bool
    at: datetime
    live: bool


@dataclass(slots=True)
class Batch:
    """What one draining of the queue said, in the order of arrival."""

    said: dict[str, Said] = field(default_factory=dict)  # kind → its readings
    singles: list[tuple[Reading, Origin]] = field(default_factory=list)  # read one by one, and not yet among the others
    words: list[Word] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    statistics: list[Statistics] = field(default_factory=list)
    heartbeats: list[Heartbeat] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    messages: Counter[str] = field(default_factory=Counter)
    unknown_keys: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def hear(self, said: Said) -> None:
        """Add readings of one kind."""
        kind = said.columns.kind
        before = self.said.get(kind)
        if before is None:
            self.said[kind] = said
        else:
            self.said[kind] = Said(joined(before.columns, said.columns), [*before.origins, *said.origins])

    def fold(self) -> None:
        """Put the singles beside the others of their kind."""
        singles, self.singles = self.singles, []
        for kind in sorted({reading.kind for reading, _ in singles}):
            mine = [(reading, origin) for reading, origin in singles if reading.kind == kind]
            self.hear(Said(columns_of([reading for reading, _ in mine]), [origin for _, origin in mine]))


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a batch, in numbers."""

    messages: int = 0
    stored: int = 0
    duplicates: int = 0
    late: int = 0
    conflicts: int = 0
    events: int = 0
    statistics: int = 0
    quarantined: int = 0
    alarms: int = 0
