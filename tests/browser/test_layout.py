"""What stands where: boxes fill the screen they are on, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
MARGIN_PX = 40  # of a page around what fills it


def box(page: Page, selector: str) -> dict[str, float]:
    """Where an element stands, in pixels of the window."""
    return bounds(page.locator(selector).first)


def bounds(element: Locator) -> dict[str, float]:
    """The same of an element already found."""
    found: dict[str, float] = element.evaluate("(one) => one.getBoundingClientRect().toJSON()")
    return found


def test_the_list_fills_the_height_of_a_desk(sit: Sit):
    page = sit("centre", width=1920, height=1080).open("/equipment")

    assert 1080 - MARGIN_PX < box(page, ".grid-box")["bottom"] <= 1080
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080


def test_the_list_of_a_phone_scrolls_sideways_inside_its_own_box(sit: Sit):
    page = sit("centre", width=390, height=844).open("/equipment")
    page.locator(".ag-row", has_text="听涛苑").wait_for()
    grid = page.locator(".ag-center-cols-viewport")

    assert box(page, ".grid-box")["height"] > 500
    assert grid.evaluate("(one) => one.scrollWidth > one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_wall_draws_its_trend_without_the_chart_library(sit: Sit):
    page = sit("wall", width=1920, height=1080).open("/")

    words = page.locator(".hourly .hours span", has_text=":00")
    panel = box(page, "[data-panel=trend]")
    assert words.count() == 6
    assert all(word["x"] >= panel["x"] and word["x"] + word["width"] <= panel["x"] + panel["width"] for word in map(bounds, words.all()))
    assert page.locator("[data-panel=trend] .pole i").evaluate_all("(bars) => bars.some((bar) => bar.offsetHeight > 10)")
    assert page.evaluate("typeof Plotly") == "undefined"


@pytest.mark.parametrize(("length", "runs"), [(1, False), (40, True)], ids=["one alarm", "a crowd of alarms"])
def test_the_ticker_stands_still_while_everything_fits(sit: Sit, length: int, runs: bool):
    page = sit("wall", width=1920, height=1080).open("/")
    item = {"tag": "span", "text": "长风新村街道 · 听涛苑 1 号梯 困人"}

    page.evaluate(
        "(nodes) => putuo.draw.draw({panel: 'ticker', draw: {line: {nodes}}, at: new Date().toISOString(), every: 600})", [item] * length
    )

    line, window = box(page, "#ticker--line"), box(page, ".tk .vp")
    assert page.locator("#ticker--line").get_attribute("data-runs") == ("" if runs else None)
    assert window["x"] - 60 < line["x"] < window["x"] + 40  # it begins in full view
    assert (line["width"] > window["width"]) is runs


def test_a_status_has_one_shape_in_every_legend(sit: Sit):
    page = sit("wall", width=1920, height=1080).open("/")

    for tone in ("warn", "crit"):
        ring, legend = (
            page.locator(f"{where} [data-tone={tone}] i").evaluate("(one) => getComputedStyle(one).clipPath")
            for where in (".ring-legend", ".legend")
        )
        assert ring == legend != "none"
