"""The screens in a real Chromium: complete, live, keyboard-driven, and blind beyond the reader's scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import expect

from data_access.engine import Store
from data_access.repositories import alarms
from data_access.repositories.alarms import Raised
from tests.browser.conftest import Desk
from tests.integration.web import town

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
PAGES = ("/", "/map", "/alarms", "/equipment", "/rules", f"/equipment/{town.IN_CHANGFENG.code}")
SIZES = {"wall": (1920, 1080), "wide": (3840, 1080), "laptop": (1366, 768), "phone": (390, 844)}
VIEWS = [("/", "wall"), ("/", "wide"), *((path, size) for path in PAGES for size in ("laptop", "phone"))]


def raise_alarm(store: Store, code: str, rule: str, level: str = "minor_fault", category: str = "fault") -> None:
    """What the ingest worker does with a verdict."""
    now = datetime.now(UTC)
    with store.transaction() as tx:
        found = tx.connection.exec_driver_sql("SELECT id FROM equipment WHERE code = %s", (code,)).scalar_one()
        alarms.raise_(
            tx,
            [
                Raised(
                    equipment_id=found,
                    family=rule,
                    rule=rule,
                    category=category,
                    level=level,
                    urgent=level != "minor_fault",
                    reason="minor",
                    source="rule",
                    raised_at=now - timedelta(seconds=2),
                    detected_at=now,
                )
            ],
        )


@pytest.mark.parametrize(("path", "size"), VIEWS)
def test_every_page_is_drawn_without_overflow(sit: Sit, path: str, size: str):
    width, height = SIZES[size]
    desk = sit("centre", width=width, height=height)

    page = desk.open(path)

    desk.keep(f"{path.strip('/').replace('/', '-') or 'overview'}_{size}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("[data-state=failed]").count() == 0
    assert page.locator(".demo").is_visible()


def test_an_alarm_reaches_the_wall_without_a_reload(sit: Sit, store: Store):
    desk = sit("wall", width=1920, height=1080)
    page = desk.open("/")
    before = page.evaluate("performance.timeOrigin")

    raise_alarm(store, town.IN_GANQUAN.code, "door_held_open")

    page.locator(".al-row", has_text="长时间开门").wait_for()
    assert "望泉里 2 号梯" in page.locator(".al-row", has_text="长时间开门").inner_text()
    assert page.evaluate("performance.timeOrigin") == before


def test_a_street_account_sees_no_other_street_anywhere(sit: Sit):
    desk = sit("changfeng")

    for path in PAGES:
        shown = desk.open(path).locator("body").inner_text()
        assert town.IN_GANQUAN.name not in shown, path
        assert town.IN_GANQUAN.code not in shown, path


def test_a_street_account_hears_nothing_of_other_streets(sit: Sit, store: Store):
    desk = sit("changfeng")
    page = desk.open("/alarms")
    page.evaluate("window.drawings = 0; document.addEventListener('putuo:drawn', () => window.drawings++)")

    raise_alarm(store, town.IN_GANQUAN.code, "button_stuck")
    raise_alarm(store, town.IN_CHANGFENG.code, "floor_lost")

    page.locator(".al-item", has_text="楼层信息丢失").wait_for()
    assert page.locator(".al-item", has_text="按钮粘连").count() == 0


@pytest.mark.parametrize("code", [town.IN_GANQUAN.code, "31101070142019999999"], ids=["another street's", "nobody's"])
def test_what_is_out_of_scope_looks_like_what_does_not_exist(sit: Sit, code: str):
    desk = sit("changfeng")

    page = desk.open(f"/equipment/{code}")

    page.locator(".missing h1").wait_for()
    assert page.locator(".missing").inner_text().startswith("没有找到这个页面")
    assert not page.locator(".dossier").is_visible()


def test_an_alarm_is_acknowledged_with_name_and_note_by_keyboard(sit: Sit, store: Store, database: psycopg.Connection):
    raise_alarm(store, town.IN_CHANGFENG.code, "speed_abnormal")
    desk = sit("centre")
    page = desk.open("/alarms?family=speed_abnormal")

    page.keyboard.press("j")
    page.keyboard.press("a")
    page.locator("#acknowledge-name").fill("王值班")
    page.locator("#acknowledge-note").fill("已电话通知维保单位")
    page.locator("#acknowledge-confirm").click()
    page.locator(".al-item", has_text="王值班").wait_for()

    row = database.execute("SELECT acknowledged_by, acknowledgement_note FROM alarms WHERE family = 'speed_abnormal'").fetchone()
    assert row == ("王值班", "已电话通知维保单位")
    assert not page.locator("#acknowledge").is_visible()


def test_an_acknowledgement_needs_a_name(sit: Sit):
    desk = sit("centre")
    page = desk.open("/alarms?acknowledged=no")

    page.locator("[data-x-act=acknowledge]").first.click()
    page.locator("#acknowledge-name").fill("")
    page.locator("#acknowledge-confirm").click()

    page.locator("#acknowledge-problem", has_text="请填写姓名").wait_for()


def test_a_filter_is_in_the_address_and_a_pasted_link_shows_the_same(sit: Sit):
    desk = sit("centre")
    page = desk.open("/alarms")
    page.locator("a.chip", has_text="甘泉路街道").click()
    page.wait_for_url("**/alarms?street=310107016")
    expect(page.locator(".al-item", has_text="听涛苑")).to_have_count(0)
    seen = page.locator(".al-item").count()

    pasted = sit("bureau").open("/alarms?street=310107016")

    assert pasted.locator(".al-item").count() == seen > 0
    assert pasted.locator("a.chip[aria-current=true]", has_text="甘泉路街道").count() == 1


def test_a_filter_that_came_with_the_address_can_be_taken_away(sit: Sit):
    page = sit("centre").open("/alarms?street=310107016")
    page.locator(".al-item", has_text="望泉里").first.wait_for()

    page.get_by_role("group", name="街镇").get_by_text("全部", exact=True).click()

    page.locator(".al-item", has_text="听涛苑").first.wait_for()
    assert page.url.endswith("/alarms")


def test_the_list_finds_a_machine_by_part_of_its_code(sit: Sit):
    desk = sit("centre")
    page = desk.open("/equipment")
    page.locator(".ag-row", has_text=town.IN_GANQUAN.name).wait_for()

    page.keyboard.press("/")
    page.keyboard.type("1E21")

    page.locator(".ag-row", has_text=town.IN_GANQUAN.name).wait_for(state="detached")
    page.locator(".ag-row", has_text="1E217").wait_for()
    assert "q=1E21" in page.url


def test_markup_in_a_name_is_shown_not_run(sit: Sit, store: Store, database: psycopg.Connection):
    database.execute("UPDATE equipment SET name = '<img src=x onerror=document.title=1>' WHERE code = %s", (town.IN_NO_STREET.code,))
    raise_alarm(store, town.IN_NO_STREET.code, "power_cut")
    desk = sit("centre")

    page = desk.open("/alarms")

    page.locator(".al-item", has_text="<img src=x").first.wait_for()
    assert page.title() != "1"


def test_keys_lead_from_page_to_page(sit: Sit):
    desk = sit("centre")
    page = desk.open("/alarms")

    for second, path in (("m", "/map"), ("e", "/equipment"), ("o", "/"), ("a", "/alarms")):
        page.keyboard.press("g")
        page.keyboard.press(second)
        page.wait_for_url(desk.base + path)
        desk.settle()
    page.keyboard.press("?")

    assert page.locator("#keys").is_visible()


def test_an_entrapment_rings_until_muted_and_the_mute_expires(sit: Sit):
    desk = sit("centre")
    page = desk.open("/alarms")
    page.locator("#siren").wait_for()

    page.locator("#siren-mute").click()

    assert "静音中" in page.locator("#siren-mute").inner_text()
    until = page.evaluate("Number(localStorage.getItem('putuo.mute')) - Date.now()")
    assert 590_000 < until <= 600_000


def test_the_screen_says_so_when_the_server_is_silent(sit: Sit):
    desk = sit("centre")
    page = desk.open("/alarms")

    page.context.set_offline(True)
    page.evaluate("putuo.stream.stop()")
    page.locator("#veil").wait_for()
    seen = page.locator("#veil").inner_text()
    page.context.set_offline(False)

    assert "失去联系" in seen
    page.locator("#veil").wait_for(state="hidden")
    desk.complaints.clear()  # the browser reports the requests that failed while it was offline


def test_english_is_one_click_away_and_stays(sit: Sit):
    desk = sit("centre")
    page = desk.open("/map")

    page.get_by_role("button", name="English").click()
    desk.settle()
    page = desk.open("/alarms")

    assert page.locator("html").get_attribute("lang") == "en"
    tabs = "Desk, Overview, Map, Orders, Alarms, Equipment, Truth, Rules, On duty, Notices, Intake"
    assert page.locator("nav a").all_inner_texts() == tabs.split(", ")


def test_reduced_motion_stops_pulse_and_ticker(sit: Sit):
    desk = sit("wall", width=1920, height=1080, motion="reduce")

    page = desk.open("/")

    assert page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length") == 0


def test_the_kiosk_has_no_chrome(sit: Sit):
    desk = sit("wall", width=1920, height=1080)

    page = desk.open("/?kiosk=1")

    assert not page.locator("nav").first.is_visible()
    assert page.locator("h1").inner_text() == "普陀区特种设备智慧监管指挥平台"


def test_the_devices_of_the_map_are_drawn_and_open_their_card(sit: Sit):
    desk = sit("changfeng")
    page = desk.open("/map")
    page.locator("#map-shown", has_text="1 / 1").wait_for()

    x, y = page.evaluate(
        "(() => { const map = putuo.map.current.map; const p = map.latLngToContainerPoint([31.23, 121.40123456]);"
        " const box = map.getContainer().getBoundingClientRect(); return [box.left + p.x, box.top + p.y]; })()"
    )
    page.mouse.click(x, y)

    page.locator(".card-title", has_text=town.IN_CHANGFENG.name).wait_for()
    assert f"pick={town.IN_CHANGFENG.code}" in page.url
