"""The truth board and the verdicts it counts, in a real Chromium: by keyboard, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Page, expect

from data_access.engine import Store, connect
from tests.browser.conftest import Desk
from tests.browser.test_screens import raise_alarm
from tests.integration.data_access import month
from tests.integration.data_access.district import AT
from tests.integration.web import town

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
SIZES = {"wall": (1920, 1080), "phone": (390, 844)}
HEARD = datetime.now(UTC) - AT  # the known month ends now


@pytest.fixture(scope="module")
def known(server: object, database_url: str) -> Iterator[list[month.Known]]:
    """A month of the town of which everything is known."""
    moved = [
        replace(alarm, machine=machine, street=town.LIFTS[machine - 1].street, vendor="xzl", at=alarm.at + HEARD)
        for alarm in month.alarms(3000, seed=5)
        for machine in (alarm.machine % 3 + 1,)
    ]
    missing = [replace(lost, family="jumping") for lost in month.unreported(moved, seed=6)]
    store = connect(database_url)
    month.write(store, moved, missing, judged=0.7, seed=7, standing_share=0)
    store.close()
    yield moved
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("DELETE FROM alarm_verdicts")
        database.execute("DELETE FROM missed_occurrences")
        database.execute("DELETE FROM alarms WHERE source = 'rule'")


def test_a_verdict_is_given_and_corrected_by_keyboard(sit: Sit, store: Store, database: psycopg.Connection):
    raise_alarm(store, town.IN_CHANGFENG.code, "floor_lost")
    desk = sit("centre", width=1920, height=1080)
    page = desk.open("/alarms?family=floor_lost")

    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="误报")).to_be_checked()
    desk.keep("verdict_wall")
    page.keyboard.press("Enter")
    page.locator(".al-item .verdict", has_text="误报").wait_for()

    page.keyboard.press("j")
    page.keyboard.press("v")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.locator("#acknowledge-problem", has_text="改判须说明理由").wait_for()
    page.locator("#acknowledge-note").focus()
    page.keyboard.type("现场核实属实 12")
    page.keyboard.press("Control+Enter")
    page.locator(".al-item .verdict", has_text="属实").wait_for()

    given = database.execute("SELECT verdict, note FROM alarm_verdicts ORDER BY id").fetchall()
    assert given == [("false", ""), ("confirmed", "现场核实属实 12")]
    assert not page.locator("#acknowledge").is_visible()
    page.get_by_role("group", name="核实结论").get_by_text("误报", exact=True).click()
    expect(page.locator(".al-item")).to_have_count(0)


def test_who_comes_second_hears_who_was_first(sit: Sit, store: Store, database: psycopg.Connection):
    raise_alarm(store, town.IN_CHANGFENG.code, "button_stuck")
    page = sit("centre").open("/alarms?family=button_stuck")
    page.keyboard.press("j")
    page.keyboard.press("a")
    database.execute("UPDATE alarms SET acknowledged_at = now(), acknowledged_by = '李某' WHERE family = 'button_stuck'")

    page.keyboard.press("3")
    page.keyboard.press("Enter")

    page.locator("#acknowledge-problem", has_text="李某").wait_for()


def test_the_dialog_fits_a_phone(sit: Sit, store: Store):
    raise_alarm(store, town.IN_CHANGFENG.code, "door_close_fault")
    desk = sit("centre", width=390, height=844)
    page = desk.open("/alarms?family=door_close_fault")

    page.locator("[data-x-act=acknowledge]").first.click()

    desk.keep("verdict_phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    choices = [choice.bounding_box() for choice in page.locator("#acknowledge-verdict label").all()]
    assert all(box is not None and box["height"] >= 40 for box in choices)


@pytest.mark.parametrize("by", ["rule", "vendor", "street"])
@pytest.mark.parametrize("size", SIZES)
def test_the_board_is_drawn_without_overflow(sit: Sit, known: list[month.Known], size: str, by: str):
    width, height = SIZES[size]
    desk = sit("centre", width=width, height=height)

    page = desk.open(f"/truth?by={by}")

    desk.keep(f"truth_{by}_{size}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("[data-state=failed]").count() == 0


def test_a_count_leads_to_the_alarms_behind_it(sit: Sit, known: list[month.Known]):
    page = sit("centre", width=1920, height=1080).open("/truth?by=rule")
    line = page.locator(".truth-table .whole", has_text="长时间开门")
    drills = line.locator("a[data-x-of=演练]")
    counted = int(drills.inner_text())

    drills.click()

    page.wait_for_url("**/alarms?*verdict=drill*")
    expect(page.locator(".al-item")).to_have_count(counted)
    assert 0 < counted < 50


def test_the_number_of_missed_leads_to_the_list_of_them(sit: Sit, known: list[month.Known]):
    page = sit("centre", width=1920, height=1080).open("/truth?by=rule&days=30")

    page.locator(".truth-table .whole", has_text="蹦跳").locator("a[data-x-of=漏报]").click()

    page.wait_for_url("**/truth?*of=jumping#truth-missed")
    expect(page.get_by_text("仅所选一行")).to_be_visible()
    expect(page.locator("#truth-missed")).to_be_in_viewport(ratio=0.1)
    assert set(page.locator(".missed-rows b").all_inner_texts()) == {"蹦跳"}


def test_another_division_and_period_are_in_the_address(sit: Sit, known: list[month.Known]):
    page = sit("centre", width=1920, height=1080).open("/truth")

    page.get_by_role("group", name="划分").get_by_text("街镇", exact=True).click()
    page.wait_for_url("**/truth?*by=street*")
    page.locator(".truth-table .whole", has_text="长风新村街道").wait_for()
    page.get_by_text("近 7 天", exact=True).click()
    page.wait_for_url("**/truth?days=7&by=street*")


def test_a_street_account_sees_no_other_street(sit: Sit, known: list[month.Known]):
    shown = sit("changfeng").open("/truth?by=street").locator("body").inner_text()

    assert "甘泉路街道" not in shown
    assert town.IN_GANQUAN.name not in shown


def typed_from_the_end(page: Page, code: str) -> None:
    """The beginning of a code is put before its end while the search answers; the caret stays where it is."""
    field = page.locator("#missed-machine")
    field.fill(code[2:])
    field.press("Home")
    for letter in code[:2]:
        with page.expect_response(lambda answer: "missed-machines" in (answer.request.post_data or "")):
            page.keyboard.type(letter)
    assert field.input_value() == code


def test_a_missed_occurrence_is_written_down_and_taken_back(sit: Sit, database: psycopg.Connection):
    desk = sit("centre", width=1920, height=1080)
    page = desk.open("/truth?days=7")
    before = (datetime.now(UTC) + timedelta(hours=7)).strftime("%Y-%m-%d %H:%M")  # an hour ago in Shanghai

    page.get_by_role("button", name="登记漏报").first.click()
    typed_from_the_end(page, town.IN_CHANGFENG.code)
    page.locator("#missed-machines option").first.wait_for(state="attached")
    page.locator("#missed-family").fill("冲顶")
    page.locator("#missed-when").fill("不知道")
    page.locator("#missed-by").fill("96333 来电")
    page.locator("#missed-confirm").click()
    page.locator("#missed-problem", has_text="时间格式").wait_for()
    page.locator("#missed-when").fill(before)
    desk.keep("missed_wall")
    page.locator("#missed-confirm").click()
    row = page.locator(".missed-rows > div", has_text="96333 来电")
    row.wait_for()
    row.get_by_role("button", name="撤回").click()
    page.locator("#withdraw-note").fill("重复登记")
    page.locator("#withdraw-confirm").click()
    expect(row).to_have_count(0)

    kept = database.execute(
        "SELECT family, reported_by, withdrawal_note FROM missed_occurrences WHERE reported_by = '96333 来电'"
    ).fetchall()
    assert kept == [("overrun_top", "96333 来电", "重复登记")]
