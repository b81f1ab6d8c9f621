"""How many statements hot paths cost: a number that grows with the rows would be a defect."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event

from data_access.conditions import Filter
from data_access.queries import alarms, equipment, overview, readings, versions
from data_access.repositories import alarms as alarm_rows
from data_access.repositories import vendors as vendor_rows
from tests.integration.data_access.district import AT, DISTRICT, raised, reading, state
from tests.readings_fixture import append_readings, upsert_states


@pytest.fixture
def statements(district, monkeypatch):
    """The statements that reached the driver, SQLAlchemy's and psycopg's own."""
    seen = []
    original = psycopg.Cursor.execute

    def recorded(cursor, query, *arguments, **options):
        seen.append(query)
        return original(cursor, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", recorded)
    event.listen(district._engine, "checkout", _nothing)
    yield seen
    event.remove(district._engine, "checkout", _nothing)


def _nothing(*_):
    """Checking out a connection pings it; the ping is not a statement of ours."""


def _asked(statements):
    return [query for query in statements if query not in {"", b"", "SELECT 1"}]


HOT = {
    "page": (2, lambda tx: equipment.page(DISTRICT, tx, filter=Filter(text="甲"), at=AT)),
    "search": (1, lambda tx: equipment.search(DISTRICT, tx, text="甲")),
    "dossier": (1, lambda tx: equipment.by_code(DISTRICT, tx, code="code-001")),
    "map_columns": (1, lambda tx: equipment.map_columns(DISTRICT, tx)),
    "map_status": (1, lambda tx: equipment.map_status(DISTRICT, tx)),
    "alarms": (1, lambda tx: alarms.recent(DISTRICT, tx)),
    "alarm_counts": (1, lambda tx: alarms.counts(DISTRICT, tx, at=AT)),
    "open_on_map": (1, lambda tx: alarms.open_on_map(DISTRICT, tx)),
    "raised_by_street": (1, lambda tx: alarms.raised_by_street(DISTRICT, tx, since=AT - timedelta(days=1))),
    "statuses": (1, lambda tx: overview.status_counts(DISTRICT, tx)),
    "streets": (3, lambda tx: overview.street_summary(DISTRICT, tx)),
    "coverage": (1, lambda tx: overview.coverage(DISTRICT, tx, at=AT)),
    "feeds": (1, lambda tx: overview.vendor_feeds(DISTRICT, tx, at=AT)),
    "history": (2, lambda tx: readings.history(DISTRICT, tx, equipment_id=2, since=AT - timedelta(days=1), until=AT)),
    "positions": (1, lambda tx: readings.positions(DISTRICT, tx)),
    "versions": (1, lambda tx: versions.versions(DISTRICT, tx)),
}


@pytest.mark.parametrize(("most", "ask"), HOT.values(), ids=HOT)
def test_a_question_costs(district, statements, most, ask):
    with district.reading() as tx:
        statements.clear()
        ask(tx)

    assert len(_asked(statements)) == most


@pytest.mark.parametrize("size", [1, 50])
def test_a_batch_costs_the_same_whatever_its_size(district, statements, size):
    at = AT + timedelta(minutes=size)
    with district.transaction() as tx:
        statements.clear()
        append_readings(tx, [reading(n + 1, at) for n in range(size)])
        upsert_states(tx, [state(n + 1, at) for n in range(size)])
        alarm_rows.raise_(tx, [raised(n + 1, "door_cycling", at=at) for n in range(size)])
        vendor_rows.heard(tx, {"xzl": size}, at)

    assert len(_asked(statements)) == 6  # and one that raises the versions


def test_a_redelivered_batch_costs_one_look_more(district, statements):
    at = AT + timedelta(minutes=5)
    batch = [reading(n + 1, at) for n in range(50)]
    with district.transaction() as tx:
        append_readings(tx, batch)

    with district.transaction() as tx:
        statements.clear()
        append_readings(tx, batch)

    assert len(_asked(statements)) == 2
