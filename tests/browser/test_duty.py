"""The duty page in a real Chromium: a team is made by hand, stands on the map, and gets a shift; on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk
from tests.integration.web import town

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]


@pytest.fixture
def unit(server: object, database: psycopg.Connection) -> Iterator[str]:
    """The unit that maintains the lift in Changfeng; afterwards no team is left."""
    name = "上海榕驰电梯工程有限公司"
    insert = "INSERT INTO organizations (name, kind, pinyin) VALUES (%s, 'maintenance_unit', 'rcdt') RETURNING id"
    row = database.execute(insert, (name,)).fetchone()
    assert row is not None
    database.execute("UPDATE equipment SET maintenance_unit_id = %s WHERE code = %s", (row[0], town.IN_CHANGFENG.code))
    yield name
    database.execute("DELETE FROM duty_shifts")
    database.execute("DELETE FROM response_teams")
    database.execute("UPDATE equipment SET maintenance_unit_id = NULL")
    database.execute("DELETE FROM organizations")


def test_a_team_is_made_by_hand_stands_on_the_map_and_gets_a_shift(sit: Sit, unit: str, database: psycopg.Connection):
    desk = sit("centre", width=1920, height=1080)
    page = desk.open("/duty")

    page.get_by_role("button", name="新增班组").click()
    page.locator("#duty-teams--unit").press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("班组名称").fill("听涛驻点")
    page.get_by_label("经度").fill("121.40")
    page.get_by_label("经度").press("Enter")
    expect(page.locator("#duty-team .problem")).to_have_text("经纬度应成对填写，WGS-84 度")
    page.get_by_label("纬度").fill("31.23")
    page.get_by_label("纬度").press("Enter")
    row = page.locator(".duty-row", has_text="听涛驻点")
    row.wait_for()
    expect(page.locator(".team-mark")).to_have_count(1)
    row.click()
    expect(page.locator(".team-mark[data-chosen]")).to_have_count(1)

    page.get_by_role("button", name="添加班次").click()
    page.locator("#duty-shift--name").fill("陈岚")
    page.locator("#duty-shift--name").press("Enter")
    page.locator(".duty-shift", has_text="陈岚").wait_for()
    desk.keep("duty_desk")

    page.locator(".duty-shift").get_by_role("button", name="移除").click()
    page.get_by_role("button", name="确定").click()
    expect(page.locator(".duty-shift")).to_have_count(0)
    assert database.execute("SELECT name FROM response_teams").fetchall() == [("听涛驻点",)]


@pytest.mark.parametrize(("size", "username"), [((1920, 1080), "centre"), ((390, 844), "changfeng")], ids=["desk", "phone"])
def test_the_page_fits_its_window(sit: Sit, unit: str, database: psycopg.Connection, size: tuple[int, int], username: str):
    database.execute("INSERT INTO response_teams (organization_id, name, lng, lat) SELECT id, '听涛驻点', 121.4, 31.23 FROM organizations")
    desk = sit(username, width=size[0], height=size[1])
    page = desk.open("/duty")

    page.locator(".duty-row").click()
    page.locator(".duty-facts b", has_text="听涛驻点").wait_for()

    desk.keep(f"duty_{size[0]}")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_the_wall_names_who_leads_and_who_sits_at_the_desk(sit: Sit, unit: str, database: psycopg.Connection):
    span = (datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1))
    for post, name in (("leader", "沈若川"), ("officer", "季云澜")):
        database.execute("INSERT INTO duty_shifts (post, name, starts_at, ends_at) VALUES (%s, %s, %s, %s)", (post, name, *span))
    page = sit("wall", width=1920, height=1080).open("/")

    expect(page.locator(".hd-duty")).to_have_text("值班领导沈若川值班员季云澜")
