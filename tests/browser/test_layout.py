"""What stands where: boxes fill the screen they are on, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

Sit = Callable[..., Desk]
MARGIN_PX = 40  # of a page around what fills it


def box(page: Page, selector: str) -> dict[str, float]:
    """Where an element stands, in pixels of the window."""
    found: dict[str, float] = page.locator(selector).first.evaluate("(one) => one.getBoundingClientRect().toJSON()")
    return found


def test_the_list_fills_the_height_of_a_desk(sit: Sit):
    page = sit("centre", width=1920, height=1080).open("/equipment")

    assert 1080 - MARGIN_PX < box(page, ".grid-box")["bottom"] <= 1080
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080


def test_the_list_of_a_phone_scrolls_sideways_inside_its_own_box(sit: Sit):
    page = sit("centre", width=390, height=844).open("/equipment")
    grid = page.locator(".ag-body-horizontal-scroll-viewport")

    assert box(page, ".grid-box")["height"] > 500
    assert grid.evaluate("(one) => one.scrollWidth > one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
