"""Origins, paths and policies."""

from __future__ import annotations

import pytest
from flask import Flask, request

from web.security import content_policy, from_own_site, own_path, sign_in_first
from web.session import address

SITE = "http://cc.example:8050"


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        pytest.param({}, True, id="what is no browser says nothing"),
        pytest.param({"Origin": SITE}, True, id="our own page"),
        pytest.param({"Origin": SITE, "Sec-Fetch-Site": "same-origin"}, True, id="our own page in a new browser"),
        pytest.param({"Sec-Fetch-Site": "none"}, True, id="the reader's own hand"),
        pytest.param({"Origin": "https://putuo.example"}, True, id="the public address behind a proxy"),
        pytest.param({"Origin": "http://evil.example"}, False, id="another site"),
        pytest.param({"Origin": "http://cc.example:8051"}, False, id="another port of this host"),
        pytest.param({"Origin": "null"}, False, id="a sandboxed page"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="another site that hides its name"),
        pytest.param({"Origin": SITE, "Sec-Fetch-Site": "same-site"}, False, id="a sister host"),
    ],
)
def test_where_a_writing_request_may_come_from(headers: dict[str, str], own: bool) -> None:
    with Flask("t").test_request_context("/login", base_url=SITE, method="POST", headers=headers):
        assert from_own_site(request, public_url="https://putuo.example") is own


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/alarms?level=entrapment&street=310107005", "/alarms?level=entrapment&street=310107005"),
        ("/equipment/1E217", "/equipment/1E217"),
        (None, "/"),
        ("", "/"),
        ("alarms", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
    ],
)
def test_after_the_sign_in_nobody_leaves_for_another_host(wanted: str | None, led_to: str) -> None:
    assert own_path(wanted) == led_to


@pytest.mark.parametrize(
    ("path", "method", "status", "location"),
    [
        ("/", "GET", 302, "/login"),
        ("/alarms?level=entrapment", "GET", 302, "/login?next=/alarms%3Flevel%3Dentrapment"),
        ("/_dash-layout", "GET", 401, None),
        ("/api/v1/versions", "GET", 401, None),
        ("/data/devices-0.json", "GET", 401, None),
        ("/export/alarms.csv", "GET", 401, None),
        ("/logout", "POST", 401, None),
    ],
)
def test_a_page_leads_to_the_sign_in_and_everything_else_is_refused(path: str, method: str, status: int, location: str | None) -> None:
    with Flask("t").test_request_context(path, method=method):
        answer = sign_in_first(request)

    assert (answer.status_code, answer.headers.get("Location")) == (status, location)


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        pytest.param("127.0.0.1", "10.1.2.3", "10.1.2.3", id="the proxy of this machine names its client"),
        pytest.param("127.0.0.1", "6.6.6.6, 10.1.2.3", "10.1.2.3", id="what the client itself wrote is not believed"),
        pytest.param("10.9.9.9", "10.1.2.3", "10.9.9.9", id="a stranger's word about addresses is not believed"),
        pytest.param("127.0.0.1", "nonsense", "127.0.0.1", id="nonsense is not an address"),
        pytest.param("127.0.0.1", "", "127.0.0.1", id="no proxy"),
    ],
)
def test_where_a_request_came_from(peer: str, forwarded: str, seen: str) -> None:
    with Flask("t").test_request_context(headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": peer}):
        assert address(request) == seen


def test_a_page_runs_no_script_but_its_own() -> None:
    policy = dict(rule.split(" ", 1) for rule in content_policy(["'sha256-abc'"]).split("; "))

    assert policy["script-src"] == "'self' 'sha256-abc'"
    assert policy["connect-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"


def test_a_tile_server_is_the_only_other_host() -> None:
    policy = content_policy([], tiles="https://*.tiles.example")

    assert "img-src 'self' data: blob: https://*.tiles.example;" in policy
    assert policy.count("https://") == 1
