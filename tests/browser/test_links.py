"""The browser's rule of what is a link, beside the server's."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.unit.components.test_drawing import ASSETS, LINKS, NO_LINKS

pytestmark = pytest.mark.browser


def test_the_browser_follows_what_the_server_follows(browser: Browser):
    page = browser.new_page()
    page.add_script_tag(path=ASSETS / "00-mode.js")

    followed = {href: page.evaluate("(href) => putuo.safeHref(href)", href) for href in LINKS + NO_LINKS}

    page.close()
    assert followed == {href: href for href in LINKS} | dict.fromkeys(NO_LINKS)
