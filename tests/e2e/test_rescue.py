"""A rescue on the running product: real processes, the real clock, readings by the broker, people over HTTP.

.venv/bin/python -m pytest -m e2e tests/e2e/test_rescue.py (two minutes). What takes half an hour, test_timetable.py does on a clock
of its own.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from data_access.engine import Store, connect
from services.reconciliation import reconcile
from tests.bench.callers import Lift, Person, vendors
from tests.bench.standing import Stood, stand
from tests.bench.told import FOUND, reaction
from tests.e2e.started import Run, eventually

pytestmark = pytest.mark.e2e

AFTER_S: Final = 10  # both units are told so long after the rule's minute, at the latest
_SHARED: Final = (
    "SELECT id, code, monitor_vendor, site_id, lng, lat FROM equipment WHERE kind = 'elevator' AND use_status = 'in_use' "
    "AND monitor_vendor IS NOT NULL AND lng IS NOT NULL AND use_unit_id = %s AND maintenance_unit_id = %s ORDER BY id LIMIT 1"
)
_STATUS: Final = "SELECT status FROM work_orders WHERE id = %s"


@dataclass(frozen=True, slots=True)
class House:
    """The running product, with its demonstration's people."""

    running: Run
    store: Store
    database: psycopg.Connection[Any]

    def signed_in(self, username: str) -> Person:
        """Somebody in his browser."""
        found = self.running.services
        return Person(found, next(account for account in found["accounts"] if account["username"] == username))

    def rows(self, statement: str, *values: object) -> list[Any]:
        """What is stored."""
        return self.database.cursor(row_factory=namedtuple_row).execute(statement, values).fetchall()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """`./run` without a simulator, in which nobody answers but the test."""
    running = Run(tmp_path, "--port", "0", "--no-simulator")
    assert running.ready.startswith("READY ")
    url = running.services["database_url"]
    store = connect(url, name="tests")
    with psycopg.connect(url, autocommit=True) as database:
        yield House(running, store, database)
    store.close()
    assert running.end(signal.SIGTERM) == 0


def somebody_inside(house: House, use_unit: Person, maintainer: Person) -> tuple[Stood, list[float]]:
    """A lift of both units in which somebody is for a minute, by its readings alone, until the doors open; and where it stands."""
    units = [who.account["scope"]["organization"] for who in (use_unit, maintainer)]
    (machine,) = house.rows(_SHARED, *units)
    with vendors(house.running.services, name="rescue") as told:
        (stood,) = stand(told, house.store, house.database, [Lift(machine.id, machine.code, machine.monitor_vendor, machine.site_id)])
    return stood, [float(machine.lng), float(machine.lat)]


def test_a_rescue_from_readings_to_rating(house: House) -> None:
    use_unit, maintainer = house.signed_in("use-unit"), house.signed_in("maintainer-1")

    stood, place = somebody_inside(house, use_unit, maintainer)

    (order,) = house.rows("SELECT * FROM work_orders WHERE equipment_id = %s", stood.lift.id)
    assert (order.kind, order.level, order.cause, order.unit_id) == (
        "rescue",
        "entrapment",
        "entrapment",
        maintainer.account["scope"]["organization"],
    )
    assert 0 <= order.opened_at.timestamp() - stood.full < AFTER_S
    told_after = reaction(house.database, order.id, FOUND, since=stood.full)
    assert told_after is not None
    assert told_after < AFTER_S
    eventually(lambda: house.rows("SELECT 1 FROM alarms WHERE equipment_id = %s AND cleared_at IS NOT NULL", stood.lift.id))
    assert [row.status for row in house.rows(_STATUS, order.id)] == ["created"], "an alarm that clears closes no rescue"

    seen_by_nobody = house.signed_in("maintainer-2").act(order.id, "accept")
    steps: list[tuple[Person, str, dict[str, Any]]] = [
        (maintainer, "accept", {}),
        (maintainer, "sign_in", {"scan": stood.lift.code, "position": place}),
        (maintainer, "complete", {"note": "乘客已安全离开，电梯停用待查"}),
        (use_unit, "confirm", {}),
        (use_unit, "rate", {"rating": 5}),
    ]
    elsewhere = {"scan": stood.lift.code, "position": [place[0] + 0.1, place[1]]}
    answers = [who.act(order.id, step, **proof) for who, step, proof in (steps[0], (maintainer, "sign_in", elsewhere), *steps[1:])]

    assert not seen_by_nobody["ok"]
    assert [answer["ok"] for answer in answers] == [True, False, True, True, True, True], answers
    (done,) = house.rows("SELECT * FROM work_orders WHERE id = %s", order.id)
    assert (done.status, done.rating) == ("confirmed", 5)
    assert done.closed_at is not None
    log = house.rows(
        "SELECT action, hand, proof FROM work_order_events WHERE work_order_id = %s AND hand <> 'system' ORDER BY seq", order.id
    )
    assert [(event.action, event.hand) for event in log] == [(step, who.account["role"]) for who, step, _ in steps]
    assert log[1].proof["scan"] == stood.lift.code
    clocks = house.rows("SELECT kind, met_at, breached_at FROM deadlines WHERE work_order_id = %s AND dropped_at IS NULL", order.id)
    assert {clock.kind for clock in clocks} >= {"accept", "arrive", "rescue"}
    assert [clock.kind for clock in clocks if clock.met_at is None or clock.breached_at is not None] == []
    eventually(lambda: len(house.rows("SELECT 1 FROM alarms WHERE equipment_id = %s AND verdict = 'confirmed'", stood.lift.id)) == 1)
    assert reconcile(house.store, at=datetime.now(UTC)).wrong == {}
