"""The code on the spot: read by the camera where the browser can read codes, typed where it cannot or may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.order_words import Step
from domain.scope import Role
from tests.browser.conftest import Desk
from tests.order_town import CODES, LIFT, PASSWORD, PLACE, Town

Sit = Callable[..., Desk]
MAINTENANCE = Role.MAINTENANCE_UNIT
SPOT: dict[str, Any] = {"geolocation": {"longitude": PLACE[0], "latitude": PLACE[1]}, "width": 390, "height": 844}
READER = f"""window.BarcodeDetector = class {{
  constructor(options) {{ this.formats = options.formats; }}
  async detect(video) {{
    const light = document.createElement("canvas").getContext("2d");
    light.drawImage(video, 0, 0, 8, 8);
    const seen = light.getImageData(0, 0, 8, 8).data.some((value, place) => place % 4 !== 3 && value > 0);
    return video.videoWidth && seen && this.formats.includes("qr_code") ? [{{ rawValue: "https://lift.example/q/{CODES[LIFT]}" }}] : [];
  }}
}};"""
"""What reads codes on telephones and is in no Chromium for Linux: it reads one as soon as the camera really gives a picture."""


@pytest.fixture(scope="module")
def browser(browser: Browser, chromium: str) -> Iterator[Browser]:
    """A Chromium whose camera is a picture that moves."""
    launched = browser.browser_type.launch(executable_path=chromium, args=["--no-sandbox", "--use-fake-device-for-media-stream"])
    yield launched
    launched.close()


@pytest.fixture
def order(orders_town: Town) -> int:
    """A rescue that the maintenance unit has accepted."""
    at = datetime.now(UTC)
    number = int(orders_town.open(machine=LIFT, at=at).id)
    orders_town.step(MAINTENANCE, number, Step.ACCEPT, at=at)
    return number


def signing_in(sit: Sit, order: int, *, permissions: list[str], reader: str = READER) -> Page:
    """The dialog of signing in, on a telephone."""
    desk = sit(MAINTENANCE.value, password=PASSWORD, permissions=permissions, **SPOT)
    desk.page.add_init_script(reader)
    page = desk.open(f"/work-orders/{order}")
    page.locator('.order-steps [data-x-step="sign_in"]').click()
    expect(page.locator("#step .step-position")).to_contain_text("31.23000")
    return page


def test_the_camera_reads_the_code_and_goes_dark_again(sit: Sit, orders_town: Town, order: int):
    page = signing_in(sit, order, permissions=["geolocation", "camera"])

    page.locator("[data-act=step-scan]").click()

    expect(page.locator("#step-scan")).to_have_value(f"https://lift.example/q/{CODES[LIFT]}")
    expect(page.locator(".step-scan-said")).to_have_text(f"已识别 https://lift.example/q/{CODES[LIFT]}")
    assert page.locator("#step .step-camera").evaluate("(video) => [video.srcObject, video.dataset.open]") == [None, ""]
    page.locator("#step-confirm").click()
    expect(page.locator(".stage-step[aria-current] b")).to_have_text("已签到")
    assert CODES[LIFT] in orders_town.log(order)[-1].proof["scan"]


@pytest.mark.parametrize(
    ("permissions", "reader"),
    [
        pytest.param(["geolocation"], READER, id="camera denied"),
        pytest.param(["geolocation", "camera"], "delete window.BarcodeDetector;", id="browser reads no codes"),
    ],
)
def test_without_a_camera_it_is_said_and_the_code_is_typed(sit: Sit, order: int, permissions: list[str], reader: str):
    page = signing_in(sit, order, permissions=permissions, reader=reader)

    page.locator("[data-act=step-scan]").click()

    expect(page.locator(".step-scan-said")).to_have_text("本机不能用摄像头识码，请输入设备编码")
    expect(page.locator("#step-scan")).to_be_focused()
    page.keyboard.type(CODES[LIFT])
    page.keyboard.press("Enter")
    expect(page.locator(".stage-step[aria-current] b")).to_have_text("已签到")
