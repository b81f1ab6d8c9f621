"""Who is told of what: the tables, read order by order."""

from __future__ import annotations

import pytest

from domain.notices import MOVED, OPENED, REPEATED, TEMPLATES, Matter, Notice, notices, recipients_of
from domain.response import ResponseLevel
from domain.scope import ALL, Role, Scope
from domain.work_orders import OrderKind, Step

USE, MAINTAIN, OTHER = 1, 2, 3
STREET = "310107014"
PLAN = {"role:operations_centre", "role:bureau", "role:emergency", "role:fire", "role:housing", f"street:{STREET}"}


def matter(kind=OrderKind.RESCUE, **more):
    usual = {"level": ResponseLevel.ENTRAPMENT, "urgent": True, "use_unit": USE, "unit": MAINTAIN, "street": STREET}
    return Matter(kind=kind, **(usual | more))


def told(lines, subject):
    return {(notice.recipient, notice.template, notice.urgent) for notice in notices(lines, subject)}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (matter(), {("unit:1", "trapped", True)}),
        (matter(OrderKind.REPAIR, level=ResponseLevel.MINOR_FAULT, urgent=False), set()),
        (
            matter(OrderKind.REPAIR, level=ResponseLevel.MINOR_FAULT),
            {("unit:1", "out_of_service", True), ("role:bureau", "out_of_service", True)},
        ),
        (matter(OrderKind.ANOMALY, level=ResponseLevel.MINOR_FAULT, urgent=False), {("unit:1", "opened", True)}),
        (matter(OrderKind.BEHAVIOR, level=None, urgent=False), {("unit:1", "opened", False)}),
        (matter(OrderKind.BEHAVIOR, level=None), {("unit:1", "opened", True)}),
        (matter(OrderKind.SUPERVISION, level=None, cause="inspection_overdue"), {("role:bureau", "supervision", False)}),
        (matter(OrderKind.SUPERVISION, level=None, cause="rescue_overdue"), {("role:bureau", "supervision", True)}),
        (matter(OrderKind.RESCUE, use_unit=None), set()),
    ],
    ids=[
        "trapped",
        "minor fault",
        "grave fault, car empty",
        "anomaly",
        "uncivil",
        "dangerous",
        "inspection overdue",
        "rescue overdue",
        "no use unit",
    ],
)
def test_who_hears_of_a_new_order(subject, expected):
    assert told(OPENED, subject) == expected


def test_level_three_tells_every_department_of_the_district_plan():
    heard = {recipient for recipient, template, urgent in told(OPENED, matter(level=ResponseLevel.EMERGENCY)) if template == "emergency"}

    assert heard == PLAN


def test_a_transfer_tells_the_new_unit_and_the_one_it_is_taken_from():
    assert told(MOVED[Step.TRANSFER], matter(unit=OTHER, former=MAINTAIN)) == {
        ("unit:3", "dispatched", True),
        ("unit:2", "withdrawn", True),
    }


@pytest.mark.parametrize("step", [Step.DISPATCH, Step.TRANSFER])
@pytest.mark.parametrize("kind", [OrderKind.REPAIR, OrderKind.ANOMALY])
def test_who_has_minutes_to_answer_is_told_at_once_of_minor_faults_too(step, kind):
    minor = matter(kind, level=ResponseLevel.MINOR_FAULT, urgent=False)

    assert told(MOVED[step], minor) == {("unit:2", "dispatched", True)}


def test_whom_a_case_of_supervision_is_given_to_may_sleep():
    case = matter(OrderKind.SUPERVISION, level=None, urgent=False)

    assert told(MOVED[Step.TRANSFER], case) == {("unit:2", "dispatched", False)}


def test_a_team_is_told_beside_its_unit_and_whom_it_is_taken_from():
    within = matter(former=MAINTAIN, team=5, former_team=4)

    assert told(MOVED[Step.TRANSFER], within) == {
        ("unit:2", "dispatched", True),
        ("team:5", "dispatched", True),
        ("team:4", "withdrawn", True),
    }


def test_the_use_unit_is_not_told_twice_of_its_own_matter():
    own = matter(OrderKind.BEHAVIOR, level=None, unit=USE)

    assert told(MOVED[Step.DISPATCH], own) == set()
    assert told(MOVED[Step.DISPATCH], matter(unit=USE)) == {("unit:1", "dispatched", True)}  # it is to rescue, which it did not know


def test_nobody_gets_two_messages_of_one_step():
    both = matter(unit=USE, level=ResponseLevel.EMERGENCY)

    assert len(notices(MOVED[Step.ESCALATE], both)) == len(PLAN) + 1


def test_what_may_wait_is_not_urgent_even_of_an_urgent_order():
    assert told(MOVED[Step.CONFIRM], matter()) == {("unit:2", "confirmed", False), ("unit:1", "rate", False)}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), None),
        (Scope(Role.BUREAU, ALL, None, ALL), None),
        (Scope(Role.STREET, (STREET,), None, ALL), (f"street:{STREET}",)),
        (Scope(Role.MAINTENANCE_UNIT, ALL, 2, ALL), ("unit:2",)),
        (Scope(Role.FIRE, ALL, None, ALL), ("role:fire",)),
    ],
    ids=["centre", "bureau", "street", "unit", "fire"],
)
def test_as_whom_a_reader_is_told(scope, expected):
    assert recipients_of(scope) == expected


def test_every_line_has_a_template_that_is_known():
    lines = [line for table in (OPENED, REPEATED, *MOVED.values()) for line in table]

    assert {line.template for line in lines} <= TEMPLATES
    assert all(isinstance(each, Notice) for line in lines for each in notices([line], matter(former=OTHER, assignee=9)))
