"""Photographs by hand: taken on a phone at the end of a repair, seen in the timeline, opened large, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from domain.order_words import Step
from domain.scope import Role
from tests.browser.conftest import Desk
from tests.order_town import CODES, LIFT, PASSWORD, PLACE, Town
from tests.pictures import taken

Sit = Callable[..., Desk]
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
MAINTENANCE = Role.MAINTENANCE_UNIT


@pytest.fixture
def order(orders_town: Town) -> int:
    """A rescue on which the maintenance unit is on the spot."""
    at = datetime.now(UTC)
    opened = int(orders_town.open(machine=LIFT, at=at).id)
    orders_town.step(MAINTENANCE, opened, Step.ACCEPT, at=at)
    orders_town.step(MAINTENANCE, opened, Step.SIGN_IN, at=at, scan=CODES[LIFT], position=PLACE)
    return opened


def take(page: Page, *files: tuple[str, str, bytes]) -> None:
    """What the camera of a telephone hands over."""
    with page.expect_file_chooser() as chooser:
        page.locator("#step [data-act=photo-take]").click()
    chooser.value.set_files([{"name": name, "mimeType": kind, "buffer": sent} for name, kind, sent in files])


def test_a_photo_taken_on_a_phone_is_seen_in_the_timeline_and_opens_large(sit: Sit, orders_town: Town, order: int):
    desk = sit(MAINTENANCE.value, password=PASSWORD, **PHONE)
    page = desk.open(f"/work-orders/{order}")

    page.locator('.order-steps [data-x-step="complete"]').click()
    take(page, ("door.jpg", "image/jpeg", taken(4000, 3000)))
    expect(page.locator("#step .step-photos img")).to_have_count(1)
    take(page, ("plate.png", "image/png", taken(600, 800, kind="PNG")))
    expect(page.locator("#step .step-photos img")).to_have_count(2)
    page.locator("#step [data-drop='1']").click()
    expect(page.locator("#step .step-photos img")).to_have_count(1)
    page.locator("#step-note").fill("门刀已复位，乘客已平安离开")
    desk.keep("order_phone_photo_dialog")
    page.locator("#step-confirm").click()

    small = page.locator(".log-line .photo img")
    expect(small).to_have_count(1)
    small.scroll_into_view_if_needed()
    expect(small).to_have_js_property("complete", True)
    assert small.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [320, 240]
    assert [
        (row.width, row.height) for row in orders_town.sql("SELECT width, height FROM order_photos WHERE work_order_id = %s", order)
    ] == [(1600, 1200)]
    desk.keep("order_phone_photo_timeline")
    page.locator(".log-line a.photo").click()
    large = page.locator(".photo-view[open] img")
    large.wait_for()
    page.wait_for_function("document.querySelector('.photo-view img').naturalWidth === 1600")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.keyboard.press("Escape")
    expect(page.locator(".photo-view")).to_have_count(0)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param([("a.jpg", "image/jpeg", b"no picture")], "无法识别的照片，请上传 JPEG、PNG 或 WebP 图片", id="no picture"),
        pytest.param([("a.jpg", "image/jpeg", taken(8, 8) + bytes(8 * 2**20))], "照片过大：每张不超过 8 MB", id="too large"),
        pytest.param([("a.jpg", "image/jpeg", taken(8, 8))] * 4, "每一步最多上传 3 张照片", id="too many"),
    ],
)
def test_what_is_no_photo_is_said_before_anything_is_sent(sit: Sit, order: int, files: list[tuple[str, str, bytes]], words: str):
    page = sit(MAINTENANCE.value, password=PASSWORD, **PHONE).open(f"/work-orders/{order}")
    page.locator('.order-steps [data-x-step="complete"]').click()

    take(page, *files)

    expect(page.locator("#step-problem")).to_have_text(words)


def test_photos_of_one_step_are_not_sent_with_the_next(sit: Sit, orders_town: Town, order: int):
    page = sit(MAINTENANCE.value, password=PASSWORD, **PHONE).open(f"/work-orders/{order}")
    page.locator('.order-steps [data-x-step="complete"]').click()
    take(page, ("a.jpg", "image/jpeg", taken(80, 60)))
    expect(page.locator("#step .step-photos img")).to_have_count(1)
    page.locator("#step [data-act=close]").click()

    page.locator('.order-steps [data-x-step="note"]').click()
    page.locator("#step-note").fill("正在排查")
    page.locator("#step-confirm").click()

    expect(page.locator(".log-line .note")).to_have_text(["正在排查"])
    assert orders_town.sql("SELECT 1 FROM order_photos WHERE work_order_id = %s", order) == []
