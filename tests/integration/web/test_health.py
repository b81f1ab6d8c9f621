"""What probes are told, with everything there and with parts away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from flask.testing import FlaskClient

from app import create_app
from settings import Settings
from tests.integration.web import town
from tests.integration.web.conftest import METRICS_TOKEN

NOWHERE = "postgresql://putuo@127.0.0.1:1/putuo"
BEARER = {"Authorization": f"Bearer {METRICS_TOKEN}"}


@pytest.fixture
def without_database(settings: Settings) -> FlaskClient:
    """A process whose database is away."""
    client: FlaskClient = create_app(
        Settings.model_validate({"DATABASE_URL": NOWHERE, "REDIS_URL": settings.redis_url})
    ).server.test_client()
    return client


@pytest.fixture
def heard(database: psycopg.Connection) -> None:
    """A worker has written, and a vendor was heard a minute ago."""
    minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    database.execute(
        "UPDATE vendors SET connected = true, heartbeat_at = %s, last_message_at = %s", (minute_ago, minute_ago - timedelta(minutes=1))
    )
    database.execute(
        "INSERT INTO ingest_marks (worker, batch, committed_at, counters) "
        """VALUES ('ingest-0', 7, %s, '{"stored": 1234, "waiting": 5, "last_message_at": null}') ON CONFLICT DO NOTHING""",
        (minute_ago,),
    )


def test_ready_tells_each_part(anonymous: FlaskClient, heard: None) -> None:
    answer = anonymous.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["ready"] is True
    assert answer.json["mode"] == "demonstration"
    assert answer.json["database"]["ok"] is True
    assert answer.json["cache"]["ok"] is True
    assert answer.json["broker"]["waiting"] == 5
    assert 55 < answer.json["broker"]["lag_seconds"] < 90
    assert 55 < answer.json["broker"]["workers"]["ingest-0"] < 90
    assert 115 < answer.json["last_message_age_seconds"] < 150


def test_without_a_database_the_process_lives_but_is_not_ready(without_database: FlaskClient) -> None:
    assert without_database.get("/healthz").status_code == 200

    answer = without_database.get("/readyz")

    assert answer.status_code == 503
    assert (answer.json["ready"], answer.json["database"]["ok"], answer.json["cache"]["ok"]) == (False, False, True)
    assert answer.json["broker"] is None


def test_without_a_database_every_reader_is_told_so(without_database: FlaskClient) -> None:
    without_database.set_cookie("putuo_session", "somebody")

    page, data = without_database.get("/alarms"), without_database.get("/api/v1/versions")
    sign_in = without_database.post("/login", data={"username": "centre", "password": town.PASSWORD})

    assert (page.status_code, data.status_code, sign_in.status_code) == (503, 503, 503)
    assert "数据库暂时无法连接" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert page.headers["Retry-After"]
    assert data.json["error"] == "store_unavailable"
    assert "数据库暂时无法连接" in sign_in.text
    assert without_database.get("/login").status_code == 200


def test_without_redis_pages_are_answered(settings: Settings) -> None:
    url = settings.database_url.get_secret_value()
    client = create_app(Settings.model_validate({"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0"})).server.test_client()

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert (answer.json["database"]["ok"], answer.json["cache"]["ok"]) == (True, False)
    assert client.post("/login", data={"username": "centre", "password": town.PASSWORD}).status_code == 303
    assert client.get("/alarms").status_code == 200


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer wrong", f"Basic {METRICS_TOKEN}", f"Bearer {METRICS_TOKEN}x", "Bearer 长风"]
)
def test_metrics_need_their_token(anonymous: FlaskClient, authorization: str | None) -> None:
    answer = anonymous.get("/metrics", headers={"Authorization": authorization} if authorization else {})

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_session_is_no_token_for_metrics(signed_in: Callable[[str], FlaskClient]) -> None:
    assert signed_in("centre").get("/metrics").status_code == 401


def test_without_a_token_set_nobody_reads_metrics(without_database: FlaskClient) -> None:
    assert without_database.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_metrics_say_what_the_platform_does(anonymous: FlaskClient, heard: None) -> None:
    answer = anonymous.get("/metrics", headers=BEARER)

    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert 'putuo_up{part="database"} 1.0' in lines
    assert 'putuo_up{part="cache"} 1.0' in lines
    assert 'putuo_ingest_stored_total{worker="ingest-0"} 1234.0' in lines
    assert 'putuo_ingest_waiting{worker="ingest-0"} 5.0' in lines
    assert "putuo_quarantine_replay_waiting 0.0" in lines
    assert 'putuo_vendor_connected{vendor="xzl"} 1.0' in lines
    assert f'putuo_open_alarms{{level="entrapment"}} {float(len(town.LIFTS))}' in lines
