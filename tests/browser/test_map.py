"""The map: whoever stands outside the district is told and can be seen, and what moves is where it says it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from data_access.engine import Store
from data_access.repositories import equipment
from domain.equipment import KINDS
from tests.browser.conftest import Desk
from tests.integration.web import town
from tests.readings_fixture import State, upsert_states

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
NEW_YORK = (-73.98, 40.75)
AT_HOME = (121.40123456, 31.23)
TRUCK = 900
STANDS, WORKS = (121.40, 31.24), (121.42, 31.25)


@pytest.fixture
def abroad(store: Store) -> Iterator[None]:
    """The machine in no street stands in New York."""
    move(store, NEW_YORK)
    yield
    move(store, AT_HOME)


def move(store: Store, to: tuple[float, float]) -> None:
    lift = town.IN_NO_STREET
    with store.transaction() as tx:
        equipment.upsert(tx, [{"code": lift.code, "kind": "elevator", "name": lift.name, "lng": to[0], "lat": to[1]}])


def sees(page: Page, place: tuple[float, float]) -> bool:
    """Whether the map shows a longitude and latitude."""
    found: bool = page.evaluate("([lng, lat]) => putuo.map.current.map.getBounds().contains([lat, lng])", list(place))
    return found


def test_a_machine_abroad_is_told_shown_and_left_by_keyboard(sit: Sit, abroad: None):
    page = sit("centre").open("/map")
    page.locator(".map-outside", has_text="1 台在本区范围以外").wait_for()
    assert (sees(page, NEW_YORK), sees(page, AT_HOME)) == (False, True)

    page.get_by_role("button", name="显示", exact=True).press("Enter")
    assert (sees(page, NEW_YORK), sees(page, AT_HOME)) == (True, True)

    page.locator(".map-outside").get_by_role("button", name="返回本区").press("Enter")
    assert (sees(page, NEW_YORK), sees(page, AT_HOME)) == (False, True)


def test_a_chosen_street_is_looked_at_and_no_street_by_its_machines(sit: Sit, abroad: None):
    page = sit("centre").open("/map?street=none")
    page.locator(".mapbox[data-looks=none]").wait_for()
    assert (sees(page, NEW_YORK), sees(page, AT_HOME)) == (True, False)

    page.locator("a.chip", has_text="长风新村街道").click()
    page.locator(f".mapbox[data-looks='{town.CHANGFENG}']").wait_for()
    assert not page.locator(".map-outside").is_visible()
    near = page.evaluate("putuo.map.current.map.getZoom()")
    assert (sees(page, NEW_YORK), sees(page, AT_HOME)) == (False, True)

    page.get_by_role("group", name="街镇").get_by_text("全部", exact=True).click()
    page.locator(".mapbox[data-looks='']").wait_for()
    assert page.evaluate("putuo.map.current.map.getZoom()") < near


def test_the_wall_says_who_is_outside_and_leads_to_them(sit: Sit, abroad: None):
    desk = sit("wall", width=1920, height=1080)
    page = desk.open("/")

    page.locator(".map-outside a", has_text="1 台在本区范围以外").click()

    page.wait_for_url("**/map?fit=all")
    desk.settle()
    page.locator(".map-outside", has_text="1 台").wait_for()
    page.locator(".mapbox[data-looks=all]").wait_for()
    assert sees(page, NEW_YORK)


def test_a_district_without_strangers_says_nothing(sit: Sit):
    page = sit("centre").open("/map")
    page.locator("#map-shown", has_text="台").wait_for()

    assert not page.locator(".map-outside").is_visible()


def test_a_truck_is_drawn_where_it_says_it_is(sit: Sit, store: Store):
    at = datetime.now(UTC)
    values = tuple({"lng": WORKS[0], "lat": WORKS[1]}.get(field.key) for field in KINDS["forklift"].fields)
    truck = {"id": TRUCK, "code": "FK-1", "kind": "forklift", "name": "1 号叉车", "lng": STANDS[0], "lat": STANDS[1]}
    with store.transaction() as tx:
        equipment.add_all(tx, [{**truck, "street_code": town.CHANGFENG, "monitor_vendor": "xzl"}])
        upsert_states(tx, [State(TRUCK, "forklift", "xzl", at, at, values, 5.0, "online")])
    page = sit("centre").open("/map")
    page.locator("#map-shown", has_text="4 / 4").wait_for()

    x, y = page.evaluate(
        "([lng, lat]) => { const { map } = putuo.map.current; const p = map.latLngToContainerPoint([lat, lng]);"
        " const box = map.getContainer().getBoundingClientRect(); return [box.left + p.x, box.top + p.y]; }",
        list(WORKS),
    )
    page.mouse.click(x, y)

    page.locator(".card-title", has_text="1 号叉车").wait_for()
    assert "上报" in page.locator(".pairs").inner_text()
