"""Publicity and feedback, as a browser or somebody who imitates one asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.integration.web import town
from tests.integration.web.dash_calls import call, page, panel, said

SignIn = Callable[[str], FlaskClient]
OWN, OTHER = town.IN_CHANGFENG, town.IN_GANQUAN
ENTRY = (
    "INSERT INTO publicity (site_id, behaviour, count, since, until) "
    "SELECT site_id, 'jumping', 7, now() - interval '2 days', now() + interval '5 days' FROM equipment WHERE code = %s RETURNING id"
)


OCCURRED = (
    "INSERT INTO alarms (equipment_id, kind, street_code, family, rule, category, level, reason, source, raised_at, detected_at, "
    "cleared_at, last_occurred_at, occurrences) SELECT id, kind, street_code, 'jumping', 'jumping', 'uncivil_behavior', 'minor_fault', "
    "'minor', 'event', now(), now(), now(), now(), 7 FROM equipment WHERE code = %s"
)


@pytest.fixture(autouse=True)
def entries(database: psycopg.Connection) -> Iterator[dict[str, int]]:
    """One entry a street, by the code of a lift there."""
    for number, lift in enumerate((OWN, OTHER)):
        site = "INSERT INTO sites (name, pinyin, search_key, place_kind, address) VALUES (%s, '', '', 'residential', '') RETURNING id"
        [made] = database.execute(site, (f"场所{number}-{uuid4()}",)).fetchall()
        database.execute("UPDATE equipment SET site_id = %s WHERE code = %s", (*made, lift.code))
        database.execute(OCCURRED, (lift.code,))
    yield {lift.code: database.execute(ENTRY, (lift.code,)).fetchall()[0][0] for lift in (OWN, OTHER)}
    database.execute("DELETE FROM publicity")


def record(client: FlaskClient, entry: object, note: object = "张贴提示") -> TestResponse:
    """Somebody says what was done."""
    return call(
        client,
        "..publicity-result.data...publicity-problem.children..",
        [{"id": "publicity-result", "property": "data"}, {"id": "publicity-problem", "property": "children"}],
        {"publicity-confirm.n_clicks": 1},
        {"publicity-chosen.data": entry, "publicity-note.value": note},
    )


def receive(
    client: FlaskClient, sheet: object, *, code: str = OWN.code, kind: str = "complaint", words: str = "电梯抖动", stars: object = None
) -> TestResponse:
    """Somebody hands a sheet in."""
    outputs = [("said", "children"), ("problem", "children"), ("sheet", "data"), ("words", "value"), ("stars", "value")]
    state = {"sheet.data": sheet, "kind.value": kind, "origin.value": "12345", "machine.value": code, "reporter.value": "王女士"}
    return call(
        client,
        f"..{'...'.join(f'feedback-{name}.{prop}' for name, prop in outputs)}..",
        [{"id": f"feedback-{name}", "property": prop} for name, prop in outputs],
        {"feedback-confirm.n_clicks": 1},
        {f"feedback-{name}": value for name, value in (state | {"phone.value": "", "words.value": words, "stars.value": stars}).items()},
    )


def done(database: psycopg.Connection) -> list[int]:
    """The entries somebody has done something about."""
    return [row[0] for row in database.execute("SELECT id FROM publicity WHERE done_at IS NOT NULL ORDER BY id")]


def test_a_street_sees_its_own_sites_and_says_once_what_was_done(
    reader: SignIn, database: psycopg.Connection, entries: dict[str, int]
) -> None:
    street = reader("changfeng")

    drawn = said(panel(street, "publicity", {}))
    first, second = said(record(street, entries[OWN.code])), said(record(street, entries[OWN.code]))

    assert drawn.count("登记宣传") == 1
    assert '"ok": true' in first
    assert "已于" in second
    assert done(database) == [entries[OWN.code]]
    assert "登记宣传" not in said(panel(street, "publicity", {"done": "0"}))


@pytest.mark.parametrize("entry", [None, "", "1", True, 0, -1, 2**40, {"id": 1}, [1]])
def test_what_is_no_entry_is_not_done(reader: SignIn, database: psycopg.Connection, entry: object) -> None:
    assert '"ok"' not in said(record(reader("centre"), entry))
    assert done(database) == []


def test_nobody_speaks_for_another_streets_site(reader: SignIn, database: psycopg.Connection, entries: dict[str, int]) -> None:
    refused, missing = record(reader("changfeng"), entries[OTHER.code]), record(reader("changfeng"), 999_999)

    assert refused.json == missing.json
    assert "没有此项权限" in said(record(reader("wall"), entries[OTHER.code]))
    assert done(database) == []


def test_a_sheet_opens_one_order_and_leads_to_it(reader: SignIn, database: psycopg.Connection) -> None:
    sheet, centre = str(uuid4()), reader("centre")

    first, second = said(receive(centre, sheet)), said(receive(centre, sheet))

    found = database.execute("SELECT id, number, cause FROM work_orders WHERE cause_key = %s", (f"feedback:{sheet}",)).fetchall()
    [(order_id, number, cause)] = found
    assert cause == "complaint"
    assert number in first
    assert f"/work-orders/{order_id}" in first
    assert "已提交过" in second


@pytest.mark.parametrize(("stars", "words"), [("2", "/work-orders/"), ("4", "无需立案"), ("9", "请选择星级"), (None, "请选择星级")])
def test_a_rating_needs_stars_and_only_a_poor_one_is_an_order(reader: SignIn, stars: object, words: str) -> None:
    answer = said(receive(reader("centre"), str(uuid4()), kind="citizen_rating", words="", stars=stars))

    assert words in answer
    assert ("/work-orders/" in answer) is (stars == "2")


@pytest.mark.parametrize(
    ("who", "changes", "words"),
    [
        ("changfeng", {"code": OTHER.code}, "没有这个对象"),
        ("changfeng", {"code": ""}, "请选择本街镇的设备"),
        ("centre", {"words": " "}, "请填写内容"),
        ("centre", {"kind": "rescue"}, ""),
        ("wall", {}, "没有此项权限"),
    ],
)
def test_a_sheet_that_cannot_be_taken_in_opens_nothing(
    reader: SignIn, database: psycopg.Connection, who: str, changes: dict[str, str], words: str
) -> None:
    sheet = str(uuid4())

    answer = said(receive(reader(who), sheet, **changes))

    assert words in answer
    assert "/work-orders/" not in answer
    assert database.execute("SELECT 1 FROM work_orders WHERE cause_key = %s", (f"feedback:{sheet}",)).fetchall() == []


@pytest.mark.parametrize(("path", "words"), [("/publicity", "本页面供处置工单"), ("/feedback", "投诉举报评价由")])
def test_a_wall_has_neither_page(reader: SignIn, path: str, words: str) -> None:
    assert words in said(page(reader("wall"), path))
    assert words not in said(page(reader("centre"), path))
