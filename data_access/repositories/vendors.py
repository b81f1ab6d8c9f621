"""Data vendors: their list, their code maps, their connections and the messages of each minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from data_access.engine import Tx
from data_access.tables import vendor_code_map, vendor_device_map, vendors
from data_access.watches import Watch
from domain.dialects import Dialect
from domain.vendors import BREATH, LONGEST_PAUSE, PAUSES_KEPT

# The pause is computed of the row itself: of two workers that hear a vendor again at once, the second then finds it noted.
_PAUSE: Final = "(CAST(:at AS timestamptz) - v.paced_at)"
_HEARD: Final = text(
    "WITH heard AS (SELECT * FROM unnest(CAST(:names AS text[]), CAST(:counts AS int4[])) AS h (vendor, messages)), "
    "known AS (UPDATE vendors v SET last_message_at = greatest(v.last_message_at, CAST(:at AS timestamptz)), "
    f"paced_at = CASE WHEN v.paced_at IS NULL OR {_PAUSE} >= :breath THEN :at ELSE v.paced_at END, "
    f"pauses = CASE WHEN {_PAUSE} BETWEEN :breath AND :longest AND v.connected IS NOT FALSE "
    f"THEN (CAST(extract(epoch FROM {_PAUSE}) AS real) || v.pauses)[1:CAST(:kept AS int)] ELSE v.pauses END "
    "FROM heard h WHERE v.name = h.vendor RETURNING v.name) "
    "INSERT INTO vendor_minutes AS m (vendor, minute, messages) "
    "SELECT h.vendor, date_trunc('minute', CAST(:at AS timestamptz)), h.messages FROM heard h JOIN known k ON k.name = h.vendor ORDER BY 1 "
    "ON CONFLICT (vendor, minute) DO UPDATE SET messages = m.messages + excluded.messages"
)
_PACE: Final = {"breath": BREATH, "longest": LONGEST_PAUSE, "kept": PAUSES_KEPT}
_NAME: Final = text(
    "INSERT INTO vendor_device_map (vendor, their_id, code) "
    "SELECT * FROM unnest(CAST(:vendors AS text[]), CAST(:their_ids AS text[]), CAST(:codes AS text[])) "
    "ON CONFLICT (vendor, their_id) DO UPDATE SET code = excluded.code"
)
_FORGET: Final = text("DELETE FROM vendor_minutes WHERE minute < :before")


def add_all(tx: Tx, titles: Iterable[tuple[str, str]]) -> None:
    """Add vendors (name, title), or give known ones another title."""
    rows = [{"name": name, "title": title} for name, title in titles]
    statement = insert(vendors).values(rows)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"title": statement.excluded.title}))
    tx.touch(Watch.VENDORS, Watch.EQUIPMENT)


def names(tx: Tx) -> frozenset[str]:
    """Every vendor's name."""
    return frozenset(tx.scalars(select(vendors.c.name)))


def map_codes(tx: Tx, codes: Sequence[tuple[str, str, str]]) -> None:
    """Say what vendors' own codes mean: (vendor, its code, canonical code)."""
    if not codes:
        return
    statement = insert(vendor_code_map).values([{"vendor": vendor, "code": code, "canonical": meant} for vendor, code, meant in codes])
    tx.execute(statement.on_conflict_do_update(index_elements=["vendor", "code"], set_={"canonical": statement.excluded.canonical}))
    tx.touch(Watch.RULE_SETTINGS)


def dialects(tx: Tx) -> dict[str, str]:
    """Vendor → the dialect it speaks, those who do not speak the platform's own."""
    c = vendors.c
    return {row.name: row.dialect for row in tx.execute(select(c.name, c.dialect).where(c.dialect != Dialect.PLATFORM))}


def their_codes(tx: Tx) -> dict[tuple[str, str], str]:
    """(vendor, the vendor's own identifier of a machine) → the machine's code."""
    c = vendor_device_map.c
    return {(row.vendor, row.their_id): row.code for row in tx.execute(select(c.vendor, c.their_id, c.code))}


def speak(tx: Tx, name: str, dialect: Dialect) -> None:
    """Say which dialect a vendor speaks."""
    tx.execute(update(vendors).where(vendors.c.name == name).values(dialect=dialect.value))
    tx.touch(Watch.VENDORS, Watch.EQUIPMENT)


def map_devices(tx: Tx, machines: Sequence[tuple[str, str, str]]) -> None:
    """Say which machines vendors' own identifiers mean: (vendor, its identifier, code)."""
    if not machines:
        return
    names, their_ids, codes = (list(column) for column in zip(*machines, strict=True))
    tx.execute(_NAME, {"vendors": names, "their_ids": their_ids, "codes": codes})
    tx.touch(Watch.EQUIPMENT)


def heard(tx: Tx, messages: Mapping[str, int], at: datetime) -> None:
    """Count the messages of a batch by vendor, and learn each one's pace.

    No watch is touched: feeds are looked at every few seconds, not every batch.
    """
    if messages:
        names = sorted(messages)
        tx.execute(_HEARD, {"names": names, "counts": [messages[name] for name in names], "at": at, **_PACE})


def beat(tx: Tx, name: str, *, connected: bool, at: datetime) -> None:
    """A vendor's connection spoke, or its will was delivered. Touches only when the word changed."""
    was = tx.scalar(text("SELECT connected FROM vendors WHERE name = :name FOR UPDATE"), {"name": name})
    changes: dict[str, object] = {"connected": connected} | ({"heartbeat_at": at} if connected else {})
    tx.execute(update(vendors).where(vendors.c.name == name).values(changes))
    if was is not connected:
        tx.touch(Watch.VENDORS)


def forget_minutes(tx: Tx, before: datetime) -> None:
    """Drop the counts of minutes before `before`."""
    tx.execute(_FORGET, {"before": before})
