"""Giving orders out by hand: what the dialog offers and asks for, one order and many, and where somebody stood when he accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from domain.scope import Role
from domain.work_orders import OrderKind, Step
from tests.browser.conftest import PATIENCE_MS, Desk
from tests.order_law import OTHER_MAINTAINER, USER
from tests.order_town import LIFT, NAMES, PASSWORD, PLACE, TRUCK, Town

Sit = Callable[..., Desk]
BUREAU, CENTRE, MAINTENANCE = Role.BUREAU, Role.OPERATIONS_CENTRE, Role.MAINTENANCE_UNIT
ON_THE_SPOT: dict[str, Any] = {"geolocation": {"longitude": PLACE[0] + 0.0003, "latitude": PLACE[1]}, "permissions": ["geolocation"]}
SIZES = {"desk": {"width": 1920, "height": 1080}, "phone": {"width": 390, "height": 844}}


def returned(town: Town) -> int:
    """A rescue that the only team of its maintenance unit gave back."""
    order = town.open(machine=LIFT, at=datetime.now(UTC))
    town.step(MAINTENANCE, order.id, Step.RETURN, reason="人手不足", at=datetime.now(UTC))
    return int(order.id)


def begun(desk: Desk, order: int, step: Step) -> Page:
    """The order's page with the dialog of a step."""
    page = desk.open(f"/work-orders/{order}?step={step.value}")
    page.locator("#step[open]").wait_for()
    return page


def stands(page: Page, words: str) -> None:
    """Wait until the order's page says that it stands there."""
    expect(page.locator(".stage-step[aria-current] b")).to_have_text(words, timeout=PATIENCE_MS)


@pytest.mark.parametrize("size", SIZES)
def test_whoever_sends_by_hand_sees_what_speaks_against_each_team_and_says_why(sit: Sit, orders_town: Town, size: str):
    order = returned(orders_town)
    desk = sit(CENTRE.value, password=PASSWORD, **SIZES[size])
    page = begun(desk, order, Step.DISPATCH)
    rival = page.locator('#step [data-need="unit"] .step-choice', has_text="真北一班")
    expect(rival.locator("small")).to_contain_text("无有效维保合同")
    expect(page.locator("#step .step-choice", has_text="江宁一班").locator("small")).to_contain_text("已派过，未接或退回")

    rival.click()
    page.locator("#step-confirm").click()
    expect(page.locator("#step-problem")).to_have_text("还缺：理由")
    desk.keep(f"step-dispatch-{size}")
    page.locator("#step-reason").fill("维保单位无人可派，就近增援")
    page.locator("#step-confirm").click()

    stands(page, "新建工单")
    expect(page.locator(".log-line", has_text="就近增援").locator(".weighed li").first).to_contain_text("真北一班")
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size]["width"]
    assert orders_town.order(order).unit_id == OTHER_MAINTAINER


@pytest.mark.parametrize("size", SIZES)
def test_a_complaint_about_no_machine_is_ordered_of_somebody(sit: Sit, orders_town: Town, size: str):
    order = int(orders_town.open(OrderKind.FEEDBACK, machine=None, at=datetime.now(UTC)).id)
    orders_town.step(BUREAU, order, Step.VERIFY, note="属实", at=datetime.now(UTC))
    desk = sit(BUREAU.value, password=PASSWORD, **SIZES[size])
    page = begun(desk, order, Step.ORDER)
    page.locator("#step-note").fill("五个工作日内整改")

    page.locator("#step-confirm").click()
    expect(page.locator("#step-problem")).to_contain_text("单位")
    page.locator('#step [data-need="unit"] .step-choice', has_text=NAMES[USER]).click()
    desk.keep(f"step-order-{size}")
    page.locator("#step-confirm").click()

    stands(page, "责令整改")
    assert orders_town.order(order).unit_id == USER


def test_many_orders_are_offered_to_who_can_act_on_all_of_them(sit: Sit, orders_town: Town):
    rescue = returned(orders_town)
    anomaly = orders_town.open(OrderKind.ANOMALY, machine=TRUCK, at=datetime.now(UTC))
    orders_town.step(Role.USE_UNIT, anomaly.id, Step.RETURN, reason="司机已离职", at=datetime.now(UTC))
    desk = sit(CENTRE.value, password=PASSWORD, **SIZES["desk"])
    page = desk.open("/work-orders")
    units = page.locator('#step [data-need="unit"] .step-choice b')

    def offered(*orders: int) -> list[str]:
        for order in orders:
            page.locator(f'.order-item[data-x-order="{order}"] .tick').click()
        page.locator("[data-x-together=dispatch]").click()
        page.locator("#step[open]").wait_for()
        return units.all_inner_texts()

    assert sorted(offered(int(anomaly.id))) == sorted(["江宁一班", "真北一班", "听涛物业", "望泉物业"])
    page.keyboard.press("Escape")
    assert sorted(offered(rescue)) == sorted(["江宁一班", "真北一班"])  # the truck's order stays chosen: who cannot rescue is no choice
    expect(page.locator("#step .step-choice", has_text="真北一班").locator("small")).to_contain_text("最远 111 米")
    expect(page.locator("#step .step-choice", has_text="真北一班").locator("small")).to_contain_text("2 张非其维保设备")
    desk.keep("step-dispatch-together")


def test_the_log_keeps_where_somebody_stood_when_he_accepted(sit: Sit, orders_town: Town):
    order = int(orders_town.open(machine=LIFT, at=datetime.now(UTC)).id)
    page = sit(MAINTENANCE.value, password=PASSWORD, **ON_THE_SPOT).open(f"/work-orders/{order}")

    page.locator('[data-x-step-now="accept"]').click()

    stands(page, "已接单")
    expect(page.locator(".log-line .proof", has_text="31.23000")).to_contain_text("距设备")
    assert orders_town.log(order)[-1].proof["position"] == [PLACE[0] + 0.0003, PLACE[1]]


def test_who_does_not_say_where_he_is_accepts_all_the_same(sit: Sit, orders_town: Town):
    order = int(orders_town.open(machine=LIFT, at=datetime.now(UTC)).id)
    page = sit(MAINTENANCE.value, password=PASSWORD).open(f"/work-orders/{order}")

    page.locator('[data-x-step-now="accept"]').click()

    stands(page, "已接单")
    assert orders_town.log(order)[-1].proof is None
