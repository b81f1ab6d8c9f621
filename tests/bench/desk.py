"""Who sits at the incident desk while it storms: an officer whose browser asks and acts over HTTP, and one at a real Chromium."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

import psycopg
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page

from tests.bench.callers import Person, person
from tests.bench.screen import viewer

ROLE: Final = "operations_centre"
TURN_S: Final = 0.5
PANELS: Final = ("desk", "desk-radar", "rescue-clock", "funnel")
PATIENCE_MS: Final = 10_000
REFRESH, LIST = "a panel's refresh", "the list of orders"
NOTE, CALL = "a note on the first line", "a call taken at the seat"
LOOKS: Final = (REFRESH, LIST)
ACTS: Final = (NOTE, CALL)
_KINDS: Final = "SELECT id FROM work_orders WHERE id = ANY(%s) AND kind = 'rescue'"
_FOCUSED: Final = "(document.activeElement && document.activeElement.closest('.desk-item'))"
_LINES: Final = "Array.from(document.querySelectorAll('.desk-item'))"


@dataclass
class Officer:
    """Somebody at the desk. `took` is how long each sort of thing took him, in seconds; `problems` what went wrong."""

    services: dict[str, Any]
    took: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)

    def all(self, *what: str) -> list[float]:
        """How long these sorts of things took, or all of them."""
        return [seconds for name, each in self.took.items() if not what or name in what for seconds in each]

    def time(self, what: str, deed: Callable[[], Any]) -> Any:
        """What it comes to, if it comes to anything."""
        begun = time.perf_counter()
        try:
            return deed()
        except (OSError, BrowserError) as problem:
            self.problems.append(f"{what}: {problem}")
            return None
        finally:
            self.took[what].append(time.perf_counter() - begun)


@dataclass
class Caller(Officer):
    """What a browser asks for at every change, a note on the first line, a call taken at the seat.

    `misplaced` counts looks at the desk on which something stood before people in danger; `looks` those with such people on it.
    """

    looks: int = 0
    misplaced: int = 0

    def sit(self, left: threading.Event) -> None:
        """Work until the storm is over."""
        officer = person(self.services, ROLE)
        with psycopg.connect(self.services["database_url"], autocommit=True) as database:
            while not left.wait(TURN_S):
                self._turn(officer, database)

    def _turn(self, officer: Person, database: psycopg.Connection[Any]) -> None:
        seen = {name: self.time(REFRESH, lambda name=name: officer.panel(name)) for name in PANELS}  # type: ignore[misc]
        self.time(LIST, lambda: officer.panel("work-orders", {"tab": "open"}))
        drawn = leaves(seen["desk"], "desk")
        if not drawn:
            return
        lines = [line["data"] for line in drawn["rows"]["nodes"] if "order" in line.get("data", {})]
        orders = [int(line["order"]) for line in lines]
        rescues = {row[0] for row in database.execute(_KINDS, (orders,)).fetchall()}
        trapped = figure_of(drawn, "trapped")
        self.looks += bool(trapped)
        self.misplaced += not people_first([order in rescues for order in orders], trapped)
        if orders:
            said = self.time(NOTE, lambda: officer.act(orders[0], "note", note="已电话安抚"))
            self.problems += [] if said is None or said["ok"] else [f"note: {said}"]
        ringing = [order for order, line in zip(orders, lines, strict=True) if int(line["rings"])]
        if len(ringing) > 1:  # the first is for the officer at the screen
            self.time(CALL, lambda: officer.answer(ringing[-1]))


@dataclass
class Hands(Officer):
    """Somebody at a real screen: from a key until what it asks for is drawn."""

    def sit(self, left: threading.Event) -> None:
        """Work until the storm is over."""
        with viewer(self.services, ROLE, width=1600, height=900) as page:
            page.on("pageerror", lambda error: self.problems.append(str(error)))
            page.goto(self.services["web_url"].rstrip("/") + "/desk")
            page.wait_for_selector("html[data-stream=live]", state="attached")
            page.wait_for_selector('[data-panel="desk"][data-state="ready"]')
            while not left.is_set():
                self._move(page)
                self._press(page, "n", "the form for a call opens", "document.querySelector('#intake').open")
                self._press(page, "Escape", "the form for a call closes", "!document.querySelector('#intake').open")
                self._answer(page)
                page.wait_for_timeout(TURN_S * 1000)

    def _move(self, page: Page) -> None:
        """From line to line, to and fro."""
        place, lines = page.evaluate(f"[{_LINES}.indexOf({_FOCUSED}), {_LINES}.length]")
        if lines > 1:
            before = page.evaluate(f"{_FOCUSED} ? {_FOCUSED}.dataset.xOrder : ''")
            self._press(page, "k" if place > 0 else "j", "the next line", f"{_FOCUSED} && {_FOCUSED}.dataset.xOrder !== '{before}'")

    def _answer(self, page: Page) -> None:
        """The first call that rings is taken by its key, and the desk says so."""
        page.evaluate("document.activeElement.blur(); document.querySelector('#desk-said').textContent = ''")
        if page.evaluate("document.querySelector('.desk-item[data-x-rings=\"1\"]') !== null"):
            self._press(page, "a", "a call is taken", "document.querySelector('#desk-said').textContent !== ''")

    def _press(self, page: Page, key: str, what: str, drawn: str) -> None:
        def until_drawn() -> None:
            page.keyboard.press(key)
            page.wait_for_function(drawn, timeout=PATIENCE_MS)  # looks at every frame

        self.time(what, until_drawn)


def people_first(rescues: Sequence[bool], trapped: int) -> bool:
    """Whether the lines begin with all rescues there are, or as many as there are lines."""
    return sum(takewhile(bool, rescues)) == min(trapped, len(rescues))


def leaves(answer: Any, panel: str) -> Mapping[str, Any]:
    """What a panel's answer would draw; nothing of an answer that changes nothing."""
    if answer is None:
        return {}
    drawn: Mapping[str, Any] = answer["response"][f'{{"panel":"{panel}","type":"data"}}']["data"]["draw"]
    return drawn


def figure_of(drawn: Mapping[str, Any], name: str) -> int:
    """A figure over the desk."""
    node = next(node for node in drawn["figures"]["nodes"] if node["key"] == name)
    return int(node["kids"][0]["text"].replace(",", ""))
