"""A street's account gets no other street's row: not from a page, not from a callback, whatever it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest
from flask.testing import FlaskClient

from callbacks.panels import PANELS
from tests.integration.web import town
from tests.integration.web.dash_calls import acknowledge, grid, page, panel, said

SignIn = Callable[[str], FlaskClient]
OTHER = town.IN_GANQUAN
ASKED = (
    {},
    {"street": OTHER.street},
    {"code": OTHER.code, "pick": OTHER.code, "q": OTHER.code[:-1], "id": "2"},
    {"street": f"none,{OTHER.street},{town.CHANGFENG}", "status": "critical", "open": "0"},
)


def alarm_of(database: psycopg.Connection, lift: town.Lift) -> tuple[int, str | None]:
    """The id of a lift's alarm, and who took note of it."""
    query = "SELECT a.id, a.acknowledged_by FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE e.code = %s"
    found = database.execute(query, (lift.code,)).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize("name", PANELS)
def test_no_panel_shows_another_street(reader: SignIn, name: str) -> None:
    client = reader("changfeng")

    for params in ASKED:
        shown = said(panel(client, name, params))

        assert OTHER.name not in shown
        assert OTHER.code not in shown
        assert town.IN_NO_STREET.code not in shown


@pytest.mark.parametrize("name", ["alarm-feed", "alarms", "dossier", "ticker"])
def test_the_same_panels_show_it_to_the_district(reader: SignIn, name: str) -> None:
    assert OTHER.name in said(panel(reader("centre"), name, {"code": OTHER.code}))


@pytest.mark.parametrize("path", ["/", "/map", "/alarms", "/equipment", f"/equipment/{OTHER.code}"])
def test_no_page_shows_another_street(reader: SignIn, path: str) -> None:
    client = reader("changfeng")

    assert client.get(path).status_code == 200
    assert OTHER.name not in said(page(client, path, f"?street={OTHER.street}"))


def test_an_object_of_another_street_looks_like_one_that_does_not_exist(reader: SignIn) -> None:
    client = reader("changfeng")

    panels = [name for name in PANELS if name.startswith("dossier")]

    def dossier(code: str) -> list[str]:
        answers = [page(client, f"/equipment/{code}"), *(panel(client, name, {"code": code}) for name in panels)]
        return [re.sub(r'"at": "[^"]+"', "", said(answer).replace(code, "CODE")) for answer in answers]

    assert dossier(OTHER.code) == dossier("31101070169999999999")


def test_the_list_holds_the_rows_of_the_scope(reader: SignIn) -> None:
    def codes(username: str, **params: str) -> set[str]:
        answer = grid(reader(username), params).json["response"]["equipment-grid"]["getRowsResponse"]
        assert answer["rowCount"] == len(answer["rowData"])
        return {row["code"] for row in answer["rowData"]}

    assert codes("centre") == {lift.code for lift in town.LIFTS}
    assert codes("changfeng") == {town.IN_CHANGFENG.code}
    assert codes("changfeng", street=str(OTHER.street)) == set()


def test_nobody_takes_note_of_another_streets_alarm(reader: SignIn, database: psycopg.Connection) -> None:
    alarm_id, _ = alarm_of(database, OTHER)

    refused = acknowledge(reader("changfeng"), alarm_id)
    missing = acknowledge(reader("changfeng"), 999_999)
    watcher = acknowledge(reader("wall"), alarm_id)

    assert refused.json == missing.json
    assert "没有此项权限" in said(watcher)
    assert alarm_of(database, OTHER) == (alarm_id, None)


def test_a_street_takes_note_of_its_own_alarm(reader: SignIn, database: psycopg.Connection) -> None:
    alarm_id, _ = alarm_of(database, town.IN_CHANGFENG)

    assert '"ok": true' in said(acknowledge(reader("changfeng"), alarm_id))
    assert alarm_of(database, town.IN_CHANGFENG) == (alarm_id, "王值班")


@pytest.mark.parametrize("alarm_id", [None, "1 OR 1=1", -1, 2**70, [1], {"id": 1}, True])
def test_what_is_no_alarm_is_refused(reader: SignIn, alarm_id: object) -> None:
    assert "没有这个对象" in said(acknowledge(reader("centre"), alarm_id))


@pytest.mark.parametrize(
    "asked",
    [
        {"startRow": "x"},
        {"startRow": 10**30},
        {"endRow": -5},
        {"endRow": None},
        {"sortModel": [{"colId": ["code"]}]},
        {"sortModel": "code"},
    ],
    ids=str,
)
def test_the_grid_answers_whatever_it_is_asked(reader: SignIn, asked: dict[str, object]) -> None:
    answer = grid(reader("changfeng"), {}, **asked)

    assert answer.status_code == 200
    assert answer.json["response"]["equipment-grid"]["getRowsResponse"]["rowCount"] > 0
