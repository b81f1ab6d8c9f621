"""Whose turn it is, read off the law's tables."""

from __future__ import annotations

import pytest

from domain.order_duties import duties
from domain.scope import Role
from domain.work_orders import ENDED, SYSTEM, OrderKind, OrderStatus


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        (Role.OPERATIONS_CENTRE, OrderKind.RESCUE, OrderStatus.REPORTED),
        (Role.MAINTENANCE_UNIT, OrderKind.RESCUE, OrderStatus.CREATED),
        (Role.MAINTENANCE_UNIT, OrderKind.REPAIR, OrderStatus.ON_SITE),
        (Role.USE_UNIT, OrderKind.REPAIR, OrderStatus.COMPLETED),
        (Role.USE_UNIT, OrderKind.BEHAVIOR, OrderStatus.CREATED),
        (Role.USE_UNIT, OrderKind.SUPERVISION, OrderStatus.ORDERED),
        (Role.MAINTENANCE_UNIT, OrderKind.SUPERVISION, OrderStatus.ORDERED),
        (Role.BUREAU, OrderKind.SUPERVISION, OrderStatus.RECEIVED),
        (Role.OFFICE, OrderKind.FEEDBACK, OrderStatus.RECHECKED),
    ],
)
def test_the_next_step_on_the_way_is_a_duty(role: Role, kind: OrderKind, status: OrderStatus):
    assert (kind, status) in duties(role)


def test_leaving_the_way_is_nobodys_duty():
    assert (OrderKind.RESCUE, OrderStatus.ACCEPTED) not in duties(Role.OPERATIONS_CENTRE)  # it may transfer, or call it an accident
    assert (OrderKind.RESCUE, OrderStatus.CREATED) not in duties(Role.BUREAU)
    assert duties(Role.STREET) == duties(Role.HOUSING) == duties(Role.WALL) == frozenset()


def test_behaviour_is_no_matter_of_the_maintenance_unit():
    assert all(kind is not OrderKind.BEHAVIOR for kind, _ in duties(Role.MAINTENANCE_UNIT))


def test_nobody_owes_a_step_of_an_ended_order():
    assert [duty for hand in (*Role, SYSTEM) for duty in duties(hand) if duty[1] in ENDED] == []
