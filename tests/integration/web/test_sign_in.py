"""The sign-in page: what it says, whom it lets in, and where it leads."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from dash import Dash
from flask.testing import FlaskClient

from services.lockout import MOST_FAILURES
from tests.integration.web import town


def enter(client: FlaskClient, username: str = "bureau", password: str = town.PASSWORD, **form: str):
    return client.post("/login", data={"username": username, "password": password, **form})


def test_the_page_says_what_a_district_office_expects(anonymous: FlaskClient) -> None:
    page = anonymous.get("/login")

    assert page.status_code == 200
    assert '<html lang="zh-CN">' in page.text
    assert "非涉密系统" in page.text
    assert ">演示<" in page.text
    assert "<script" not in page.text


def test_the_page_speaks_english_when_asked_and_remembers_it(anonymous: FlaskClient) -> None:
    assert '<html lang="en">' in anonymous.get("/login?lang=en").text
    assert '<html lang="en">' in anonymous.get("/login").text
    assert '<html lang="zh-CN">' in anonymous.get("/login?lang=zh_CN").text
    assert '<html lang="zh-CN">' in anonymous.get("/login?lang=klingon").text


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [("/alarms?level=entrapment", "/alarms?level=entrapment"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("", "/")],
)
def test_after_the_sign_in_the_reader_is_where_the_link_led(anonymous: FlaskClient, wanted: str, led_to: str) -> None:
    answer = enter(anonymous, next=wanted)

    assert (answer.status_code, answer.headers["Location"]) == (303, led_to)


@pytest.mark.parametrize(
    ("username", "password", "status", "words"),
    [
        pytest.param("", "", 400, "请输入账号和密码", id="nothing"),
        pytest.param("bureau", "", 400, "请输入账号和密码", id="no password"),
        pytest.param("nobody", town.PASSWORD, 401, "账号或密码不正确", id="unknown name"),
        pytest.param("bureau", "wrong", 401, "账号或密码不正确", id="wrong password"),
        pytest.param("bureau", "x" * 100_000, 401, "账号或密码不正确", id="a password as long as a book"),
        pytest.param("b\0ureau", town.PASSWORD, 401, "账号或密码不正确", id="a name no database can hold"),
        pytest.param("retired", town.PASSWORD, 403, "账号已停用", id="a disabled account"),
    ],
)
def test_a_refusal_says_why(
    anonymous: FlaskClient, database: psycopg.Connection, username: str, password: str, status: int, words: str
) -> None:
    if username == "retired":
        town.add_account(database, "retired", "bureau", None)
        database.execute("UPDATE accounts SET disabled = true WHERE username = 'retired'")

    answer = enter(anonymous, username, password)

    assert answer.status_code == status
    assert words in answer.text
    assert anonymous.get_cookie("putuo_session") is None


def test_what_somebody_typed_is_never_markup(anonymous: FlaskClient) -> None:
    page = enter(anonymous, '"><script>alert(1)</script>', "x", next='/"><script>alert(2)</script>').text

    assert "<script" not in page


def test_a_guessed_account_is_locked_and_says_for_how_long(anonymous: FlaskClient, database: psycopg.Connection) -> None:
    town.add_account(database, "guessed", "bureau", None)
    for _ in range(MOST_FAILURES):
        assert enter(anonymous, "guessed", "wrong").status_code == 401

    answer = enter(anonymous, "guessed")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 15 * 60
    assert "15 分钟" in answer.text


def test_a_guesser_does_not_lock_the_owner_out(anonymous: FlaskClient, database: psycopg.Connection) -> None:
    town.add_account(database, "owner", "bureau", None)
    stranger = {"X-Forwarded-For": "198.51.100.7"}
    for _ in range(MOST_FAILURES):
        anonymous.post("/login", data={"username": "owner", "password": "wrong"}, headers=stranger)

    assert anonymous.post("/login", data={"username": "owner", "password": town.PASSWORD}, headers=stranger).status_code == 429
    assert enter(anonymous, "owner").status_code == 303


def test_a_name_that_does_not_exist_is_locked_like_one_that_does(anonymous: FlaskClient) -> None:
    answers = [enter(anonymous, "ghost", "wrong") for _ in range(MOST_FAILURES + 1)]

    assert [answer.status_code for answer in answers] == [401] * MOST_FAILURES + [429]
    assert "暂停登录" in answers[-1].text


def test_signing_in_again_ends_the_session_before(app: Dash, anonymous: FlaskClient) -> None:
    enter(anonymous)
    before = anonymous.get_cookie("putuo_session")
    enter(anonymous, "centre")
    old = app.server.test_client()
    old.set_cookie("putuo_session", before.value)

    assert old.get("/api/v1/versions").status_code == 401
    assert anonymous.get("/api/v1/versions").status_code == 200


def test_a_session_that_another_process_ends_is_over_at_once(signed_in: Callable[[str], FlaskClient], database: psycopg.Connection) -> None:
    client = signed_in("wall")
    assert client.get("/api/v1/versions").status_code == 200

    database.execute("UPDATE sessions SET revoked_at = now() WHERE account_id = (SELECT id FROM accounts WHERE username = 'wall')")

    assert client.get("/api/v1/versions").status_code == 401


def test_the_language_follows_the_reader(signed_in: Callable[[str], FlaskClient], database: psycopg.Connection) -> None:
    client = signed_in("changfeng")
    assert '<html lang="zh-CN" data-mode="desk">' in client.get("/alarms").text

    answer = client.post("/language", data={"language": "en"}, headers={"Referer": "http://localhost/alarms?open=1"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/alarms?open=1")
    assert '<html lang="en" data-mode="desk">' in client.get("/alarms").text
    spoken = database.execute("SELECT s.language FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.username = 'changfeng'")
    assert spoken.fetchall() == [("en",)]


def test_the_wall_is_a_wall_from_its_first_byte(signed_in: Callable[[str], FlaskClient]) -> None:
    assert '<html lang="zh-CN" data-mode="wall">' in signed_in("wall").get("/?kiosk=1").text
