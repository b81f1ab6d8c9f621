"""Who reads the names and numbers of people who reported, on an order's page and on paper, and who reads whose messages."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from callbacks import order_figures
from components.panels import work_order
from data_access.repositories.work_orders import Source, add_source
from domain.outbox import Channel
from domain.scope import Role
from domain.work_orders import OrderKind, Step
from services import notifications
from services.senders import Letter, NotSent, Receipt
from tests.order_law import MAINTAINER
from tests.order_town import AT, Town

CALLER, NUMBER = "周女士", "13800002046"
READERS = (
    Role.OPERATIONS_CENTRE, Role.BUREAU, Role.OFFICE, Role.STREET, Role.USE_UNIT, Role.MAINTENANCE_UNIT, Role.HOUSING, Role.EMERGENCY,
    Role.FIRE,
)  # fmt: skip
HOLDS: dict[str, tuple[str, str]] = {"whole": (CALLER, NUMBER), "ends": ("周**", "138****2046"), "nothing": ("", "")}
OF_COMPLAINT = {
    Role.OPERATIONS_CENTRE: "whole",
    Role.BUREAU: "whole",
    Role.OFFICE: "whole",
    Role.USE_UNIT: "nothing",
    Role.MAINTENANCE_UNIT: "nothing",
}
OF_REPAIR = dict.fromkeys((Role.OPERATIONS_CENTRE, Role.EMERGENCY, Role.FIRE, Role.USE_UNIT, Role.MAINTENANCE_UNIT), "whole")


@pytest.fixture(scope="module")
def reported(town: Town) -> dict[OrderKind, int]:
    """A complaint about the maintainer, and a fault, that the same woman rang up about."""
    found = {}
    for kind in (OrderKind.FEEDBACK, OrderKind.REPAIR):
        order = town.open(kind, unit_id=MAINTAINER)
        call = Source(channel="passive", source="12345", at=AT, reporter=CALLER, phone=NUMBER, words=f"请回电 {NUMBER}")
        with town.store.transaction() as tx:
            add_source(tx, order.id, call)
        found[kind] = order.id
    return found


def read_by(town: Town, role: Role, order: int) -> dict[str, Any]:
    """An order's page as it is sent: `rows`, and everything that is drawn of it, the paper among it, as `drawn`."""
    with town.store.reading() as tx:
        rows = order_figures.order(town.actors[role].scope, tx, order=str(order), at=AT)
    sent = orjson.loads(orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS))
    return {"rows": sent, "drawn": json.dumps(work_order.update(sent, at=AT), ensure_ascii=False)}


@pytest.mark.parametrize("role", READERS, ids=str)
@pytest.mark.parametrize(("kind", "table"), [(OrderKind.FEEDBACK, OF_COMPLAINT), (OrderKind.REPAIR, OF_REPAIR)], ids=str)
def test_what_each_role_reads_of_who_reported(
    town: Town, reported: dict[OrderKind, int], kind: OrderKind, table: dict[Role, str], role: Role
) -> None:
    held = table.get(role, "ends")

    page = read_by(town, role, reported[kind])

    source = page["rows"]["sources"][-1]
    assert (source["reporter"], source["phone"]) == HOLDS[held]
    assert (CALLER in page["drawn"], NUMBER in page["drawn"]) == ((True, True) if held == "whole" else (False, False))


@pytest.mark.parametrize("role", READERS, ids=str)
def test_a_unit_does_not_read_in_the_log_who_was_called_about_a_complaint(town: Town, role: Role) -> None:
    order = town.open(OrderKind.FEEDBACK, unit_id=MAINTAINER).id
    town.step(Role.BUREAU, order, Step.VERIFY, note=f"属实，{NUMBER} 来电反映")
    town.sql("UPDATE work_orders SET status = 'closed', closed_at = %s WHERE id = %s", AT, order)
    town.step(Role.BUREAU, order, Step.RATE, rating=2, note=f"15:10 电话回访{CALLER}，住 502 室")
    hidden = role in (Role.USE_UNIT, Role.MAINTENANCE_UNIT)

    page = read_by(town, role, order)

    steps = {event["action"]: event["proof"] for event in page["rows"]["log"] if event["proof"]}
    assert (steps["verify"]["note"] == "属实，**** 来电反映", steps["rate"]["note"] == "") == (hidden, hidden)
    assert steps["rate"]["rating"] == 2
    assert (NUMBER in page["drawn"], CALLER in page["drawn"]) == (not hidden, not hidden)


class OutOfOrder:
    """A channel that never works."""

    def send(self, letter: Letter) -> Receipt:
        """Refuse it, in a gateway's own words."""
        raise NotSent("gateway: account 8817 in arrears")


def test_only_the_centre_and_the_bureau_see_who_else_was_told_and_what_a_gateway_answered(town: Town) -> None:
    order = town.open(OrderKind.RESCUE)
    town.step(Role.MAINTENANCE_UNIT, order.id, Step.ACCEPT)
    notifications.sweep(town.store, {Channel.CONSOLE: OutOfOrder()}, urgent=True, at=AT, clock=lambda: AT)

    told = {role: read_by(town, role, order.id)["rows"]["told"] for role in (*READERS, Role.INSPECTION_BODY) if role is not Role.STREET}

    everybody = {row["recipient"] for row in told[Role.OPERATIONS_CENTRE]}
    assert len(everybody) > 1
    assert {row["recipient"] for row in told[Role.BUREAU]} == everybody
    assert any(row["error"] for row in told[Role.BUREAU])
    for role, rows in told.items():
        own = [row["recipient"] for row in rows]
        if role in (Role.USE_UNIT, Role.MAINTENANCE_UNIT):
            assert own == [f"unit:{town.actors[role].scope.organization}"]
            assert [row["error"] for row in rows] == [None]
        elif role not in (Role.OPERATIONS_CENTRE, Role.BUREAU):
            assert own == []
