"""What a reader sees of monitors lost together: the counts of his own machines, and exactly those behind the link."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from data_access.conditions import Filter
from data_access.queries import equipment, outages
from data_access.repositories import outages as stored
from data_access.watches import may_hear
from domain.outages import By, Cause, Key, Loss, Monitor
from domain.scope import ALL, Role, Scope
from tests.integration.data_access.conftest import fill
from tests.integration.data_access.district import AT, DISTRICT, STREETS

STREET = Scope(Role.STREET, (STREETS[1][0],), None, ALL)
ELSEWHERE = Scope(Role.STREET, ("310107999",), None, ALL)
SINCE = AT - timedelta(hours=24)


def _monitor(equipment_id: int) -> Monitor:
    return Monitor(equipment_id, "xzl", "XZL-01", None, AT, AT, 60.0)


@pytest.fixture(scope="module")
def lost(store):
    fill(store)
    with store.transaction() as tx:
        ids = [row.equipment_id for row in tx.execute(text("SELECT equipment_id FROM equipment_states ORDER BY 1 LIMIT 40"))]
        loss = Loss(Cause.GATEWAY, Key(By.GATEWAY, "XZL-01"), AT, tuple(map(_monitor, ids)))
        stored.declare(tx, [loss], [], AT)
        touched = set(tx.touched)
    return ids, touched


@pytest.mark.parametrize("scope", [DISTRICT, STREET, Scope(Role.BUREAU, ALL, None, ("forklift",))], ids=["district", "street", "trucks"])
def test_a_reader_counts_his_own_machines_and_finds_exactly_those(store, lost, scope):
    with store.reading() as tx:
        [row] = outages.recent(scope, tx, since=SINCE)
        page = equipment.page(scope, tx, filter=Filter(outages=(row.id,)), limit=1000, at=AT)

    assert (row.cause, row.name, row.back) == ("gateway", "XZL-01", 0)
    assert row.lost == page.total == len(page.rows) > 0
    assert {found.id for found in page.rows} <= set(lost[0])
    assert (row.lost == len(lost[0])) is (scope == DISTRICT)


def test_a_street_without_members_sees_no_outage(store, lost):
    with store.reading() as tx:
        assert outages.recent(ELSEWHERE, tx, since=SINCE) == []


def test_only_the_streets_of_its_members_are_told(lost):
    heard = {watch for watch in lost[1] if may_hear(replace(STREET), watch)}

    assert "outages" in lost[1]
    assert heard == {f"street:{STREETS[1][0]}:outages"}


def test_that_we_ourselves_hear_nothing_concerns_every_reader(store, lost):
    with store.transaction() as tx:
        stored.lose_sight(tx, AT, AT)
        told = set(tx.touched)
        seen = [[row.cause for row in outages.recent(scope, tx, since=SINCE)] for scope in (DISTRICT, STREET, ELSEWHERE)]
        [own] = [outage for outage in stored.lately(tx, SINCE) if outage.key is None]
        stored.regain_sight(tx, own.id, AT)

    assert seen[2] == ["platform"]
    assert all("platform" in causes for causes in seen)
    assert {f"street:{code}:outages" for code, _ in STREETS} <= told


def test_nonsense_finds_no_machine_rather_than_all(store, lost):
    with store.reading() as tx:
        assert equipment.count(DISTRICT, tx, filter=Filter(outages=(0,)), at=AT) == 0


def test_an_outage_is_kept_for_a_time_and_then_forgotten(store, lost):
    with store.transaction() as tx:
        open_ones = [outage.id for outage in stored.lately(tx, SINCE) if outage.ended_at is None]
        stored.end(tx, open_ones, AT)
        kept = stored.forget(tx, AT)
        gone = stored.forget(tx, AT + timedelta(seconds=1))

    assert (kept, gone) == (0, 2)
