"""The incident desk as a browser, or somebody who imitates one, asks for it: calls answered, taken in, joined; drills."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from components import ids
from tests.integration.web import town
from tests.integration.web.dash_calls import call, page, panel, said

SignIn = Callable[[str], FlaskClient]
LIFT, OTHER = town.IN_CHANGFENG, town.IN_GANQUAN


@pytest.fixture(autouse=True)
def _swept(database: psycopg.Connection) -> Iterator[None]:
    """Every test finds a town without orders and drills."""
    yield
    database.execute("ALTER TABLE work_order_events DISABLE TRIGGER work_order_events_only_grow")
    database.execute("ALTER TABLE order_photos DISABLE TRIGGER order_photos_only_grow")
    database.execute("TRUNCATE work_orders, drills CASCADE")
    database.execute("ALTER TABLE work_order_events ENABLE TRIGGER work_order_events_only_grow")
    database.execute("ALTER TABLE order_photos ENABLE TRIGGER order_photos_only_grow")


def take_in(client: FlaskClient, code: str, *, origin: str = "110", what: str = "trapped", moment: str = "", drill: bool = False) -> str:
    """The form, filled in and sent."""
    state = {
        f"{ids.INTAKE_ORIGIN}.value": origin,
        f"{ids.INTAKE_WHAT}.value": what,
        f"{ids.INTAKE_MACHINE}.data": code,
        f"{ids.INTAKE_REPORTER}.value": "赵女士",
        f"{ids.INTAKE_PHONE}.value": "13800001234",
        f"{ids.INTAKE_WHEN}.value": moment,
        f"{ids.INTAKE_WORDS}.value": "两人被困",
        f"{ids.INTAKE_DRILL}.value": ["drill"] if drill else [],
    }
    outputs = [{"id": ids.INTAKE_RESULT, "property": "data"}, {"id": ids.INTAKE_PROBLEM, "property": "children"}]
    output = f"..{ids.INTAKE_RESULT}.data...{ids.INTAKE_PROBLEM}.children.."
    return said(call(client, output, outputs, {f"{ids.INTAKE_CONFIRM}.n_clicks": 1}, state))


def answer(client: FlaskClient, order_id: object) -> str:
    """The key that takes a call."""
    outputs = {"id": ids.DESK_RESULT, "property": "data"}
    return said(call(client, f"{ids.DESK_RESULT}.data", outputs, {f"{ids.DESK_ACT}.data": {"id": order_id, "turn": 1}}))


def start(client: FlaskClient, name: str) -> str:
    outputs = [{"id": ids.DRILL_RESULT, "property": "data"}, {"id": ids.DRILL_PROBLEM, "property": "children"}]
    output = f"..{ids.DRILL_RESULT}.data...{ids.DRILL_PROBLEM}.children.."
    return said(call(client, output, outputs, {f"{ids.DRILL_START}.n_clicks": 1}, {f"{ids.DRILL_NAME}.value": name}))


def stop(client: FlaskClient) -> str:
    outputs = {"id": ids.DRILL_ENDED, "property": "data"}
    return said(call(client, f"{ids.DRILL_ENDED}.data", outputs, {f"{ids.DRILL_STOP}.n_clicks": 1}))


def orders(database: psycopg.Connection) -> list[tuple[Any, ...]]:
    return database.execute("SELECT kind, drill FROM work_orders ORDER BY id").fetchall()


def call_of(database: psycopg.Connection) -> tuple[Any, ...] | None:
    return database.execute("SELECT work_order_id, answered_by FROM seat_calls").fetchone()


def sources(database: psycopg.Connection) -> list[str]:
    return [source for (source,) in database.execute("SELECT source FROM incident_sources ORDER BY id").fetchall()]


def test_a_call_becomes_an_order_that_the_seat_has(reader: SignIn, database: psycopg.Connection) -> None:
    assert "已生成工单" in take_in(reader("centre"), LIFT.code)

    assert orders(database) == [("rescue", False)]
    taken = call_of(database)
    assert taken is not None
    assert taken[1] == "centre 值班员"


def test_calls_from_several_sides_are_one_incident(reader: SignIn, database: psycopg.Connection) -> None:
    take_in(reader("centre"), LIFT.code, origin="110")

    assert "已并入在办工单" in take_in(reader("centre"), LIFT.code, origin="property")

    assert orders(database) == [("rescue", False)]
    assert sources(database) == ["110", "property"]


def test_a_call_that_a_street_takes_in_rings_at_the_seat(reader: SignIn, database: psycopg.Connection) -> None:
    take_in(reader("changfeng"), LIFT.code)
    waiting = call_of(database)
    assert waiting is not None
    assert waiting[1] is None

    assert "没有此项权限" in answer(reader("changfeng"), waiting[0])
    assert "已接警" in answer(reader("centre"), waiting[0])
    assert "centre 值班员 已于" in answer(reader("centre"), waiting[0])


@pytest.mark.parametrize("nonsense", [None, "1; DROP TABLE work_orders", -1, 2**70, True, 999_999])
def test_nonsense_answers_nothing(reader: SignIn, nonsense: object) -> None:
    assert '"ok": false' in answer(reader("centre"), nonsense)


@pytest.mark.parametrize(
    ("code", "moment", "words"),
    [
        ("", "", "请先选定电梯"),
        ("没有这台", "", "没有这个对象"),
        (OTHER.code, "", "没有这个对象"),
        (LIFT.code, "昨天", "时间"),
        (LIFT.code, "2099-01-01 00:00", "时间"),
        (LIFT.code, "2020-01-01 00:00", "早于 24 小时前"),
    ],
    ids=["no machine", "unknown machine", "another street's machine", "unclear time", "time to come", "another year"],
)
def test_what_cannot_be_taken_in_is_said(reader: SignIn, database: psycopg.Connection, code: str, moment: str, words: str) -> None:
    assert words in take_in(reader("changfeng"), code, moment=moment)
    assert orders(database) == []


def test_roles_without_a_part_in_incidents_take_in_nothing(reader: SignIn, database: psycopg.Connection) -> None:
    assert "没有此项权限" in take_in(reader("wall"), LIFT.code)
    assert orders(database) == []


def test_the_search_offers_lifts_of_the_readers_scope_and_says_which_have_an_order(reader: SignIn) -> None:
    outputs = [{"id": ids.INTAKE_OFFERS, "property": "children"}, {"id": ids.INTAKE_MACHINE, "property": "data"}]
    output = f"..{ids.INTAKE_OFFERS}.children...{ids.INTAKE_MACHINE}.data.."

    def offered(username: str, text: str) -> str:
        return said(call(reader(username), output, outputs, {f"{ids.INTAKE_TEXT}.data": text}))

    assert "有在办工单" not in offered("centre", LIFT.code)
    take_in(reader("centre"), LIFT.code)

    assert LIFT.code in offered("centre", LIFT.code)
    assert "有在办工单" in offered("centre", LIFT.code)
    assert LIFT.code not in offered("ganquan", LIFT.code)


def test_the_form_says_what_goes_on_at_the_machine(reader: SignIn) -> None:
    outputs = {"id": ids.INTAKE_HINT, "property": "children"}

    def hinted(code: str) -> str:
        return said(call(reader("centre"), f"{ids.INTAKE_HINT}.children", outputs, {f"{ids.INTAKE_MACHINE}.data": code}))

    assert "目前没有在办工单" in hinted(LIFT.code)
    take_in(reader("centre"), LIFT.code)

    assert "将自动并入" in hinted(LIFT.code)
    assert "目前没有在办工单" in hinted(OTHER.code)


def test_a_drill_is_marked_and_apart_from_what_is_real(reader: SignIn, database: psycopg.Connection) -> None:
    centre = reader("centre")
    assert "目前没有进行中的演练" in take_in(centre, LIFT.code, drill=True)
    assert "演练已开始" in start(centre, "四季度演练")
    assert "先行处理" in start(centre, "又一场")

    take_in(centre, LIFT.code, drill=True)
    take_in(centre, LIFT.code)

    assert orders(database) == [("rescue", True), ("rescue", False)]
    drawn = said(panel(centre, "desk", {}))
    assert "四季度演练" in drawn
    assert "演练工单" in drawn
    assert "1 起救援" in said(panel(centre, "rescue-clock", {}))
    assert "今日 1 件" in said(panel(centre, "funnel", {}))
    assert "关闭演练工单 1 件" in stop(centre)
    assert "四季度演练" not in said(panel(centre, "desk", {}))


def test_the_seat_hears_of_a_call_until_it_is_answered(reader: SignIn, database: psycopg.Connection) -> None:
    database.execute("UPDATE alarms SET acknowledged_at = now(), acknowledged_by = '某人'")
    take_in(reader("changfeng"), LIFT.code)
    waiting = call_of(database)
    assert waiting is not None

    assert f'"ids": "-{waiting[0]}"' in said(panel(reader("centre"), "siren-state", {}))
    assert '"ids": null' in said(panel(reader("changfeng"), "siren-state", {}))
    answer(reader("centre"), waiting[0])
    assert '"ids": null' in said(panel(reader("centre"), "siren-state", {}))
    database.execute("UPDATE alarms SET acknowledged_at = NULL, acknowledged_by = NULL")


@pytest.mark.parametrize(("username", "shown"), [("centre", True), ("changfeng", True), ("wall", False)])
def test_the_desk_is_for_those_with_a_part_in_orders(reader: SignIn, username: str, shown: bool) -> None:
    drawn = said(page(reader(username), "/desk"))

    assert ('"panel": "desk"' in drawn) is shown
    assert (ids.DRILL_NAME in drawn) is (username == "centre")
