"""A signed-in Chromium on a running stack, for the benches that measure what a viewer sees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

CHROMIUM_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")


def services(data: Path) -> dict[str, Any]:
    """What ./run wrote about itself."""
    found: dict[str, Any] = json.loads((data / "run" / "services.json").read_text("utf-8"))
    return found


@contextmanager
def viewer(services: dict[str, Any], role: str, *, width: int = 1920, height: int = 1080) -> Iterator[Page]:
    """A page of somebody with `role`, signed in through the form a person uses."""
    account = next(a for a in services["accounts"] if a["role"] == role)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        page = browser.new_page(bypass_csp=True, viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai")
        base = services["web_url"].rstrip("/")
        page.goto(f"{base}/login")
        page.fill("input[name=username]", account["username"])
        page.fill("input[name=password]", account["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        try:
            yield page
        finally:
            browser.close()


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie (nearest rank); NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")
