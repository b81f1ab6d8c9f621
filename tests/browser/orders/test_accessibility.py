"""Nothing serious keeps anybody out of the pages of work orders: axe-core on each of them, dark and light, desk and phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from domain.scope import Role
from domain.work_orders import OrderKind, Step
from tests.browser.conftest import Desk
from tests.order_town import LIFT, PASSWORD, SECOND_LIFT, Town

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
GRAVE = {"serious", "critical"}
PAGES = ("/desk", "/work-orders", "/work-orders?view=board", "/work-orders/{order}", "/duty", "/notifications", "/publicity", "/feedback")


@pytest.fixture(scope="module")
def orders_town(orders_town: Town) -> Town:
    """The town of work orders, with something on each of the pages."""
    town, now = orders_town, datetime.now(UTC)
    town.open(OrderKind.REPAIR, machine=SECOND_LIFT, at=now - timedelta(minutes=20))
    town.sql(
        "INSERT INTO sites (id, name, pinyin, search_key, street_code, place_kind, address) "
        "SELECT 1, '听涛苑', '', '', street_code, 'residential', '石泉路 1 号' FROM equipment WHERE id = %s",
        LIFT,
    )
    town.sql("UPDATE equipment SET site_id = 1 WHERE id = %s", LIFT)
    town.sql(
        "INSERT INTO alarms (equipment_id, kind, street_code, family, rule, category, level, reason, source, raised_at, detected_at, "
        "cleared_at, last_occurred_at, occurrences) SELECT id, kind, street_code, 'jumping', 'jumping', 'uncivil_behavior', 'minor_fault', "
        "'minor', 'event', now(), now(), now(), now(), 7 FROM equipment WHERE id = %s",
        LIFT,
    )
    for week, done in ((0, None), (5, now - timedelta(days=3))):
        town.sql(
            "INSERT INTO publicity (site_id, behaviour, count, since, until, done_at, done_by, note) "
            "VALUES (1, 'jumping', 7, %s, %s, %s, %s, '张贴提示')",
            now - timedelta(days=2 + week), now + timedelta(days=5), done, done and "周",
        )  # fmt: skip
    return town


@pytest.fixture(scope="module")
def order(orders_town: Town) -> int:
    """A rescue somebody is on the way to."""
    number = int(orders_town.open(machine=LIFT, at=datetime.now(UTC)).id)
    orders_town.step(Role.MAINTENANCE_UNIT, number, Step.ACCEPT, at=datetime.now(UTC))
    return number


def found(page: Page) -> list[str]:
    """The serious findings, each with its first elements."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']} {[node['target'] for node in each['nodes'][:9]]}" for each in violations if each["impact"] in GRAVE
    ]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(sit: Sit, order: int, path: str):
    desk = sit(Role.OPERATIONS_CENTRE.value, password=PASSWORD, motion="reduce")
    page = desk.page
    page.goto(desk.base + path.format(order=order))
    page.locator("html[data-stream=live]").wait_for(state="attached")
    expect(page.locator("main h1, main h2").first).to_be_attached()
    expect(page.locator("[data-panel][data-state=loading]")).to_have_count(0)

    dark = found(page)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    light = found(page)
    page.set_viewport_size({"width": 390, "height": 844})
    phone = found(page)

    assert (dark, light, phone) == ([], [], [])


def test_axe_finds_nothing_serious_in_the_form_for_a_call(sit: Sit, orders_town: Town):
    desk = sit(Role.OPERATIONS_CENTRE.value, password=PASSWORD, motion="reduce")
    page = desk.open("/desk")
    page.keyboard.press("n")
    page.keyboard.type("31101070052019000001")
    expect(page.locator(".intake-offer")).to_have_count(1)
    page.locator("#intake-what label").nth(1).click()

    assert found(page) == []
