"""A served town and a Chromium that looks at it: what it logs, what it asks of other hosts, what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from data_access.engine import Store, connect
from data_access.stream import StreamLog
from tests.integration.web import town
from tests.integration.web.served import Server, serving

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
PATIENCE_MS = 30_000
Motion = Literal["no-preference", "reduce"]


@dataclass
class Desk:
    """A page somebody signed in to, with everything that must not happen on it."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page and wait until every panel has been drawn."""
        self.page.goto(self.base + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until no panel is loading and the stream speaks."""
        self.page.locator("[data-panel]").nth(1).wait_for(state="attached")
        self.page.locator("html[data-stream=live]").wait_for(state="attached")
        expect(self.page.locator("[data-panel][data-state=loading]")).to_have_count(0, timeout=PATIENCE_MS)

    def keep(self, name: str) -> None:
        """A picture for people."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def heard(self, message: ConsoleMessage) -> None:
        """Note errors and warnings."""
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def asked(self, request: Request) -> None:
        """Note requests that leave the house."""
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.strangers.append(request.url)


@pytest.fixture(scope="module")
def server(database_url: str, redis_url: str) -> Iterator[Server]:
    """The town, served."""
    town.settle(database_url)
    with serving({"DATABASE_URL": database_url, "REDIS_URL": redis_url}) as running:
        yield running


@pytest.fixture
def store(database_url: str, redis_url: str) -> Iterator[Store]:
    """The town's store as the ingest worker has it: what it commits is announced."""
    opened = connect(database_url, announce=StreamLog(redis_url).publish)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for this folder's tests; while it lives an event loop runs, which tests of other folders could not bear."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def sit(browser: Browser, server: Server) -> Iterator[Callable[..., Desk]]:
    """Call it with a username for a signed-in page, and with what else Playwright's contexts take.

    Afterwards nothing may have gone wrong on any of them.
    """
    desks: list[Desk] = []

    def sit_down(username: str, *, width: int = 1600, height: int = 900, motion: Motion = "no-preference", **more: Any) -> Desk:
        password = more.pop("password", town.PASSWORD)
        base = f"http://127.0.0.1:{server.port}"
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion=motion, **more)
        context.set_default_timeout(PATIENCE_MS)
        answer = context.request.post(f"{base}/login", form={"username": username, "password": password})
        assert answer.ok, answer.status
        desk = Desk(context.new_page(), base)
        desk.page.on("console", desk.heard)
        desk.page.on("pageerror", lambda error: desk.complaints.append(str(error)))
        desk.page.on("request", desk.asked)
        desks.append(desk)
        return desk

    yield sit_down
    for desk in desks:
        desk.page.context.close()
    assert [complaint for desk in desks for complaint in desk.complaints] == []
    assert [stranger for desk in desks for stranger in desk.strangers] == []
