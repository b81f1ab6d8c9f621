"""What every answer says about itself."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from dash import Dash
from flask.testing import FlaskClient

from app import create_app
from settings import Settings


@pytest.mark.parametrize("path", ["/login", "/healthz", "/assets/00-mode.js", "/api/v1/versions", "/nowhere"])
def test_every_answer_is_closed_to_other_sites(anonymous: FlaskClient, path: str) -> None:
    headers = anonymous.get(path, buffered=True).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


def test_a_page_may_run_its_own_scripts_only(signed_in: Callable[[str], FlaskClient]) -> None:
    client = signed_in("centre")
    answer = client.get("/alarms")
    policy = answer.headers["Content-Security-Policy"]
    scripts = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))

    found = re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    inline = [body for kind, body in found if "src=" not in kind and "application/json" not in kind]

    assert inline
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    for script in inline:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in scripts


def test_a_page_asks_no_other_host(signed_in: Callable[[str], FlaskClient]) -> None:
    answer = signed_in("centre").get("/alarms")

    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)
    assert "http" not in answer.headers["Content-Security-Policy"]


def test_nothing_personal_is_kept_by_a_cache(signed_in: Callable[[str], FlaskClient]) -> None:
    client = signed_in("centre")

    for path in ("/alarms", "/api/v1/versions", "/_dash-layout", "/login"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path


def test_a_versioned_asset_is_kept_and_a_plain_one_is_asked_for_again(anonymous: FlaskClient) -> None:
    assert "immutable" in anonymous.get("/assets/00-mode.js?m=1", buffered=True).headers["Cache-Control"]
    assert anonymous.get("/assets/00-mode.js", buffered=True).headers["Cache-Control"] == "no-cache"
    assert anonymous.get("/assets/nothing.js?m=1").status_code == 404


def test_behind_https_cookies_and_headers_say_so(settings: Settings) -> None:
    app: Dash = create_app(settings.model_copy(update={"public_url": "https://cc.example"}))
    answer = app.server.test_client().get("/login?lang=en")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "; Secure;" in answer.headers["Set-Cookie"]


def test_what_a_program_asks_for_and_is_not_there_is_no_page(signed_in: Callable[[str], FlaskClient]) -> None:
    client = signed_in("centre")

    assert client.get("/api/v1/nothing").status_code == 404
    assert client.get("/data/devices-0.json").json["error"] == "not_found"
    assert client.delete("/login").json["error"] == "method_not_allowed"
    assert client.post("/language", data={"next": "x" * 5_000_000}).json["error"] == "too_large"
