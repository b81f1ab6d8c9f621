"""Nobody gets anywhere without a session, and nobody's session is used by another site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dash import Dash
from flask.testing import FlaskClient

from tests.integration.web import town
from web.security import PUBLIC

# A value that exists for each placeholder of a route.
VALUES = {
    "digest": "0",
    "filename": "00-mode.js",
    "package_name": "dash",
    "fingerprinted_path": "deps/react.js",
    "path": "alarms",
    "alarm": 1,
    "number": 1,
}


def routes(app: Dash) -> list[tuple[str, str, str]]:
    """Every registered (endpoint, method, path), with a value for each placeholder."""
    adapter = app.server.url_map.bind("localhost")
    found = []
    for rule in app.server.url_map.iter_rules():
        path = adapter.build(rule.endpoint, {name: VALUES.get(name, "x") for name in rule.arguments}, method=None)
        found += [(rule.endpoint, method, path) for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})]
    return found


def test_a_stranger_gets_nowhere(app: Dash, anonymous: FlaskClient) -> None:
    guarded = [(method, path) for endpoint, method, path in routes(app) if endpoint not in PUBLIC]

    answers = {(method, path): anonymous.open(path, method=method) for method, path in guarded}

    assert len(guarded) > 10
    for route, answer in answers.items():
        turned_away = answer.status_code == 401 or (answer.status_code == 302 and answer.headers["Location"].startswith("/login"))
        assert turned_away, f"{route} answered {answer.status_code}"
        assert len(answer.data) < 400, f"{route} said too much"


def test_every_public_route_exists(app: Dash) -> None:
    assert {endpoint for endpoint, _, _ in routes(app)} >= PUBLIC


@pytest.mark.parametrize(
    "path", ["/nowhere", "/_dash-nowhere", "/assets/../app.py", "/login/", "/api/v1/nothing", "/equipment/31101070052019000001"]
)
def test_a_stranger_learns_nothing_about_what_exists(anonymous: FlaskClient, path: str) -> None:
    answer = anonymous.get(path)

    assert answer.status_code in {302, 401, 404}
    assert town.IN_CHANGFENG.name not in answer.text


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "a" * 4000, "\\u0000", "长风"])
def test_a_made_up_session_opens_nothing(anonymous: FlaskClient, token: str) -> None:
    anonymous.set_cookie("putuo_session", token)

    assert anonymous.get("/api/v1/versions").status_code == 401


def test_a_stranger_runs_no_callback(anonymous: FlaskClient) -> None:
    answer = anonymous.post("/_dash-update-component", json={"output": "x.y", "inputs": []})

    assert answer.status_code == 401
    assert answer.json["error"] == "sign_in_required"


def test_another_site_cannot_use_the_readers_session(signed_in: Callable[[str], FlaskClient]) -> None:
    client = signed_in("centre")

    for path in ("/logout", "/language", "/_dash-update-component", "/login"):
        assert client.post(path, headers={"Origin": "http://evil.example"}).status_code == 403
        assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/api/v1/versions").status_code == 200


def test_a_copied_cookie_is_worth_nothing_after_the_sign_out(app: Dash, signed_in: Callable[[str], FlaskClient]) -> None:
    client, thief = signed_in("centre"), app.server.test_client()
    cookie = client.get_cookie("putuo_session")
    thief.set_cookie("putuo_session", cookie.value)
    assert thief.get("/api/v1/versions").status_code == 200

    client.post("/logout")

    assert thief.get("/api/v1/versions").status_code == 401


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(signed_in: Callable[[str], FlaskClient]) -> None:
    cookie = signed_in("centre").get_cookie("putuo_session")

    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.secure, cookie.path) == (True, "Lax", False, "/")
