"""The ingest page and quarantine in a real Chromium: complete, live, searchable, safe, and closed to a street."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from playwright.sync_api import expect

from data_access.engine import Store
from tests.browser.conftest import Desk
from tests.integration.web import intake

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
SIZES = {"desk": (1920, 1080), "phone": (390, 844)}


@pytest.fixture
def busy(store: Store, database_url: str) -> Iterator[psycopg.Connection]:
    """The town with two workers and some refusals; afterwards without."""
    intake.mark(store)
    intake.refuse(store)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection
        connection.execute(intake.EMPTY)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/ingest", "/quarantine", "/quarantine?id={}"])
def test_both_pages_are_drawn_without_overflow(sit: Sit, busy: psycopg.Connection, path: str, size: str) -> None:
    width, height = SIZES[size]
    desk = sit("bureau", width=width, height=height)

    [(number,)] = busy.execute("SELECT min(id) FROM quarantine WHERE reason = 'bad_value'").fetchall()

    page = desk.open(path.format(number))

    desk.keep(f"{path.strip('/').replace('?id={}', '-message')}_{size}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("[data-state=failed]").count() == 0


def test_the_ingest_page_shows_what_the_worker_wrote_and_follows_it(sit: Sit, busy: psycopg.Connection, store: Store) -> None:
    page = sit("bureau").open("/ingest")
    stored = page.locator("#ingest--tiles > *", has_text="读数入库").locator("b")
    expect(stored).to_have_text("4,500 /s")
    expect(page.locator("#ingest--workers [data-x-state=working]")).to_contain_text("ingest-0")
    expect(page.locator("#ingest--workers [data-x-state=standby]")).to_contain_text("ingest-1")
    expect(page.locator("#ingest--workers [data-x-state=gone]")).to_contain_text("ingest-old")
    expect(page.locator("#ingest-vendors--rows [data-x-vendor=xzl]")).to_contain_text("迅智联")
    expect(page.locator("#ingest-refused--rows")).to_contain_text("故障代码未映射")
    expect(page.locator("#ingest-unknown--keys")).to_contain_text("Mood")
    expect(page.locator("[data-panel=ingest-adapters]")).to_contain_text("尚未配置与其他平台的对接")

    intake.mark(store, stored=90_000)

    expect(stored).to_have_text("9,000 /s")


def test_a_figure_of_refusals_leads_to_exactly_these_messages(sit: Sit, busy: psycopg.Connection) -> None:
    page = sit("bureau").open("/ingest")

    page.locator("#ingest-refused--rows a", has_text="数值不合规").click()

    page.wait_for_url("**/quarantine?reason=bad_value*")
    expect(page.locator(".q-row")).to_have_count(1)
    expect(page.locator(".q-row")).to_contain_text("数值不合规")


def test_foreign_payloads_are_text_and_hexadecimal_and_nothing_else(sit: Sit, busy: psycopg.Connection) -> None:
    desk = sit("bureau")
    page = desk.open("/quarantine")

    page.locator(".q-row", has_text="数值不合规").get_by_text("查看").click()
    expect(page.locator("#quarantine-message--payload")).to_contain_text("<img src=x onerror=alert(1)>")
    page.locator(".q-row", has_text="不是有效的 JSON").get_by_text("查看").click()
    expect(page.locator("#quarantine-message--payload")).to_contain_text("c8 c9 ca")

    assert page.locator("#quarantine-message--payload img, .q-row img").count() == 0


def test_a_replay_is_asked_for_with_a_reason_and_seen(sit: Sit, busy: psycopg.Connection) -> None:
    page = sit("bureau").open("/quarantine?reason=unknown_equipment")
    page.locator(".q-row button", has_text="重放").click()
    page.locator("#replay-refused-confirm").click()
    expect(page.locator("#replay-refused-problem")).to_contain_text("请填写已做的修正")

    page.locator("#replay-refused-why").fill("已登记该设备")
    page.locator("#replay-refused-confirm").click()

    expect(page.locator("#replay-refused")).not_to_be_visible()
    expect(page.locator(".q-row[data-x-state=requested]")).to_have_count(1)
    asked = busy.execute("SELECT replay_requested_by FROM quarantine WHERE replay_requested_at IS NOT NULL").fetchall()
    assert asked == [("bureau",)]
    assert busy.execute("SELECT reason FROM audit_log WHERE action = 'replay_quarantine'").fetchall() == [("已登记该设备",)]


def test_everything_the_filter_finds_can_be_asked_for_at_once(sit: Sit, busy: psycopg.Connection) -> None:
    page = sit("bureau").open("/quarantine?vendor=xzl")
    page.locator("#quarantine--all button").click()
    page.locator("#replay-refused-why").fill("已修正")
    page.locator("#replay-refused-confirm").click()

    expect(page.locator(".q-row[data-x-state=requested]")).to_have_count(7)

    cut = page.locator(".q-row", has_text="报文过大")
    expect(cut.locator("button")).to_have_count(0)


def test_the_search_box_writes_the_address(sit: Sit, busy: psycopg.Connection) -> None:
    page = sit("bureau").open("/quarantine")

    page.locator("#replay-refused-search").fill("/99/")

    page.wait_for_url("**/quarantine?q=*")
    expect(page.locator(".q-row")).to_have_count(1)


@pytest.mark.parametrize("path", ["/ingest", "/quarantine"])
def test_a_street_is_told_that_the_page_is_not_for_it(sit: Sit, busy: psycopg.Connection, path: str) -> None:
    desk = sit("changfeng")
    page = desk.page
    page.goto(desk.base + path)

    expect(page.locator(".missing")).to_contain_text("仅向区级管理岗位开放")
    assert page.locator(".desk-h .tab", has_text="接入").count() == 0
    assert "迅智联" not in page.locator("main").inner_text()
