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


def ended(tx: Tx, beginnings: Sequence[Event]) -> dict[tuple[str, str], datetime]:
    """Of these events those whose end is stored: (vendor, event_id) → when the end was received."""
    if not beginnings:
        return {}
    names = {(event.vendor, storable(event.event_id)): (event.vendor, event.event_id) for event in beginnings}
    with tx.cursor() as cursor:
        rows = cursor.execute(_ENDED, ([vendor for vendor, _ in names], [event_id for _, event_id in names]))
        return {names[vendor, event_id]: received_at for vendor, event_id, received_at in rows}
