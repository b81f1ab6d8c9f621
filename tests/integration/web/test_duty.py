"""The duty page and its forms, as a browser or somebody who imitates one asks for them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.integration.web import town
from tests.integration.web.dash_calls import call, page, panel, said

SignIn = Callable[[str], FlaskClient]
TEAM = {"name": "听涛驻点", "phone": "短号 6001", "lng": "121.40", "lat": "31.23", "capacity": "2"}
SHIFT = {"name": "陈岚", "phone": "", "starts_at": "2026-11-20T08:00", "ends_at": "2026-11-20T20:00"}


@pytest.fixture
def unit(database: psycopg.Connection) -> int:
    """The unit that maintains the lift in Changfeng."""
    made = (
        "INSERT INTO organizations (name, credit_code, kind, pinyin) VALUES ('上海榕驰电梯工程有限公司', '1', 'maintenance_unit', 'rcdt') "
        "ON CONFLICT (credit_code) DO UPDATE SET name = excluded.name RETURNING id"
    )
    row = database.execute(made).fetchone()
    assert row is not None
    database.execute("UPDATE equipment SET maintenance_unit_id = %s WHERE code = %s", (row[0], town.IN_CHANGFENG.code))
    return int(row[0])


@pytest.fixture(autouse=True)
def fresh(database: psycopg.Connection) -> Iterator[None]:
    """No teams, no shifts."""
    yield
    database.execute("DELETE FROM duty_shifts")
    database.execute("DELETE FROM licences")
    database.execute("DELETE FROM response_teams")


def ask(client: FlaskClient, asked: object, unit: object = None) -> dict[str, Any]:
    """What a form's button sends, and the answer."""
    answer = call(
        client, "duty-result.data", {"id": "duty-result", "property": "data"}, {"duty-asked.data": asked}, {"duty-teams--unit.value": unit}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json["response"]["duty-result"]["data"]  # type: ignore[index]
    return found


def form(name: str, values: dict[str, str], **more: object) -> dict[str, object]:
    return {"form": name, "values": values, "turn": "1", **more}


def team_id(database: psycopg.Connection) -> int:
    row = database.execute("SELECT id FROM response_teams").fetchone()
    assert row is not None
    return int(row[0])


def test_the_centre_keeps_a_team_from_its_first_day_to_its_last(reader: SignIn, database: psycopg.Connection, unit: int) -> None:
    centre = reader("centre")

    assert ask(centre, form("team", TEAM), unit)["ok"]
    number = team_id(database)
    assert ask(centre, form("shift", SHIFT, id=number))["ok"]
    assert ask(
        centre, form("licence", {"number": "TS1", "valid_from": "2020-01-01", "valid_until": "2999-01-01"}, unit=unit, kinds=["elevator"])
    )["ok"]
    teams, chosen = said(panel(centre, "duty-teams", {})), said(panel(centre, "duty-team", {"team": str(number)}))
    assert "听涛驻点" in teams
    assert "TS1" in chosen
    [shift] = database.execute("SELECT id, starts_at::text FROM duty_shifts").fetchall()
    assert shift[1].startswith("2026-11-20 00:00:00")
    assert ask(centre, form("remove", {}, id=shift[0]))["ok"]
    assert ask(centre, form("close", {}, id=number))["ok"]
    assert "听涛驻点" not in said(panel(centre, "duty-teams", {}))


def test_a_street_sees_its_teams_and_keeps_none(reader: SignIn, database: psycopg.Connection, unit: int) -> None:
    ask(reader("centre"), form("team", TEAM), unit)

    own, other = (said(panel(reader(name), "duty-teams", {})) for name in ("changfeng", "ganquan"))
    refused = ask(reader("changfeng"), form("close", {}, id=team_id(database)))

    assert "听涛驻点" in own
    assert "听涛驻点" not in other
    assert "听涛驻点" not in said(panel(reader("ganquan"), "duty-team", {"team": str(team_id(database))}))
    assert refused["said"] == "您的账号没有此项权限"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (TEAM | {"name": ""}, "请填写名称"),
        (TEAM | {"lng": "east"}, "经纬度"),
        (TEAM | {"lat": ""}, "经纬度"),
        (TEAM | {"lat": "nan"}, "经纬度"),
        (TEAM | {"capacity": "many"}, "1 至 50"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_in_words(
    reader: SignIn, database: psycopg.Connection, unit: int, values: dict[str, str], words: str
) -> None:
    answer = ask(reader("centre"), form("team", values), unit)

    assert not answer["ok"]
    assert words in answer["said"]
    assert database.execute("SELECT count(*) FROM response_teams").fetchone() == (0,)


@pytest.mark.parametrize(
    "asked",
    [
        None, [], "team", {}, {"form": "team"}, {"form": "drop", "id": 1}, {"form": "close", "id": "1; DROP TABLE response_teams"},
        {"form": "close", "id": 10**30}, {"form": "remove", "id": -1}, {"form": "shift", "values": [], "id": 1},
        {"form": "post", "post": "king"},
        form("shift", SHIFT | {"starts_at": "0001-01-01T00:00"}, id=1), form("licence", {"valid_from": "x"}, kinds="elevator"),
        form("shift", SHIFT | {"ends_at": "9999-12-31T23:59"}, id=1),
    ],
    ids=str,
)  # fmt: skip
def test_what_no_form_sends_changes_nothing(reader: SignIn, database: psycopg.Connection, unit: int, asked: object) -> None:
    assert not ask(reader("centre"), asked)["ok"]
    assert database.execute("SELECT (SELECT count(*) FROM response_teams), (SELECT count(*) FROM duty_shifts)").fetchone() == (0, 0)


def upload(client: FlaskClient, contents: object) -> TestResponse:
    """What choosing a file sends."""
    result = "duty-result.data"
    outputs = {"id": "duty-result", "property": "data"}
    found = [each for each in _dependencies(client) if each["output"].startswith(result + "@")]
    assert len(found) == 1
    return call(
        client,
        found[0]["output"],
        outputs | {"property": found[0]["output"].partition(".")[2]},
        {"duty-file.contents": contents},
        {"duty-file.last_modified": 5},
    )


def _dependencies(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(client.get("/_dash-dependencies").text)
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("班组,姓名,开始,结束\n值班员,季云澜,2026-11-20 08:00,2026-11-20 20:00\n", "已导入 1 个新班次"),
        ("班组,姓名,开始,结束\n甲驻点,季云澜,2026-11-20 08:00,2026-11-20 20:00\n", "第 2 行：没有这个班组"),
        ("姓名\n", "首行应有"),
    ],
)
def test_a_file_is_taken_or_refused_with_its_line(reader: SignIn, text: str, words: str) -> None:
    contents = "data:text/csv;base64," + base64.b64encode(text.encode()).decode()

    assert words in said(upload(reader("centre"), contents))


@pytest.mark.parametrize("contents", ["nothing", "data:,***", ""])
def test_what_is_no_file_is_refused(reader: SignIn, contents: str) -> None:
    assert '"ok": false' in said(upload(reader("centre"), contents))


def test_only_those_who_keep_rosters_get_forms(reader: SignIn) -> None:
    centre, street = (said(page(reader(name), "/duty")) for name in ("centre", "changfeng"))

    assert "duty-licence" in centre
    assert "duty-asked" not in street


def test_the_wall_names_who_leads(reader: SignIn, database: psycopg.Connection) -> None:
    insert = "INSERT INTO duty_shifts (post, name, starts_at, ends_at) VALUES ('leader', '沈若川', %s, %s)"
    database.execute(insert, (datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)))
    database.execute("UPDATE data_versions SET version = version + 1 WHERE watch = 'rosters'")

    drawn = said(panel(reader("wall"), "duty-posts", {}))

    assert "沈若川" in drawn
    assert "值班领导" in drawn
