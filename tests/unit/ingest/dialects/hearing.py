"""How a test says a message in a dialect."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.dialects import Dialect
from domain.telemetry import Reject
from ingest.dialects import Item, Occurrences, Translated, translate

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
NOON_TEXT = "2026-11-20 12:00:00"
NOON_MS = int(NOON.timestamp() * 1000)
LIFT = "31103101072019050012"
THEIRS = "HQ-0007"
MAPPED = {("v", THEIRS): LIFT, ("v", "a4c1380f22aa"): LIFT, ("v", "HQ-0008"): "31103101072019050013", ("other", "HQ-0009"): LIFT}


def say(dialect: Dialect, tail: str, body: object, *, told: Occurrences | None = None) -> Translated:
    """What a vendor's message becomes."""
    return translate(dialect, tail, body, vendor="v", their_codes=MAPPED, told=told or Occurrences(), at=NOON)


def only(dialect: Dialect, tail: str, body: object) -> Item:
    """The one word of a message."""
    said = say(dialect, tail, body)
    assert not said.refused
    (item,) = said.items
    return item


def reasons(said: Translated) -> list[Reject]:
    """Why parts of a message were refused."""
    return [Reject(str(refused.fault.data["reason"])) for refused in said.refused]
