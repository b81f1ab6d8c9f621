"""The composed web process on a real database and a real Redis, as a client of the process and as a served one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from app import create_app
from settings import Settings
from tests.integration.web import town

METRICS_TOKEN = "a-token-for-probes"


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str) -> Settings:
    """The settings of a town."""
    town.settle(database_url)
    return Settings.model_validate({"DATABASE_URL": database_url, "REDIS_URL": redis_url, "metrics_token": METRICS_TOKEN})


@pytest.fixture(scope="module")
def app(settings: Settings) -> Dash:
    """The composed application."""
    return create_app(settings)


@pytest.fixture
def anonymous(app: Dash) -> FlaskClient:
    """A browser that has not signed in."""
    client: FlaskClient = app.server.test_client()
    return client


@pytest.fixture(scope="module")
def reader(signed_in: Callable[[str], FlaskClient]) -> Callable[[str], FlaskClient]:
    """Call it with a username for that account's one browser, for tests that leave its session as it is."""
    return cache(signed_in)


@pytest.fixture(scope="module")
def signed_in(app: Dash) -> Callable[[str], FlaskClient]:
    """Call it with a username for a browser with a new session of that account."""

    def sign_in(username: str) -> FlaskClient:
        client: FlaskClient = app.server.test_client()
        answer: Any = client.post("/login", data={"username": username, "password": town.PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    return sign_in
