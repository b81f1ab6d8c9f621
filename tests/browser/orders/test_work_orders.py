"""Work orders by hand: from accepting to closing without a mouse, a conflict, many at once and taken back, the phone, the sheet."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from domain.scope import Role
from domain.work_orders import OrderKind, Step
from tests.browser.conftest import Desk
from tests.order_law import MAINTAINER
from tests.order_town import CODES, LIFT, PASSWORD, PLACE, SECOND_LIFT, Town

Sit = Callable[..., Desk]
UNDO_MS = 10_000
ON_THE_SPOT: dict[str, Any] = {"geolocation": {"longitude": PLACE[0] + 0.0003, "latitude": PLACE[1]}, "permissions": ["geolocation"]}
MAINTENANCE, CENTRE = Role.MAINTENANCE_UNIT.value, Role.OPERATIONS_CENTRE.value


@pytest.fixture
def order(orders_town: Town) -> int:
    """A rescue that the maintenance unit has been sent to, just now."""
    return int(orders_town.open(machine=LIFT, at=datetime.now(UTC)).id)


def opened(sit: Sit, username: str, path: str, **more: Any) -> Page:
    return sit(username, password=PASSWORD, **ON_THE_SPOT, **more).open(path)


def press_main(page: Page, step: Step) -> None:
    """The key of the first button, once it is the one for this step."""
    expect(page.locator(".order-steps button").first).to_have_text(re.compile(".+"))
    page.locator(f'.order-steps button:first-child:is([data-x-step="{step.value}"], [data-x-step-now="{step.value}"])').wait_for()
    page.keyboard.press("1")


def stands(page: Page, words: str) -> None:
    expect(page.locator(".stage-step[aria-current] b")).to_have_text(words)


def test_an_order_goes_from_accepted_to_closed_without_a_mouse(sit: Sit, orders_town: Town, order: int):
    page = opened(sit, MAINTENANCE, f"/work-orders/{order}")

    press_main(page, Step.ACCEPT)
    stands(page, "已接单")
    press_main(page, Step.SIGN_IN)
    expect(page.locator("#step .step-position")).to_contain_text("31.23000")
    page.keyboard.type("31101070052019000099")
    page.keyboard.press("Enter")
    expect(page.locator("#step-problem")).to_have_text("扫描的不是这台设备的编码")
    page.locator("#step-scan").fill(f"https://lift.example/q/{CODES[LIFT]}")
    page.keyboard.press("Enter")
    stands(page, "已签到")
    press_main(page, Step.COMPLETE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#step-problem")).to_have_text("还缺：说明")
    page.keyboard.type("乘客已平安离开")
    page.keyboard.press("Control+Enter")
    stands(page, "已完成")
    expect(page.locator(".order-steps button")).to_have_text(["备注"])  # nobody confirms what he did himself

    centre = opened(sit, CENTRE, f"/work-orders/{order}")
    press_main(centre, Step.CONFIRM)
    centre.locator("#step[open]").wait_for()
    centre.keyboard.press("Control+Enter")
    stands(centre, "已确认")
    stands(page, "已确认")  # the other screen hears of it
    steps = [event.action for event in orders_town.log(order) if event.hand != "system"]
    assert steps == ["accept", "sign_in", "complete", "confirm"]


def test_who_comes_second_is_told_who_was_first(sit: Sit, orders_town: Town, order: int):
    page = opened(sit, MAINTENANCE, f"/work-orders/{order}")
    page.evaluate("() => { putuo.stream.stop(); for (const panel of putuo.stream.panels.values()) panel.watches = []; }")
    orders_town.step(Role.MAINTENANCE_UNIT, order, Step.ACCEPT, at=datetime.now(UTC))

    page.keyboard.press("1")

    expect(page.locator("#orders-told")).to_contain_text("maintenance_unit 经办人 已于")
    expect(page.locator("#orders-told")).to_contain_text("先行办理“接单”")
    stands(page, "已接单")
    assert [event.action for event in orders_town.log(order)].count("accept") == 1


def test_what_is_taken_back_within_ten_seconds_was_never_sent(sit: Sit, orders_town: Town):
    numbers = [int(orders_town.open(OrderKind.REPAIR, machine=SECOND_LIFT, at=datetime.now(UTC)).id) for _ in range(2)]
    desk = sit(MAINTENANCE, password=PASSWORD)
    page = desk.open("/work-orders?kind=repair")
    page.clock.install()
    rows = [page.locator(f'.order-item[data-x-order="{number}"]') for number in numbers]

    for row in rows:
        row.focus()
        page.keyboard.press("x")
    expect(page.locator("#orders-bulk .bulk-count")).to_have_text("已选 2 张")
    page.locator("[data-x-together=accept]").click()
    expect(page.locator("#orders-pending .pending-words")).to_contain_text("接单：2 张")
    page.locator("[data-act=orders-undo]").click()
    page.clock.run_for(2 * UNDO_MS)
    expect(page.locator("#orders-pending")).not_to_have_attribute("data-open", "")
    assert {orders_town.order(number).status for number in numbers} == {"created"}

    for row in rows:
        row.focus()
        page.keyboard.press("x")
    page.locator("[data-x-together=accept]").click()
    page.clock.run_for(UNDO_MS + 500)
    for row in rows:
        expect(row.locator(".order-status")).to_have_text("已接单")
    assert {orders_town.order(number).status for number in numbers} == {"accepted"}


def test_a_kept_filter_leads_back_to_its_orders(sit: Sit):
    page = opened(sit, CENTRE, "/work-orders?kind=rescue&tab=overdue")
    page.locator("#orders-save-name").fill("超时困人")
    page.locator("[data-act=orders-save]").click()

    kept = page.locator("#orders-saved a", has_text="超时困人")
    expect(kept).to_have_attribute("href", "/work-orders?kind=rescue&tab=overdue")
    page.goto(page.url.split("?")[0])
    page.locator("#orders-saved a", has_text="超时困人").click()
    expect(page.locator('.tab-chip[aria-current="true"]')).to_contain_text("超时")
    page.locator("[data-x-forget]").click()
    expect(page.locator("#orders-saved a")).to_have_count(0)


@pytest.mark.parametrize("path", ["/work-orders?tab=mine", "/work-orders/{order}"], ids=["list", "order"])
def test_the_phone_of_the_units_person_has_large_buttons_and_no_sideways_scroll(sit: Sit, order: int, path: str):
    desk = sit(MAINTENANCE, password=PASSWORD, width=390, height=844)
    page = desk.open(path.format(order=order))

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    buttons = page.locator(".order-item .act .ghost, .order-steps button")
    heights = [buttons.nth(index).bounding_box() for index in range(buttons.count())]
    assert heights
    assert all(box and box["height"] >= 44 for box in heights)
    desk.keep(f"phone-{path.split('/')[1].split('?')[0]}-{'order' if 'order}' in path else 'list'}")


@pytest.mark.parametrize(
    ("path", "name"), [("/work-orders", "list"), ("/work-orders?view=board", "board"), ("/work-orders/{order}", "order")]
)
def test_the_desk_shows_its_orders(sit: Sit, order: int, path: str, name: str):
    desk = sit(CENTRE, password=PASSWORD, width=1920, height=1080)
    page = desk.open(path.format(order=order))

    expect(page.locator("b[data-x-due]").first).to_have_text(re.compile(r"^(剩|超) \d"))
    assert page.evaluate("document.documentElement.scrollWidth") == 1920
    desk.keep(f"work-orders-{name}")


def test_an_order_prints_on_one_page_however_long_its_log(sit: Sit, orders_town: Town, order: int):
    for number in range(40):
        orders_town.step(Role.OPERATIONS_CENTRE, order, Step.NOTE, at=datetime.now(UTC), note=f"第 {number} 次回访，乘客情绪稳定，继续等待")
    page = opened(sit, CENTRE, f"/work-orders/{order}")

    paper = page.pdf(format="A4", prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1
    page.emulate_media(media="print")
    sheet = page.locator(".order-sheet")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("…共 42 步，其间")
    assert sheet.evaluate("(sheet) => sheet.scrollHeight <= sheet.clientHeight + 1")  # nothing is cut off


def test_an_order_of_another_unit_looks_like_none(sit: Sit, order: int):
    page = opened(sit, f"{MAINTENANCE}-2", f"/work-orders/{order}")

    expect(page.locator(".dossier-page > .missing h1")).to_be_visible()
    assert str(MAINTAINER) not in page.locator("main").inner_text()
