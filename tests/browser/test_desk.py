"""The incident desk by keyboard alone: a call taken in with its lift, a call answered, a drill begun and ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from data_access.engine import Store
from data_access.repositories.work_orders import Opening, Source
from data_access.watches import Watch, touched
from domain.incidents import Origin, What
from domain.scope import Actor, Role, Scope
from services import drills, incidents, work_orders
from services.incidents import Report
from tests.browser.conftest import PATIENCE_MS, Desk
from tests.integration.web import town

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
LIFT = town.IN_CHANGFENG
STREETS: set[str | None] = {town.CHANGFENG, town.GANQUAN}
RUNNING = re.compile(r"^剩 \d")
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(autouse=True)
def _swept(store: Store) -> Iterator[None]:
    """Every test finds a town without orders and drills."""
    yield
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE work_order_events DISABLE TRIGGER work_order_events_only_grow")
        tx.connection.exec_driver_sql("ALTER TABLE order_photos DISABLE TRIGGER order_photos_only_grow")
        tx.connection.exec_driver_sql("TRUNCATE work_orders, drills CASCADE")
        tx.connection.exec_driver_sql("ALTER TABLE work_order_events ENABLE TRIGGER work_order_events_only_grow")
        tx.connection.exec_driver_sql("ALTER TABLE order_photos ENABLE TRIGGER order_photos_only_grow")
        tx.touch(*touched(Watch.WORK_ORDERS, STREETS))


def now(store: Store) -> datetime:
    """The database's clock."""
    with store.reading() as tx:
        moment: datetime = tx.connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return moment


def somebody(store: Store, username: str, role: Role, streets: tuple[str, ...] | Literal["all"] = "all") -> Actor:
    """An account of the town as an actor."""
    with store.reading() as tx:
        number, name = tx.connection.exec_driver_sql("SELECT id, name FROM accounts WHERE username = %s", (username,)).one()
    return Actor(number, username, name, Scope(role, streets, None, "all"))


def rings(store: Store, origin: Origin = Origin.PROPERTY, code: str = LIFT.code) -> str:
    """A street passes on that somebody is trapped; the order's number."""
    street = somebody(store, "changfeng", Role.STREET, (town.CHANGFENG,))
    told = Report(origin=origin, what=What.TRAPPED, code=code, words="一人被困")
    return incidents.report(street, store, told, at=now(store)).number


def breaks_down(store: Store) -> None:
    """A grave fault is reported while nobody is inside."""
    with store.transaction() as tx:
        sql = "SELECT id, transaction_timestamp() FROM equipment WHERE code = %s"
        machine, at = tx.connection.exec_driver_sql(sql, (LIFT.code,)).one()
        said = {"level": "minor_fault", "urgent": True, "cause": "brake_failure", "reason": "grave_empty", "cause_key": "alarm:brake"}
        opening = Opening(kind="repair", status="reported", equipment_id=machine, opened_at=at, occurred_at=at, **said)
        work_orders.open_(tx, opening, Source(channel="automatic", source="iot", at=at))


def silent(store: Store) -> None:
    """No alarm of the lift is open."""
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("UPDATE alarms SET cleared_at = raised_at + interval '1 second' WHERE cleared_at IS NULL")
        tx.touch(*touched(Watch.ALARMS, STREETS))


def line_of(page: Page, number: str):
    return page.locator(".desk-item", has_text=number)


def test_a_ringing_call_appears_by_itself_and_one_key_answers_it(sit: Sit, store: Store):
    desk = sit("centre")
    page = desk.open("/desk")
    expect(page.locator(".desk-nothing")).to_be_visible()

    number = rings(store)
    expect(line_of(page, number).locator("[data-x-act=answer]")).to_be_visible()
    desk.keep("desk-rings")
    page.keyboard.press("a")

    expect(line_of(page, number)).to_contain_text("centre 值班员")
    expect(line_of(page, number).locator("[data-x-act=answer]")).to_have_count(0)


def test_a_grave_fault_in_an_empty_car_sounds_shorter_until_it_is_answered(sit: Sit, store: Store):
    silent(store)
    desk = sit("centre")
    page = desk.open("/desk")
    expect(page.locator("#siren")).not_to_be_visible()

    breaks_down(store)
    expect(page.locator("#siren-words")).to_have_text("严重故障待接警 1")
    page.wait_for_function("performance.getEntriesByName('siren-fault').length > 0")
    assert page.evaluate("performance.getEntriesByName('siren').length") == 0
    page.locator("[data-x-act=answer]").click()

    expect(page.locator("#siren")).not_to_be_visible()


def test_a_call_by_telephone_is_on_map_and_list_within_three_seconds(sit: Sit, store: Store):
    silent(store)
    map_, list_ = sit("centre"), sit("centre")
    map_.open(f"/map?pick={LIFT.code}")
    list_.open("/work-orders")
    expect(map_.page.locator(".card-title")).to_have_attribute("data-tone", "none")

    number = rings(store, Origin.POLICE)

    soon = {"timeout": 3000}
    callout, row = map_.page.locator(".callout a"), list_.page.locator(".order-item", has_text=number)
    expect(callout).to_contain_text(number, **soon)
    expect(callout).to_contain_text("无人承办", **soon)
    expect(callout.locator("[data-x-due]")).to_have_text(RUNNING, **soon)
    expect(row.locator("[data-x-due]")).to_have_text(RUNNING, **soon)
    expect(row).to_contain_text("无人承办", **soon)
    card = map_.page.locator(".card-order")
    expect(card).to_contain_text(number)
    expect(card.locator("[data-x-due]")).to_have_text(RUNNING)
    expect(map_.page.locator(".card-title")).to_have_attribute("data-tone", "crit")
    map_.keep("map-order")


def test_a_call_is_taken_in_without_a_mouse(sit: Sit):
    desk = sit("centre")
    page = desk.open("/desk")

    page.keyboard.press("n")
    page.keyboard.type(LIFT.code)
    expect(page.locator(".intake-offer")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#intake-hint")).to_contain_text("目前没有在办工单")
    desk.keep("desk-intake")
    page.locator("#intake-words").focus()
    page.keyboard.type("两人被困")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#desk-said")).to_contain_text("已生成工单")
    expect(page.locator(".desk-item")).to_contain_text(LIFT.name)
    expect(page.locator("#intake")).not_to_be_visible()


def practises(store: Store) -> None:
    """A drill goes on, and a call of it was taken in beside a real one."""
    centre = somebody(store, "centre", Role.OPERATIONS_CENTRE)
    drills.start(centre, store, name="四季度演练", at=now(store))
    told = Report(origin=Origin.PHONE, what=What.TRAPPED, code=town.IN_GANQUAN.code, words="演练：两人被困", drill=True)
    incidents.report(centre, store, told, at=now(store))


def test_a_drill_is_announced_while_it_lasts(sit: Sit, store: Store):
    desk = sit("centre")
    page = desk.open("/desk")

    page.locator("[data-act=drill-start]").click()
    page.keyboard.type("四季度演练")
    page.locator("#drill-start").click()
    expect(page.locator(".drill-banner")).to_contain_text("四季度演练")
    page.keyboard.press("n")
    page.keyboard.type(town.IN_GANQUAN.code)
    page.locator(".intake-offer").click()
    page.locator(".intake-drill input").check()
    page.locator("#intake-confirm").click()
    drill = page.locator('.desk-item[data-x-drill="1"]')
    expect(drill).to_contain_text(town.IN_GANQUAN.name)
    expect(drill.locator('[data-x-mark="drill"]')).to_have_text("演练")
    expect(page.locator(".desk-figure").nth(0)).to_contain_text("0")
    page.locator("[data-x-act=drill-stop]").click()
    page.locator("#drill-stop").click()

    expect(page.locator(".drill-banner .drill")).to_have_count(0)
    expect(drill).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (390, 844)], ids=["desk", "phone"])
def test_a_drill_is_marked_on_desk_list_and_order(sit: Sit, store: Store, width: int, height: int):
    rings(store)
    practises(store)
    desk = sit("centre", width=width, height=height)
    page = desk.open("/desk")
    expect(page.locator(".drill-banner")).to_contain_text("四季度演练")
    line = page.locator('.desk-item[data-x-drill="1"]')
    expect(line).to_have_count(1)
    line.scroll_into_view_if_needed()
    desk.keep(f"drill-desk-{width}")
    number = line.get_attribute("data-x-order")

    for path, mark, name in (
        ("/work-orders?drill=1", '.order-item [data-x-mark="drill"]', "list"),
        (f"/work-orders/{number}", '.head [data-x-mark="drill"]', "order"),
    ):
        desk.open(path)
        expect(page.locator(mark)).to_have_text("演练")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        desk.keep(f"drill-{name}-{width}")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (390, 844)], ids=["desk", "phone"])
def test_nothing_of_the_desk_stands_outside_its_window(sit: Sit, store: Store, width: int, height: int):
    rings(store)
    desk = sit("centre", width=width, height=height)
    page = desk.open("/desk")
    desk.keep(f"desk-{width}")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    height_of = page.locator(".desk-item [data-x-act=answer]").evaluate("(one) => one.offsetHeight")
    assert width > 760 or height_of >= 44


@pytest.mark.parametrize(("width", "panels"), [(1920, ("funnel", "rescue-clock")), (3840, ("funnel", "rescue-clock", "rescue-course"))])
def test_the_wall_shows_the_closed_loop_and_the_rescue_inside_its_screen(sit: Sit, store: Store, width: int, panels: tuple[str, ...]):
    rings(store)
    desk = sit("wall", width=width, height=1080)
    page = desk.open("/")
    desk.keep(f"wall-orders-{width}")

    for panel in panels:
        box = page.locator(f"[data-panel={panel}]").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 1080
    tabs, title = page.locator(".hd-r > .chrome").first.bounding_box(), page.locator(".title h1").bounding_box()
    assert tabs is not None
    assert title is not None
    assert tabs["x"] > title["x"] + title["width"]
