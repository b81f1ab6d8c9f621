"""Days pass in the demonstration's register and rosters, each once; a real district is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from data_access.engine import Store, connect
from data_access.repositories import deployments
from demo import upkeep
from demo.quotas import SEED
from demo.seeding import Seeded, seed
from domain.errors import WrongDistrict
from services import triggers

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
OVERDUE = (
    "SELECT count(*) FILTER (WHERE next_maintenance_on < date '2026-11-20' + {0}), "
    "count(*) FILTER (WHERE next_inspection_on < date_trunc('month', date '2026-11-20' + {0})) FROM equipment WHERE use_status = 'in_use'"
)


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Store]:
    opened = connect(database_url)
    seed(opened, number=SEED, logins=[], at=AT)
    yield opened
    opened.close()


@pytest.fixture
def rows(store: Store, database_url: str) -> Iterator[Callable[[str], list[tuple[int, ...]]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


Rows = Callable[[str], list[tuple[int, ...]]]


def keep(store: Store, at: datetime) -> int:
    with store.transaction() as tx:
        return upkeep.keep(tx, seed=SEED, at=at)


def test_days_pass_and_the_overdue_stay_few(store: Store, rows: Rows) -> None:
    founding = rows(OVERDUE.format(0))[0]
    same_day = keep(store, AT + timedelta(hours=3))
    next_day = keep(store, AT + timedelta(days=1))
    again = keep(store, AT + timedelta(days=1, hours=5))
    paused = seed(store, number=SEED, logins=[], at=AT + timedelta(days=12))  # as a start after a pause does

    assert founding[0] < 80
    assert founding[1] < 25
    assert same_day == again == 0
    assert 500 < next_day < 1_600
    assert paused is Seeded.ALREADY
    maintenance, inspections = rows(OVERDUE.format(12))[0]
    assert 10 < maintenance < 80
    assert inspections < 25
    assert rows("SELECT count(*) FROM equipment WHERE extra->>'kept_by' = 'demo'")[0][0] > 10_000
    assert rows("SELECT max(starts_at)::date - date '2026-11-20' FROM duty_shifts")[0][0] >= 71


def test_making_good_what_an_order_is_about_ends_its_cause(store: Store, rows: Rows) -> None:
    at = AT + timedelta(days=12)
    triggers.minute(store, at)
    [(number, order)] = rows(
        "SELECT equipment_id, id FROM work_orders WHERE cause = 'maintenance_overdue' AND closed_at IS NULL ORDER BY id LIMIT 1"
    )

    upkeep.mend(store, "maintenance_overdue", number, at=at)
    triggers.minute(store, at + timedelta(minutes=1))

    assert rows(f"SELECT (next_maintenance_on - last_maintained_on) FROM equipment WHERE id = {number}") == [(15,)]
    assert rows(f"SELECT count(*) FROM work_orders WHERE id = {order} AND closed_at IS NOT NULL") == [(1,)]


def test_a_real_district_is_left_alone(fresh_database: Callable[[], str]) -> None:
    opened = connect(fresh_database())
    with opened.transaction() as tx:
        deployments.declare(tx, "real", at=AT)

    with pytest.raises(WrongDistrict):
        keep(opened, AT)
    opened.close()
