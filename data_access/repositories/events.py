"""Questions about stored events that decide what a new one means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from data_access.engine import Tx
from data_access.words import storable
from domain.telemetry import Event

_ENDED: Final = (
    "SELECT e.vendor, e.event_id, e.received_at FROM unnest(%b::text[], %b::text[]) AS k (vendor, event_id) "
    "JOIN events e ON e.vendor = k.vendor AND e.event_id = k.event_id AND e.phase = 'disappear'"
)
_RECODE: Final = (
    "UPDATE events e SET code = k.code FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[]) AS k (vendor, event_id, phase, code) "
    "WHERE e.vendor = k.vendor AND e.event_id = k.event_id AND e.phase = k.phase AND e.code IS NULL AND k.code IS NOT NULL "
    "RETURNING e.vendor, e.event_id, e.phase"
)


def ended(tx: Tx, beginnings: Sequence[Event]) -> dict[tuple[str, str], datetime]:
    """Of these events those whose end is stored: (vendor, event_id) → when the end was received."""
    if not beginnings:
        return {}
    names = {(event.vendor, storable(event.event_id)): (event.vendor, event.event_id) for event in beginnings}
    with tx.cursor() as cursor:
        rows = cursor.execute(_ENDED, ([vendor for vendor, _ in names], [event_id for _, event_id in names]))
        return {names[vendor, event_id]: received_at for vendor, event_id, received_at in rows}


def recode(tx: Tx, events: Sequence[Event]) -> frozenset[tuple[str, str, str]]:
    """Give stored events whose code was unmapped the code they have now; their (vendor, event_id, phase)."""
    if not events:
        return frozenset()
    columns = (
        [event.vendor for event in events],
        [storable(event.event_id) for event in events],
        [event.phase.value for event in events],
        [event.code for event in events],
    )
    with tx.cursor() as cursor:
        known = set(cursor.execute(_RECODE, columns))
    return frozenset(
        (event.vendor, event.event_id, event.phase.value)
        for event in events
        if (event.vendor, storable(event.event_id), event.phase.value) in known
    )
