"""The film of an alarm and the rules, asked for by programs: what leaves the house, and to whom."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from data_access.engine import connect
from data_access.partitions import ensure
from services.telemetry_memory import recall
from settings import Settings
from tests.integration.ingest.district import CALM, beijing, say
from tests.integration.web import town
from tests.integration.web.dash_calls import call, panel, said

SignIn = Callable[[str], FlaskClient]
OPEN = {"Door_Status": 4, "Door_Close_Status": False, "Car_Position": "=1+1"}


@pytest.fixture(scope="module")
def alarm(settings: Settings) -> int:
    """Doors that stood open for two minutes in 长风."""
    url = settings.database_url.get_secret_value()
    store, start = connect(url), datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    with store.transaction() as tx:
        ensure(tx, start, hours_ahead=1)
    memory = recall(store, at=start)
    for second in range(0, 130, 10):
        at = start + timedelta(seconds=second)
        body = {"registerNumber": town.IN_CHANGFENG.code, "samplingTime": beijing(at), **CALM, **OPEN}
        say(store, memory, (f"pt/v1/xzl/elevator/{town.IN_CHANGFENG.code}/state", json.dumps(body).encode()), at=at)
    store.close()
    with psycopg.connect(url) as connection:
        [(number,)] = connection.execute("SELECT id FROM alarms WHERE rule = 'door_held_open'").fetchall()
    return int(number)


def drawn(answer: TestResponse) -> object:
    """What a panel's answer draws."""
    assert answer.json is not None
    [output] = answer.json["response"].values()
    return output["data"]["draw"]


def test_a_film_leaves_as_a_file_under_the_platforms_keys(reader: SignIn, alarm: int):
    answer = reader("bureau").get(f"/export/alarms/{alarm}/film.csv")

    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    raised = rows[12]
    assert (raised["Door_Status"], raised["长时间开门"]) == ("开到位", "条件已持续 120 秒，达到 120 秒，产生告警")
    assert raised["Car_Position"] == "'=1+1"  # a spreadsheet would run it
    assert "值班员" in answer.text.splitlines()[-1]


@pytest.mark.parametrize("address", ["/export/alarms/{}/film.csv", "/export/alarms/99999999/film.csv"])
def test_a_film_of_another_street_does_not_exist(reader: SignIn, alarm: int, address: str):
    assert reader("ganquan").get(address.format(alarm)).status_code == 404


def test_who_may_not_take_lists_out_takes_no_film(reader: SignIn, alarm: int):
    assert reader("wall").get(f"/export/alarms/{alarm}/film.csv").status_code == 403


@pytest.mark.parametrize("asked", ["99999999", "x", "-1", "9" * 30, "", "1;DROP"])
def test_a_film_that_does_not_exist_is_as_one_elsewhere(reader: SignIn, alarm: int, asked: str):
    nothing = panel(reader("ganquan"), "replay", {"alarm": asked})
    foreign = panel(reader("ganquan"), "replay", {"alarm": str(alarm)})

    assert '"found": "no"' in said(nothing)
    assert town.IN_CHANGFENG.name not in said(foreign)
    assert drawn(nothing) == drawn(foreign)


def test_an_alarm_of_an_unknown_rule_has_a_film_without_one(reader: SignIn, settings: Settings):
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        [(number,)] = connection.execute(
            "SELECT a.id FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE rule = 'entrapment_event' AND e.code = %s",
            (town.IN_GANQUAN.code,),
        ).fetchall()

    assert '"found": "yes"' in said(panel(reader("ganquan"), "replay", {"alarm": str(number)}))


@pytest.mark.parametrize(
    ("username", "said_back", "versions"),
    [("changfeng", "没有此项权限", 0), ("centre", "没有此项权限", 0), ("bureau", "第 1 版已生效", 1)],
)
def test_a_threshold_is_changed_by_those_alone_who_may(
    app: Dash, reader: SignIn, settings: Settings, username: str, said_back: str, versions: int
):
    output = next(key for key in app.callback_map if "rule-why.value" in key)
    outputs = [dict(zip(("id", "property"), one.rsplit(".", 1), strict=True)) for one in output.strip(".").split("...")]
    seen = {"key": "elevator.entrapment_seconds", "version": 0}

    answer = call(
        reader(username), output, outputs, {"rule-confirm.n_clicks": 1},
        {"rule--seen.data": seen, "rule--value.value": "30", "rule-why.value": "试点"},
    )  # fmt: skip

    assert said_back in said(answer)
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        assert connection.execute("SELECT count(*) FROM rule_settings").fetchone() == (versions,)
