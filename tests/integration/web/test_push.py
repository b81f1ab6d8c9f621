"""What a vendor without MQTT pushes, from its sign-in through the real broker and worker into the tables."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from app import create_app
from data_access.engine import connect
from services import vendor_access, vendor_dialects
from settings import Settings
from tests.integration.ingest.district import CALM, Rows, beijing, just_now, lift, settle, wait_for, working

SECRET = "a secret of the vendor"
LOGIN, STATES, SUMS = "/iot/api/v1/login", "/iot/api/v1/iotRealData", "/iot/api/v1/iotStatisticsData"
ALARMS, OWN = "/platform/api/v1/iotAlarms", "/iot/api/v1/messages/"
COMMANDS = "/iot/api/v1/commands"
SONGJIANG, LINGANG = "ydw", "shy"


@pytest.fixture(scope="module")
def url(fresh_database: Callable[[], str]) -> str:
    """A district whose vendors may push, two of them in dialects of their own."""
    made = fresh_database()
    settle(made)
    store, at = connect(made), datetime.now(UTC)
    with store.transaction() as tx:
        tx.cursor().execute("UPDATE equipment SET monitor_vendor = %s WHERE code = %s", (SONGJIANG, lift(20)))
        tx.cursor().execute("UPDATE equipment SET monitor_vendor = %s WHERE code = %s", (LINGANG, lift(22)))
    vendor_access.admit(store, dict.fromkeys(("xzl", SONGJIANG, LINGANG), SECRET), by="test", at=at)
    vendor_dialects.speak(store, SONGJIANG, "songjiang", by="test", at=at)
    vendor_dialects.speak(store, LINGANG, "lingang", by="test", at=at)
    vendor_dialects.learn(store, [vendor_dialects.Name(SONGJIANG, "SJ-1", lift(20))], by="test", at=at)
    store.close()
    return made


@pytest.fixture(scope="module")
def client(url: str, redis_url: str, services: dict[str, Any]) -> FlaskClient:
    """A program of a vendor: no cookies, no browser headers."""
    return _web(url, redis_url, services["mqtt_web_url"])


def _web(url: str, redis_url: str, mqtt_url: str) -> FlaskClient:
    app = create_app(Settings.model_validate({"DATABASE_URL": url, "REDIS_URL": redis_url, "MQTT_URL": mqtt_url}))
    made: FlaskClient = app.server.test_client(use_cookies=False)
    return made


@pytest.fixture(scope="module", autouse=True)
def worker(url: str, mqtt_url: str) -> Iterator[None]:
    with working(url, mqtt_url, "ingest-push"):
        yield


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def token(client: FlaskClient) -> Callable[[str], str]:
    known: dict[str, str] = {}

    def of(vendor: str) -> str:
        if vendor not in known:
            known[vendor] = client.post(LOGIN, json={"username": vendor, "password": SECRET}).json["result"]["token"]
        return known[vendor]

    return of


@pytest.fixture
def push(client: FlaskClient, token: Callable[[str], str]) -> Callable[..., Any]:
    def send(path: str, body: object, *, vendor: str = "xzl") -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(path, data=data, headers={"Authorization": token(vendor)})

    return send


def _state(number: int, at: datetime, **changes: object) -> dict[str, object]:
    return {"registerNumber": lift(number), "samplingTime": beijing(at), **CALM, **changes}


def _readings(rows: Rows, number: int) -> Callable[[], int]:
    return lambda: int(
        rows(f"SELECT count(*) FROM readings r JOIN equipment e ON e.id = r.equipment_id WHERE e.code = '{lift(number)}'")[0][0]
    )


def test_a_sign_in_says_until_when_its_token_holds(client: FlaskClient) -> None:
    before = datetime.now(UTC)

    answer = client.post(LOGIN, json={"username": "xzl", "password": SECRET})

    assert (answer.status_code, answer.json["status"]) == (200, 200)
    expires_at = datetime.fromtimestamp(answer.json["result"]["expirationTime"] / 1000, UTC)
    assert abs(expires_at - before - vendor_access.LIFETIME) < timedelta(seconds=30)
    assert "Set-Cookie" not in answer.headers


def test_states_sums_and_alarms_arrive_as_if_published(push: Callable[..., Any], rows: Rows) -> None:
    at = just_now()
    alarm = {"alarmId": "push-1", "alarmChannel": "S04", "registerNumber": lift(0), "occurTime": beijing(at), "failureCode": "09"}

    answers = [
        push(STATES, _state(0, at)),
        push(SUMS, {"registerNumber": lift(0), "samplingTime": beijing(at), "Door_Open_Count": 7}),
        push(ALARMS, alarm),
        push(ALARMS, alarm),
    ]

    assert [(answer.status_code, answer.json["result"]) for answer in answers] == [(200, {"accepted": 1})] * 4
    wait_for(_readings(rows, 0), 1)
    wait_for(lambda: rows("SELECT vendor, event_id FROM events"), [("xzl", "push-1")])
    wait_for(lambda: rows("SELECT family, occurrences FROM alarms"), [("entrapment", 1)])
    wait_for(lambda: rows("SELECT vendor, body ->> 'Door_Open_Count' FROM statistics"), [("xzl", "7")])
    assert rows("SELECT connected FROM vendors WHERE name = 'xzl'") == [(True,)]


def test_a_list_is_several_messages(push: Callable[..., Any], rows: Rows) -> None:
    at = just_now()

    answer = push(STATES, [_state(2, at), _state(4, at), _state(2, at - timedelta(seconds=1))])

    assert answer.json == {"status": 200, "result": {"accepted": 3}}
    wait_for(lambda: (_readings(rows, 2)(), _readings(rows, 4)()), (2, 1))


def test_what_the_worker_cannot_take_is_quarantined_with_its_vendor(push: Callable[..., Any], rows: Rows) -> None:
    at = just_now()

    assert push(STATES, _state(999, at)).status_code == 200  # an unknown machine
    assert push(STATES, _state(1, at)).status_code == 200  # another vendor's

    found = "SELECT reason FROM quarantine WHERE vendor = 'xzl' ORDER BY reason"
    wait_for(lambda: rows(found), [("not_bound",), ("unknown_equipment",)])


def test_a_dialect_is_pushed_as_it_stands(push: Callable[..., Any], rows: Rows) -> None:
    at = just_now()
    lift_data = {"liftNo": "SJ-1", "floor": "3", "isPerson": 1, "doorStatus": 0, "F9999": "Y", "F9998": "N"}

    assert push(f"{OWN}data", {"data": json.dumps(lift_data), "time": beijing(at), "remark": "?"}, vendor=SONGJIANG).status_code == 200

    wait_for(_readings(rows, 20), 1)
    wait_for(lambda: rows(f"SELECT code, vendor_code FROM events WHERE vendor = '{SONGJIANG}' AND phase = 'add'"), [("7", "F9999")])


def test_a_message_without_a_time_is_stamped_where_it_comes_in(push: Callable[..., Any], rows: Rows) -> None:
    said = {"msgType": "runInfo", "description": "实时运行数据", "content": {"registrtionCode": lift(22), "floor": "12", "hasPeople": 0}}

    assert push(f"{OWN}user/data", said, vendor=LINGANG).status_code == 200

    wait_for(_readings(rows, 22), 1)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        pytest.param(STATES, b"{broken", "not_json", id="broken"),
        pytest.param(STATES, b"", "not_json", id="empty"),
        pytest.param(STATES, b'{"Speed": NaN}', "not_json", id="NaN"),
        pytest.param(STATES, b"\xff\xfe", "not_json", id="no UTF-8"),
        pytest.param(STATES, b"[" * 10_000 + b"]" * 10_000, "not_json", id="nesting of 10,000"),
        pytest.param(STATES, b'{"registerNumber": "\\ud800"}', "not_json", id="half a character"),
        pytest.param(STATES, b"7", "not_objects", id="a number"),
        pytest.param(STATES, b"[]", "not_objects", id="an empty list"),
        pytest.param(STATES, b"[7]", "not_objects", id="a list of numbers"),
        pytest.param(STATES, b"{}", "no_code", id="no code"),
        pytest.param(STATES, b'{"registerNumber": "#"}', "no_code", id="a wildcard"),
        pytest.param(STATES, b'{"registerNumber": "../htk/elevator"}', "no_code", id="another topic"),
        pytest.param(STATES, b'{"registerNumber": "\\u0000"}', "no_code", id="NUL"),
        pytest.param(STATES, b'{"registerNumber": ' + b"9" * 5_000 + b"}", "not_json", id="5,000 digits"),
        pytest.param(f"{OWN}data", b"{}", "dialect", id="a dialect that is not its own"),
    ],
)
def test_a_body_that_says_nothing_is_refused_with_its_reason(push: Callable[..., Any], path: str, body: bytes, error: str) -> None:
    answer = push(path, body)

    assert (answer.status_code, answer.json["status"], answer.json["error"]) == (400, 400, error)
    assert answer.json["message"]


@pytest.mark.parametrize("tail", ["online", "+/x", "a//b", "a b", "x" * 65, "a/" * 9 + "a", "%23"])
def test_a_path_cannot_leave_the_vendors_name(push: Callable[..., Any], tail: str) -> None:
    answer = push(f"{OWN}{tail}", {}, vendor=SONGJIANG)

    assert (answer.status_code, answer.json.get("error")) in {(400, "bad_path"), (308, None)}


def test_the_citys_paths_are_not_for_other_dialects(push: Callable[..., Any]) -> None:
    assert push(STATES, _state(20, just_now()), vendor=SONGJIANG).json["error"] == "dialect"


def test_a_body_beyond_the_limit_is_refused(push: Callable[..., Any]) -> None:
    answer = push(STATES, b'{"a": "' + b"x" * (512 * 1024) + b'"}')

    assert (answer.status_code, answer.json["error"]) == (413, "too_large")


@pytest.mark.parametrize("header", [{}, {"Authorization": ""}, {"Authorization": "Bearer guessed"}, {"Authorization": "\udcff"}])
def test_nothing_is_taken_without_a_token(client: FlaskClient, header: dict[str, str]) -> None:
    answer = client.post(STATES, json=_state(0, just_now()), headers=header)

    assert (answer.status_code, answer.json["error"]) == (401, "token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_refused(client: FlaskClient, url: str) -> None:
    store, long_ago = connect(url), datetime.now(UTC) - vendor_access.LIFETIME
    old = vendor_access.sign_in(store, "xzl", SECRET, address="192.0.2.1", at=long_ago)
    store.close()

    answer = client.post(STATES, json=_state(0, just_now()), headers={"Authorization": f"Bearer {old.text}"})

    assert (answer.status_code, answer.json["error"]) == (401, "token")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"username": "xzl"}', b'{"username": 1, "password": 2}', b'{"username": "x", "password": null}']
)
def test_a_sign_in_without_credentials_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post(LOGIN, data=body)

    assert (answer.status_code, answer.json["error"]) == (400, "no_credentials")


@pytest.mark.parametrize("name", ["xzl", "htk", "nobody"])
def test_wrong_secrets_look_alike(client: FlaskClient, name: str) -> None:
    answer = client.post(LOGIN, json={"username": name, "password": "guessed"})

    assert (answer.status_code, answer.json["error"]) == (401, "wrong")


def test_another_sites_page_cannot_push(client: FlaskClient, token: Callable[[str], str]) -> None:
    headers = {"Authorization": token("xzl"), "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert client.post(STATES, json=_state(0, just_now()), headers=headers).status_code == 403


def test_only_posts_are_answered(client: FlaskClient) -> None:
    assert client.get(STATES).status_code in {401, 405}


def test_a_vendor_beyond_its_pace_is_told_when_to_come_back(push: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.api.push.Pace.spend", lambda *_, **__: timedelta(seconds=3))

    answer = push(STATES, _state(0, just_now()))

    assert (answer.status_code, answer.json["error"], answer.headers["Retry-After"]) == (429, "too_much", "3")


def test_while_the_broker_is_away_nothing_is_said_to_be_taken(url: str, redis_url: str, token: Callable[[str], str]) -> None:
    with socket.socket() as taken:  # bound and never listening: nobody else can answer there
        taken.bind(("127.0.0.1", 0))
        client = _web(url, redis_url, f"mqtt://web:x@127.0.0.1:{taken.getsockname()[1]}")

        answer = client.post(STATES, json=_state(0, just_now()), headers={"Authorization": token("xzl")})

    assert (answer.status_code, answer.json["error"]) == (503, "broker_unavailable")
    assert answer.headers["Retry-After"]


def test_what_the_broker_refuses_is_not_said_to_be_taken(
    url: str, redis_url: str, services: dict[str, Any], token: Callable[[str], str]
) -> None:
    account = next(vendor for vendor in services["vendors"] if vendor["name"] == "htk")
    host = services["mqtt_url"].rpartition("@")[2]
    stranger = f"mqtt://{account['username']}:{account['password']}@{host}"
    client = _web(url, redis_url, stranger)

    answer = client.post(STATES, json=_state(0, just_now()), headers={"Authorization": token("xzl")})

    assert (answer.status_code, answer.json["error"]) == (503, "broker_unavailable")


def test_many_push_at_once_and_nothing_is_lost(url: str, client: FlaskClient, token: Callable[[str], str], rows: Rows) -> None:
    at, header = just_now(), {"Authorization": token("xzl")}

    def send(number: int) -> int:
        body = [_state(6, at - timedelta(seconds=number * 10 + step)) for step in range(10)]
        return client.application.test_client().post(STATES, json=body, headers=header).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(40))) == {200}

    wait_for(_readings(rows, 6), 400)


def test_a_vendor_without_mqtt_asks_what_its_cars_are_to_say_and_tells_what_they_answered(
    client: FlaskClient, token: Callable[[str], str], rows: Rows
) -> None:
    own, other = ({"Authorization": token(vendor)} for vendor in ("xzl", SONGJIANG))
    seen = {"registerNumber": lift(6), "alarmId": "ebike-1", "occurTime": beijing(just_now()), "failureCode": "37", "phase": "add"}
    status = "SELECT status FROM device_commands"

    client.post(ALARMS, json=seen, headers=own)
    wait_for(lambda: rows(status), [("queued",)])
    [command] = client.get(COMMANDS, headers=own).json["result"]["commands"]
    elsewhere = client.get(COMMANDS, headers=other).json["result"]["commands"]
    client.post(f"{COMMANDS[:-1]}Acks", json={"msgId": command["msgId"], "registerNumber": lift(6), "result": "played"}, headers=own)
    wait_for(lambda: rows(status), [("acknowledged",)])

    assert (command["registerNumber"], command["command"], command["prompt"]) == (lift(6), "play_voice", "ebike_in_car")
    assert elsewhere == []
    assert client.get(COMMANDS, headers=own).json["result"]["commands"] == []
    assert client.get(COMMANDS).status_code == 401
