"""One order with everything on it: photos, a district plan and a log of many steps, on the desk, on a phone and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from domain.order_words import Proof, Step
from domain.response import ResponseLevel
from domain.scope import Role
from services import photos, plan_watch, plans, seats, work_orders
from tests.browser.conftest import SCREENSHOTS, Desk
from tests.order_town import CODES, LIFT, PASSWORD, PLACE, Town
from tests.pictures import taken

Sit = Callable[..., Desk]
CENTRE, MAINTENANCE, FIRE = Role.OPERATIONS_CENTRE, Role.MAINTENANCE_UNIT, Role.FIRE
LONG = "已与物业、业主代表现场核对机房电源、门机和平层感应器，乘客情绪稳定，持续通话安抚，等待消防到场。" * 6


@pytest.fixture
def order(orders_town: Town) -> int:
    """An emergency 16 minutes old: answered at the seat, somebody on the spot with photos, one task done and two late."""
    town, began = orders_town, datetime.now(UTC) - timedelta(minutes=16)
    number = int(town.open(machine=LIFT, at=began, level=ResponseLevel.EMERGENCY.value).id)
    seats.answer(town.actors[CENTRE], town.store, number, at=began + timedelta(seconds=21))
    town.step(MAINTENANCE, number, Step.ACCEPT, at=began + timedelta(seconds=70))
    town.step(MAINTENANCE, number, Step.SIGN_IN, at=began + timedelta(minutes=9), scan=CODES[LIFT], position=PLACE)
    brought = photos.read([taken(1600, 1200), taken(900, 1200, kind="PNG", shade=(150, 90, 40))], step=Step.NOTE)
    work_orders.advance(
        town.actors[MAINTENANCE], town.store, number, step=Step.NOTE, proof=Proof(note="轿厢停在 7、8 层之间"), photos=brought,
        at=began + timedelta(minutes=10),
    )  # fmt: skip
    for owner, wanted in ((CENTRE, "activate"), (Role.EMERGENCY, "coordinate")):
        ((task,),) = town.sql("SELECT id FROM plan_tasks WHERE work_order_id = %s AND task = %s", number, wanted)
        plans.finish(town.actors[owner], town.store, task, note="已上报区应急局", at=began + timedelta(minutes=4))
    plan_watch.late(town.store, datetime.now(UTC))
    return number


def pages_of(paper: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", paper))


def printed(page: Page, name: str) -> bytes:
    """The page as its printer gets it, kept for people."""
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"{name}.pdf").write_bytes(paper)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1032})  # A4 between its margins, at 96 dots an inch
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    return paper


@pytest.mark.parametrize(("width", "height", "name"), [(1920, 1080, "order_plan_desk"), (390, 844, "order_plan_phone")])
def test_the_page_shows_photos_the_plan_and_the_seat(sit: Sit, order: int, width: int, height: int, name: str):
    desk = sit(CENTRE.value, password=PASSWORD, width=width, height=height)
    page = desk.open(f"/work-orders/{order}")

    expect(page.locator(".log-line .photo img")).to_have_count(2)
    expect(page.locator(".order-tasks .task")).to_have_count(6)
    expect(page.locator(".order-tasks .task [data-x-mark=urgent]")).to_have_text(["超时", "超时"])
    expect(page.locator(".order-tasks")).to_contain_text("依据：普陀区特种设备工作方案 三级响应")
    expect(page.locator("[data-x-seat=answered] b").nth(1)).to_contain_text("应答，响铃 21 秒")
    expect(page.locator(".log-line p.note", has_text="预案任务超时：破拆救援")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_function("[...document.querySelectorAll('.log-line .photo img')].every((image) => image.complete && image.naturalWidth)")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_a_department_finishes_its_task_with_a_note(sit: Sit, order: int):
    page = sit(FIRE.value, password=PASSWORD, width=390, height=844).open(f"/work-orders/{order}")

    page.locator(".order-tasks [data-x-act=task-done]").click()
    expect(page.locator("#step-title")).to_have_text("完成预案任务")
    expect(page.locator("#step .step-about")).to_have_text("破拆救援")
    page.locator("#step-note").fill("09:12 破拆完成，三人获救")
    page.locator("#step-confirm").click()

    done = page.locator(".order-tasks .task", has_text="破拆救援")
    expect(done).to_contain_text("09:12 破拆完成，三人获救")
    expect(done).to_contain_text("fire 经办人 于")
    expect(page.locator(".order-tasks [data-x-act=task-done]")).to_have_count(0)


def test_a_usual_order_is_one_sheet_with_everything(sit: Sit, order: int):
    page = sit(CENTRE.value, password=PASSWORD).open(f"/work-orders/{order}")
    page.wait_for_function("[...document.querySelectorAll('.order-sheet img')].every((image) => image.complete && image.naturalWidth)")

    paper = printed(page, "order_sheet")

    assert pages_of(paper) == 1
    sheet = page.locator(".order-sheet")
    expect(sheet.locator(".photos img")).to_have_count(2)
    expect(sheet.locator(".tasks > div")).to_have_count(6)
    expect(sheet).not_to_contain_text("步见系统")
    expect(sheet.locator(".counted p").first).to_contain_text("不暂停计时")


def test_a_very_long_log_says_how_much_of_it_is_left_out_and_is_still_one_sheet(sit: Sit, orders_town: Town, order: int):
    for number in range(20):
        orders_town.step(CENTRE, order, Step.NOTE, at=datetime.now(UTC), note=f"第 {number} 次回访：{LONG}"[:500])
    page = sit(CENTRE.value, password=PASSWORD).open(f"/work-orders/{order}")

    paper = printed(page, "order_sheet_long")

    assert pages_of(paper) == 1
    expect(page.locator(".order-sheet .log .more")).to_contain_text("步，其间")
    assert page.locator(".order-sheet").evaluate("(sheet) => sheet.scrollHeight <= sheet.clientHeight + 1")  # nothing is cut off
    assert page.locator(".order-sheet .log > div:last-child").inner_text().endswith("…")
