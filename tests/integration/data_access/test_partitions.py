"""Hours of readings: made ahead, emptied from the default partition, dropped whole."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from data_access import partitions
from data_access.queries import readings
from data_access.repositories import equipment
from tests.integration.data_access.district import AT, DISTRICT, machine, reading
from tests.readings_fixture import append_readings

HOUR = timedelta(hours=1)


def _lies_in(store):
    with store.reading() as tx:
        return dict(tx.rows(text("SELECT sampled_at, tableoid::regclass::text FROM readings")))


def test_hours_are_made_filled_and_dropped(store):
    early, late = AT - timedelta(days=3), AT + timedelta(days=9)
    with store.transaction() as tx:
        equipment.add_all(tx, [machine(id=1)])
        append_readings(tx, [reading(1, at) for at in (early, AT, late)])
    assert set(_lies_in(store).values()) == {"readings_default"}

    with store.transaction() as tx:
        made = partitions.ensure(tx, AT, hours_ahead=2)
    with store.transaction() as tx:
        again = partitions.ensure(tx, AT, hours_ahead=2)

    assert made == ["readings_2026112005", "readings_2026112006", "readings_2026112007", "readings_2026112008"]
    assert again == []
    assert _lies_in(store) == {early: "readings_default", AT: "readings_2026112006", late: "readings_default"}
    with store.transaction() as tx:
        assert append_readings(tx, [reading(1, AT)]).duplicates == 1

    with store.transaction() as tx:
        assert partitions.drop_before(tx, partitions.READINGS, AT + HOUR / 2) == ["readings_2026112005", "readings_2026112006"]
    with store.reading() as tx:
        found = readings.history(DISTRICT, tx, equipment_id=1, since=early, until=late)
    assert [at for at, _ in found] == [early]
