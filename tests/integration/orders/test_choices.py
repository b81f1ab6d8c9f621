"""Whom the dialog of a step offers: everybody the law lets act and nobody else, with what speaks against each; and what it keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from callbacks import order_choices, order_figures
from components import order_steps
from data_access.queries import work_orders
from data_access.repositories import order_facts
from domain.errors import Refused
from domain.order_words import OrderKind, OrderStatus, Step
from domain.scope import Role
from domain.work_orders import ACTING, TABLES
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, OTHER_USER, USER
from tests.order_town import AT, LIFT, Town
from web.order_proofs import proof_of

ANYBODY = next(rule for rule in TABLES[OrderKind.RESCUE] if rule.step is Step.TRANSFER)
"""A step that asks for a unit."""
CENTRE, BUREAU, MAINTENANCE = Role.OPERATIONS_CENTRE, Role.BUREAU, Role.MAINTENANCE_UNIT


@pytest.fixture
def page(town: Town) -> Callable[[Role, int], dict[str, Any]]:
    """The page of an order as somebody's browser gets it, its steps by their name."""

    def show(role: Role, order_id: int) -> dict[str, Any]:
        with town.store.reading() as tx:
            rows = order_figures.order(town.actors[role].scope, tx, order=str(order_id), at=AT)
        return rows | {"steps": {step["step"]: step for step in rows["steps"]}}

    return show


def returned(town: Town) -> int:
    """A rescue that the only team of its maintenance unit gave back."""
    order = town.open(machine=LIFT)
    town.step(MAINTENANCE, order.id, Step.RETURN, reason="人手不足")
    assert town.order(order.id).status == OrderStatus.REPORTED
    return int(order.id)


def verified(town: Town, machine: int | None) -> int:
    order = town.open(OrderKind.FEEDBACK, machine=machine)
    town.step(BUREAU, order.id, Step.VERIFY, note="属实")
    return int(order.id)


def test_a_complaint_about_no_machine_is_ordered_of_the_unit_that_the_bureau_chooses(town: Town, page: Callable[..., Any]):
    order = verified(town, None)
    shown = page(BUREAU, order)
    offered = {each["unit_id"] for each in shown["choices"]["unit"]}
    said = {"note": "五个工作日内整改", "unit": str(USER)}

    with pytest.raises(Refused) as refusal:
        town.step(BUREAU, order, Step.ORDER, note=said["note"])
    town.step(BUREAU, order, Step.ORDER, **{name: getattr(proof_of(said, Step.ORDER), name) for name in said})

    assert "unit" in shown["steps"]["order"]["needs"]
    assert {USER, OTHER_USER, MAINTAINER, OTHER_MAINTAINER} <= offered
    assert refusal.value.data["needs"] == ["unit"]
    assert (town.order(order).status, town.order(order).unit_id) == ("ordered", USER)


def test_of_a_machines_own_case_another_unit_may_be_named_and_need_not(town: Town, page: Callable[..., Any]):
    step = page(BUREAU, verified(town, LIFT))["steps"]["order"]

    assert ("unit" in step["needs"], "unit" in step["welcome"]) == (False, True)


def test_whoever_sends_by_hand_says_why_and_the_log_keeps_who_was_weighed(town: Town, page: Callable[..., Any]):
    order = returned(town)
    offered = page(CENTRE, order)["choices"]["unit"]
    rival = next(each for each in offered if each["unit_id"] == OTHER_MAINTAINER)

    with pytest.raises(Refused) as refusal:
        town.step(CENTRE, order, Step.DISPATCH, unit=OTHER_MAINTAINER, team=rival["team_id"])
    town.step(CENTRE, order, Step.DISPATCH, unit=OTHER_MAINTAINER, team=rival["team_id"], reason="就近增援")

    assert refusal.value.data["needs"] == ["reason"]
    assert [(one["name"], one["against"]) for one in town.log(order)[-1].proof["weighed"]] == [
        ("真北一班", ["no_contract"]),
        ("江宁一班", ["tried"]),
    ]


def test_a_choice_says_what_speaks_against_it(town: Town, page: Callable[..., Any]):
    offered = page(CENTRE, returned(town))["choices"]["unit"]
    drawn = {each["words"]: each["hint"] for each in json.loads(order_steps.choices({"unit": offered}))["unit"]}

    assert "222 米 · 江宁电梯维保 · 在办" in drawn["江宁一班"]
    assert drawn["江宁一班"].endswith("已派过，未接或退回")
    assert drawn["真北一班"].endswith("无有效维保合同")


def test_who_has_the_order_is_not_offered_for_a_transfer(town: Town, page: Callable[..., Any]):
    order = town.open(machine=LIFT)

    assert {each["team"] for each in page(CENTRE, order.id)["choices"]["unit"]} == {"真北一班"}


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_units_of_every_sort_that_may_act_are_offered_and_no_other(town: Town, kind: OrderKind):
    with town.store.reading() as tx:
        scope = town.actors[CENTRE].scope
        order = work_orders.by_id(scope, tx, order_id=placed(town, kind))
        assert order is not None
        offered = {each["unit_id"] for each in order_choices.for_one(scope, tx, order, [ANYBODY], at=AT)["unit"]}
        able = {unit for unit in (USER, OTHER_USER, MAINTAINER, OTHER_MAINTAINER) if order_facts.roles_of_unit(tx, unit) & ACTING[kind]}

    assert offered == able


def test_many_orders_are_given_to_nobody_who_cannot_act_on_them(town: Town):
    rows = [{"kind": kind.value, "steps": [Step.DISPATCH.value]} for kind in (OrderKind.RESCUE, OrderKind.ANOMALY, OrderKind.BEHAVIOR)]
    with town.store.reading() as tx:
        offered = order_choices.for_many(town.actors[CENTRE].scope, tx, rows, at=AT)["unit"]

    able = {each["unit_id"]: set(each["kinds"]) for each in offered}
    assert able == {
        MAINTAINER: {"rescue", "anomaly"}, OTHER_MAINTAINER: {"rescue", "anomaly"},
        USER: {"anomaly", "behavior"}, OTHER_USER: {"anomaly", "behavior"},
    }  # fmt: skip


def placed(town: Town, kind: OrderKind) -> int:
    """An order of the kind that nobody has been given."""
    order = town.open(kind, machine=LIFT)
    town.sql("UPDATE work_orders SET unit_id = NULL, team_id = NULL WHERE id = %s", order.id)
    return int(order.id)


def test_the_page_of_many_orders_carries_what_the_dialog_reckons_with(town: Town):
    with town.store.reading() as tx:
        rows = order_figures.order_page(town.actors[CENTRE].scope, tx, at=AT, kind="rescue")
    row = next(each for each in rows["orders"] if each["equipment_id"] == LIFT)

    assert (row["maintenance_unit_id"], row["lng"] is not None) == (MAINTAINER, True)
