"""What was sent, as the producer wrote it down before sending, against what is stored."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.bench.faults.fleet import code, number_of

STATE, EVENT, OVERSPEED, INVALID = "s", "e", "o", "x"
_READINGS: Final = (
    "SELECT e.code, extract(epoch FROM r.sampled_at)::bigint "
    "FROM readings r JOIN equipment e ON e.id = r.equipment_id WHERE r.sampled_at >= %s"
)
_COUNT: Final = "SELECT count(*) FROM readings WHERE sampled_at >= %s"
_EVENTS: Final = "SELECT event_id FROM events WHERE occurred_at >= %s"
_ALARMS: Final = "SELECT e.code, a.family, a.occurrences FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE a.raised_at >= %s"
_REFUSED: Final = "SELECT payload FROM quarantine WHERE id > %s"
SAMPLES: Final = 3  # of each wrong that are shown
_INVALID_ID: Final = re.compile(rb"x-[0-9]+-[0-9]+")

Reading = tuple[int, int]
"""(lift, second)."""

Cause = tuple[str, str]
"""(注册代码, family of the alarm it must raise)."""


@dataclass(slots=True)
class Sent:
    """The journal of one round."""

    readings: set[Reading] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    invalid: set[str] = field(default_factory=set)
    causes: set[Cause] = field(default_factory=set)
    earlier: set[str] = field(default_factory=set)  # invalid ones of earlier rounds: a gateway may say them again

    @property
    def total(self) -> int:
        """Messages."""
        return len(self.readings) + len(self.events) + len(self.invalid)

    @property
    def since(self) -> datetime:
        """The first second of the round."""
        return datetime.fromtimestamp(min(second for _, second in self.readings), UTC)


@dataclass(frozen=True, slots=True)
class Balance:
    """The account of one round; every figure but `sent`, `stored`, `quarantined` and `causes` must be 0."""

    sent: int
    stored: int
    quarantined: int
    causes: int
    missing: int  # sent − stored − quarantined
    strange: int  # stored − sent
    doubled: int  # rows of one reading, event or refusal beyond the first
    alarms_missing: int  # causes without an alarm
    alarms_strange: int  # alarms without a cause, second alarms of one cause, and second occurrences
    samples: tuple[str, ...]  # some of what is wrong, in words

    @property
    def even(self) -> bool:
        """Whether nothing was lost, invented or doubled."""
        return not (self.missing or self.strange or self.doubled or self.alarms_missing or self.alarms_strange)


class Journal:
    """The producer's file, read round by round."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._invalid: set[str] = set()

    def rest(self) -> Sent:
        """What was written since the last call."""
        with self._path.open() as file:
            file.seek(self._at)
            text = file.read()
            self._at = file.tell()
        sent = read(text.splitlines())
        sent.earlier |= self._invalid
        self._invalid |= sent.invalid
        return sent


def read(lines: Iterable[str]) -> Sent:
    """The journal's lines: `s LIFT SECOND`, `e LIFT SECOND ID`, `o LIFT SECOND` (overspeed begins), `x LIFT SECOND ID`."""
    sent = Sent()
    for line in lines:
        kind, lift, second, *name = line.split()
        match kind:
            case "s":
                sent.readings.add((int(lift), int(second)))
            case "e":
                sent.events.add(name[0])
                sent.causes.add((code(int(lift)), "entrapment"))
            case "o":
                sent.causes.add((code(int(lift)), "overspeed"))
            case _:
                sent.invalid.add(name[0])
    return sent


def arrived(database: psycopg.Connection[Any], sent: Sent, quarantine_mark: int) -> int:
    """How many rows of the round are there so far."""
    readings = _number(database, _COUNT, sent.since)
    return readings + len(_events(database, sent)) + len(_refusals(database, quarantine_mark))


def quarantine_mark(database: psycopg.Connection[Any]) -> int:
    """The newest refusal there is."""
    return _number(database, "SELECT coalesce(max(id), 0) FROM quarantine")


def balance(database: psycopg.Connection[Any], sent: Sent, mark: int, *, resent: bool = False) -> Balance:
    """Compare every id. What gateways themselves said again (`resent`) may have been refused again."""
    stored: Counter[Any] = Counter((number_of(row[0]), row[1]) for row in database.execute(_READINGS, (sent.since,)))
    stored += _events(database, sent)
    refused = _refusals(database, mark)
    alarms: Counter[Any] = Counter()
    for registered, family, occurrences in database.execute(_ALARMS, (sent.since,)):
        alarms[registered, family] += occurrences
    wanted = sent.readings | sent.events
    told = sent.invalid | sent.earlier if resent else sent.invalid
    wrong = {
        "missing": [*(wanted - stored.keys()), *(sent.invalid - refused.keys())],
        "strange": [*(stored.keys() - wanted), *(refused.keys() - told)],
        "doubled": [*_beyond_first(stored), *(() if resent else _beyond_first(refused))],
        "no alarm": [*(sent.causes - alarms.keys())],
        "strange alarm": [*(alarms.keys() - sent.causes), *_beyond_first(alarms)],
    }
    return Balance(
        sent=sent.total,
        stored=len(stored),
        quarantined=len(refused),
        causes=len(sent.causes),
        missing=len(wrong["missing"]),
        strange=len(wrong["strange"]),
        doubled=len(wrong["doubled"]),
        alarms_missing=len(wrong["no alarm"]),
        alarms_strange=len(wrong["strange alarm"]),
        samples=tuple(f"{word}: {entry}" for word, entries in wrong.items() for entry in entries[:SAMPLES]),
    )


def _events(database: psycopg.Connection[Any], sent: Sent) -> Counter[str]:
    return Counter(row[0] for row in database.execute(_EVENTS, (sent.since,)))


def _refusals(database: psycopg.Connection[Any], mark: int) -> Counter[str]:
    """Refused messages by the id in them; one that carries no id is strange by its own payload."""
    found = [bytes(row[0]) for row in database.execute(_REFUSED, (mark,))]
    return Counter(
        (match.group() if (match := _INVALID_ID.search(payload)) else payload[:60]).decode("utf-8", "replace") for payload in found
    )


def _beyond_first(counts: Counter[Any]) -> list[Any]:
    return list((counts - Counter(counts.keys())).elements())


def _number(database: psycopg.Connection[Any], statement: str, *parameters: object) -> int:
    row = database.execute(statement, parameters).fetchone()
    return int(row[0]) if row else 0
