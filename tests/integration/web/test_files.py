"""Files of a scope: the map's columns, the versions, the exports."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import orjson
import psycopg
import pytest
from dash import Dash
from flask.testing import FlaskClient

from data_access.engine import Tx, connect
from data_access.watches import Watch, touched
from domain.scope import ALL, Role, Scope
from services import exports
from settings import Settings
from tests.integration.web import town
from web import devices

DISTRICT = Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL)
CHANGFENG = Scope(Role.STREET, (town.CHANGFENG,), None, ALL)
SignIn = Callable[[str], FlaskClient]
PATIENCE_S = 30


def url_for(app: Dash, scope: Scope) -> str:
    with app.server.test_request_context():
        return devices.url_for(scope)


def table(answer) -> list[dict[str, str]]:
    """The rows of an exported file, without its watermark."""
    assert answer.status_code == 200, answer.text
    text = answer.data.decode("utf-8-sig")
    return [row for row in csv.DictReader(io.StringIO(text)) if None not in row.values()]


def test_the_map_file_holds_the_machines_of_the_scope(app: Dash, reader: SignIn) -> None:
    district = reader("centre").get(url_for(app, DISTRICT))
    street = reader("changfeng").get(url_for(app, CHANGFENG))

    assert district.json["code"] == [lift.code for lift in town.LIFTS]
    assert street.json["code"] == [town.IN_CHANGFENG.code]
    assert {len(column) for column in district.json.values()} == {len(town.LIFTS)}
    assert district.json["lng"][0] == 121.401235
    assert district.json["street"] == [town.CHANGFENG, town.GANQUAN, None]


def test_a_file_of_another_scope_does_not_exist(app: Dash, reader: SignIn) -> None:
    for url in (url_for(app, DISTRICT), url_for(app, Scope(Role.STREET, (town.GANQUAN,), None, ALL)), "/data/devices-0.json"):
        assert reader("changfeng").get(url).status_code == 404


def test_the_address_names_the_content_and_is_kept_by_the_browser_alone(app: Dash, reader: SignIn) -> None:
    url = url_for(app, DISTRICT)

    answer = reader("centre").get(url)

    assert hashlib.sha256(answer.data).hexdigest().startswith(url.removeprefix("/data/devices-").removesuffix(".json"))
    assert answer.headers["Cache-Control"] == "private, max-age=604800, immutable"


def test_a_browser_that_can_gets_it_packed(app: Dash, reader: SignIn) -> None:
    answer = reader("centre").get(url_for(app, DISTRICT), headers={"Accept-Encoding": "gzip, br"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert orjson.loads(gzip.decompress(answer.data))["code"] == [lift.code for lift in town.LIFTS]


def test_a_file_is_made_once_and_other_scopes_do_not_wait_for_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, made = Event(), Event(), []
    read = devices.equipment.map_columns

    def slow(scope: Scope, tx: Tx) -> devices.equipment.Columns:
        made.append(scope)
        if scope == DISTRICT:
            begun.set()
            assert go_on.wait(PATIENCE_S)
        return read(scope, tx)

    monkeypatch.setattr(devices.equipment, "map_columns", slow)
    store = connect(settings.database_url.get_secret_value())
    files = devices.Devices(store)
    with ThreadPoolExecutor(2) as others:
        asked = [others.submit(files.of, DISTRICT) for _ in range(2)]
        assert begun.wait(PATIENCE_S)

        street = files.of(CHANGFENG)
        go_on.set()
        district = {answer.result(PATIENCE_S) for answer in asked}
    store.close()

    assert (len(district), street in district) == (1, False)
    assert sorted(made, key=repr) == sorted([CHANGFENG, DISTRICT], key=repr)


def test_a_changed_register_has_a_new_address(app: Dash, reader: SignIn, database: psycopg.Connection, settings: Settings) -> None:
    before = url_for(app, DISTRICT)
    database.execute("UPDATE equipment SET lat = 31.24 WHERE code = %s", (town.IN_GANQUAN.code,))
    store = connect(settings.database_url.get_secret_value())
    with store.transaction() as tx:
        tx.touch(*touched(Watch.EQUIPMENT, {town.GANQUAN}))
    store.close()

    after = url_for(app, DISTRICT)

    assert after != before
    assert reader("centre").get(before).status_code == 404
    assert 31.24 in reader("centre").get(after).json["lat"]


def test_versions_are_told_within_the_scope(reader: SignIn, settings: Settings) -> None:
    store = connect(settings.database_url.get_secret_value())
    with store.transaction() as tx:
        tx.touch(*touched(Watch.ALARMS, {town.CHANGFENG, town.GANQUAN}))
    store.close()

    district = reader("centre").get("/api/v1/versions").json
    street = reader("changfeng").get("/api/v1/versions").json

    assert {f"street:{code}:alarms" for code in town.STREETS} | {"alarms"} <= set(district["versions"])
    assert f"street:{town.CHANGFENG}:alarms" in street["versions"]
    assert "alarms" not in street["versions"]
    assert f"street:{town.GANQUAN}:alarms" not in street["versions"]
    assert datetime.fromisoformat(street["at"]).tzinfo is UTC or datetime.fromisoformat(street["at"]).utcoffset() is not None


@pytest.mark.parametrize("name", ["equipment", "alarms"])
def test_an_export_holds_the_rows_of_the_scope(reader: SignIn, name: str) -> None:
    district = table(reader("centre").get(f"/export/{name}.csv"))
    street = table(reader("changfeng").get(f"/export/{name}.csv"))
    overreach = table(reader("changfeng").get(f"/export/{name}.csv?street={town.GANQUAN}"))

    assert {row["注册代码"] for row in district} == {lift.code for lift in town.LIFTS}
    assert [row["注册代码"] for row in street] == [town.IN_CHANGFENG.code]
    assert street[0]["街镇"] == town.STREETS[town.CHANGFENG]
    assert overreach == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        (f"?street={town.CHANGFENG}", 1),
        (f"?street={town.CHANGFENG},{town.GANQUAN}", 2),
        ("?street=none", 1),
        ("?kind=forklift", 0),
        ("?status=critical", 3),
        ("?overdue=nonsense", 3),
        ("?q=1e217", 1),
        ("?q=%00", 3),
        ("?since=99999999999999999999&maintainer=-1", 3),
        ("?since=200", 0),
    ],
)
def test_an_export_honours_the_filter_of_the_page(reader: SignIn, query: str, found: int) -> None:
    assert len(table(reader("centre").get(f"/export/equipment.csv{query}"))) == found


def test_an_export_of_alarms_honours_the_filter_of_the_page(reader: SignIn) -> None:
    client = reader("centre")

    assert len(table(client.get(f"/export/alarms.csv?level=entrapment&open=1&street={town.GANQUAN}"))) == 1
    assert [row["注册代码"] for row in table(client.get("/export/alarms.csv?street=none"))] == [town.IN_NO_STREET.code]
    assert table(client.get("/export/alarms.csv?level=emergency")) == []
    named = table(client.get("/export/alarms.csv?street=none"))[0]["告警编号"]
    assert [row["注册代码"] for row in table(client.get(f"/export/alarms.csv?id={named}"))] == [town.IN_NO_STREET.code]
    assert table(client.get("/export/alarms.csv?id=x")) == []
    assert len(table(client.get("/export/alarms.csv?day=today&safety=1&acknowledged=no"))) == 3


def test_an_export_opens_in_chinese_and_runs_nothing(reader: SignIn) -> None:
    answer = reader("centre").get("/export/equipment.csv")

    assert answer.data.startswith("\ufeff注册代码,".encode())
    assert {row["名称"] for row in table(answer)} >= {f"'{town.IN_NO_STREET.name}"}
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="putuo-equipment-')
    assert "centre 值班员" in answer.text.splitlines()[-1]
    assert "演示数据" in answer.text.splitlines()[-1]


@pytest.mark.parametrize("name", ["equipment", "alarms"])
@pytest.mark.parametrize(("largest", "cut"), [(len(town.LIFTS) - 1, True), (len(town.LIFTS), False)])
def test_an_export_that_does_not_hold_everything_says_so(
    reader: SignIn, monkeypatch: pytest.MonkeyPatch, name: str, largest: int, cut: bool
) -> None:
    monkeypatch.setattr(exports, "LARGEST", largest)
    monkeypatch.setattr(exports, "LARGEST_PAGE", 1)

    answer = reader("centre").get(f"/export/{name}.csv")

    assert len(table(answer)) == largest
    assert (f"只含前 {largest} 行" in answer.text.splitlines()[-2]) is cut


def test_an_export_speaks_the_readers_language(signed_in: SignIn) -> None:
    assert "Registration code" in signed_in("centre").get("/export/equipment.csv?lang=en").text.splitlines()[0]


def test_only_who_may_takes_lists_out_and_it_is_written_down(reader: SignIn, database: psycopg.Connection) -> None:
    assert reader("wall").get("/export/alarms.csv").status_code == 403

    reader("ganquan").get(f"/export/alarms.csv?open=1&street={town.GANQUAN}")

    noted = database.execute("SELECT username, object, after FROM audit_log WHERE action = 'export' ORDER BY id DESC LIMIT 1").fetchone()
    assert noted == ("ganquan", "export:alarms", {"rows": 1, "filter": {"open_only": True, "streets": [town.GANQUAN]}})
