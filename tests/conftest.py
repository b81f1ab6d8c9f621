"""Fixtures of all tests: a throw-away stack, migrated databases, and what a browser test needs."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.stack_fixture import Databases, free_of_settings, running_servers

_SAMPLES = os.environ.get("PUTUO_SAMPLES")
_FULL_LAYERS = os.environ.get("PUTUO_GEO_FULL")
_SERVICES = os.environ.get("PUTUO_TEST_SERVICES")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_configure() -> None:
    """Tests decide every setting themselves, and so do the programs they start."""
    kept = free_of_settings(os.environ)
    for name in set(os.environ) - set(kept):
        del os.environ[name]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A browser test without a browser or Chinese fonts is skipped with the reason, except in CI, where it fails."""
    if item.get_closest_marker("browser") is None or not (missing := _missing_for_browser()):
        return
    reason = f"missing: {', '.join(missing)} (Debian: apt-get install chromium fonts-noto-cjk)"
    pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """A command that a test runs in this process sets up logging for its process; the tests that follow are other processes' tests."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [each for each in root.handlers if each not in before and not type(each).__module__.startswith("_pytest")]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, Any]]:
    """services.json of the throw-away stack, or of the one PUTUO_TEST_SERVICES names."""
    if _SERVICES:
        yield json.loads(Path(_SERVICES).read_text("utf-8"))
    else:
        with running_servers() as found:
            yield found


@pytest.fixture(scope="session")
def databases(services: dict[str, Any]) -> Iterator[Databases]:
    """The session's databases, one migrated template among them."""
    made = Databases(services["database_url"])
    yield made
    if _SERVICES:  # else the whole server is thrown away
        made.drop_all()


@pytest.fixture(scope="session")
def fresh_database(databases: Databases) -> Callable[[], str]:
    """Call it for the URL of another empty, migrated database."""
    return databases.fresh


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    """An empty, migrated database of this test module."""
    return databases.fresh()


@pytest.fixture
def database(database_url: str) -> Iterator[psycopg.Connection]:
    """A plain connection to the module's database, for what a test looks up behind the product's back."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def redis_url(services: dict[str, Any]) -> str:
    """The cache, emptied for this test module."""
    url: str = services["redis_url"]
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture(scope="session")
def mqtt_url(services: dict[str, Any]) -> str:
    """The broker with the ingest account; vendors' accounts are in `services["vendors"]`."""
    url: str = services["mqtt_url"]
    return url


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real-world files that are not part of the project (PUTUO_SAMPLES)."""
    if not _SAMPLES or not Path(_SAMPLES).is_dir():
        pytest.skip("PUTUO_SAMPLES names no folder: tests on real files are left out")
    return Path(_SAMPLES)


@pytest.fixture(scope="session")
def full_layers() -> Path:
    """Map layers at full resolution, which are not part of the project (PUTUO_GEO_FULL)."""
    if not _FULL_LAYERS:
        pytest.skip("PUTUO_GEO_FULL names no folder: the full map layers are left out")
    return Path(_FULL_LAYERS)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the machine's Chromium; tests that use it are marked `browser`."""
    found = _browser()
    assert found is not None
    return found


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def _missing_for_browser() -> list[str]:
    lister = shutil.which("fc-list")
    fonts = lister is not None and bool(subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout.strip())
    return [name for name, present in (("chromium", _browser() is not None), ("fonts-noto-cjk", fonts)) if not present]
