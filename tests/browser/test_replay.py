"""The film of an alarm and the rules page, as somebody with mouse and keyboard meets them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Page, expect

from data_access import partitions
from data_access.engine import Store, connect
from services.telemetry_memory import recall
from tests.browser.conftest import Desk
from tests.integration.ingest.district import CALM, beijing
from tests.integration.ingest.district import say as say_all
from tests.integration.web import town

pytestmark = pytest.mark.browser

SIT = Callable[..., Desk]
HELD = 120  # seconds of open doors that are an alarm
SIZES = [(1920, 1080), (390, 844)]
KEY = "elevator.door_held_seconds"


@pytest.fixture(scope="module")
def alarm(server: object, database_url: str) -> int:
    """Doors that stood open for two minutes and a half, in 长风; they had been shut for a minute before."""
    store = connect(database_url)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    with store.transaction() as tx:
        partitions.ensure(tx, start, hours_ahead=1)
    _stands_open(store, start)
    store.close()
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = connection.execute("SELECT id FROM alarms WHERE rule = 'door_held_open'").fetchone()
    assert found is not None
    return int(found[0])


def _stands_open(store: Store, start: datetime) -> None:
    memory = recall(store, at=start)
    for second in range(0, 210, 5):
        at = start + timedelta(seconds=second)
        doors = {"Door_Status": 4, "Door_Close_Status": False} if second >= 60 else {}
        body = {"registerNumber": town.IN_CHANGFENG.code, "samplingTime": beijing(at), **CALM, **doors}
        say_all(store, memory, _message(body), at=at + timedelta(seconds=1))


def _message(body: dict[str, object]) -> tuple[str, bytes]:
    return f"pt/v1/xzl/elevator/{town.IN_CHANGFENG.code}/state", json.dumps(body).encode()


def clock(page: Page) -> str:
    """What the film says of the time: "18:31:37  −3 s"."""
    return page.locator(".film-clock").inner_text()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_film_is_played_stepped_and_scrubbed(sit: SIT, alarm: int, width: int, height: int):
    desk = sit("bureau", width=width, height=height)
    page = desk.open(f"/alarms/{alarm}?t=-30")

    assert clock(page).endswith("−30 s")
    expect(page.locator(".film-rules")).to_contain_text("已持续 90 秒，需 120 秒")
    expect(page.locator("#replay--same")).to_contain_text("回放一致")
    page.keyboard.press("ArrowRight")
    assert clock(page).endswith("−25 s")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert clock(page).endswith("−35 s")
    assert page.url.endswith("?t=-35")
    page.get_by_role("button", name="20×").click()
    page.locator(".film-clock").click()  # a button that has the focus would take the space itself
    page.keyboard.press("Space")
    expect(page.locator(".film[data-playing=true]")).to_have_count(1)
    expect(page.locator(".film-rules")).to_contain_text("告警已在进行")
    page.keyboard.press("Space")
    expect(page.locator(".film[data-playing=false]")).to_have_count(1)
    desk.keep(f"replay-{width}")


def test_a_film_says_why_not_earlier_and_shows_the_messages(sit: SIT, alarm: int):
    page = sit("bureau").open(f"/alarms/{alarm}")

    stretches = page.locator(".why-rule li")
    expect(stretches).to_have_count(3)
    expect(stretches.nth(2)).to_contain_text("门状态为关到位")
    stretches.nth(1).get_by_role("button").click()
    assert clock(page).endswith("−120 s")
    current = page.locator(".message[aria-current=true]")
    expect(current).to_contain_text("Door_Close_Status = 否")
    expect(page.locator(".setting").first).to_contain_text("120 s")


def test_the_alarm_list_leads_to_the_film(sit: SIT, alarm: int):
    page = sit("bureau").open(f"/alarms?id={alarm}")

    page.locator(f".al-item a[href='/alarms/{alarm}']").click()

    expect(page.locator("#replay--title")).to_have_text("长时间开门")
    expect(page.locator(".film[data-ready]")).to_have_count(1)


def test_the_film_of_another_street_is_as_one_that_does_not_exist(sit: SIT, alarm: int):
    page = sit("ganquan").open(f"/alarms/{alarm}")
    foreign = page.locator(".missing").inner_text()
    page = sit("ganquan").open("/alarms/99999999")

    assert page.locator(".missing").inner_text() == foreign
    expect(page.locator(".missing")).to_be_visible()
    expect(page.locator(".film")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_threshold_is_tried_put_in_force_and_taken_back(sit: SIT, alarm: int, database_url: str, width: int, height: int):
    desk = sit("bureau", width=width, height=height)
    page = desk.open(f"/rules?key={KEY}")

    page.locator("#rule--value").fill("140")
    page.locator("#rule-try").click()
    result = page.locator(".test-chosen")
    expect(result).to_contain_text("完成")
    expect(result.locator(".test-difference")).to_contain_text("变动")
    expect(result.get_by_role("link", name="回放")).to_have_attribute("href", f"/alarms/{alarm}")
    assert re.search(r"test=\d+", page.url)
    desk.keep(f"rules-{width}")

    page.locator("#rule-confirm").click()
    expect(page.locator("#rule-problem")).to_have_text("请写明原因（不超过 500 字）")
    page.locator("#rule-why").fill("商场早高峰开门时间长")
    page.locator("#rule-confirm").click()
    newest = page.locator(".rule-version").first
    expect(newest).to_contain_text("商场早高峰开门时间长")
    expect(newest).to_contain_text("140 s")

    page.locator(".rule-version").last.get_by_role("button").click()
    expect(page.locator("#rule--value")).to_have_value("120")
    expect(page.locator("#rule-why")).to_have_value("恢复第 0 版")
    page.locator("#rule-confirm").click()
    expect(newest).to_contain_text("120 s")


def test_who_may_not_change_rules_may_look(sit: SIT):
    page = sit("changfeng").open(f"/rules?key={KEY}")

    expect(page.locator(".rule-row.turn")).not_to_have_count(0)
    expect(page.locator(".rules-chosen")).to_contain_text("您可以查看，无权修改")
    expect(page.locator("#rule-confirm")).to_have_count(0)
