"""The panels of the way in, the files of quarantine, and who may have them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from data_access.engine import Store, connect
from settings import Settings
from tests.integration.web import intake
from tests.integration.web.dash_calls import page, panel, said

Reader = Callable[[str], FlaskClient]
PANELS = (
    "ingest",
    "ingest-vendors",
    "ingest-scores",
    "ingest-refused",
    "ingest-unknown",
    "ingest-adapters",
    "quarantine",
    "quarantine-message",
)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = connect(settings.database_url.get_secret_value())
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def busy(store: Store, settings: Settings) -> Iterator[psycopg.Connection]:
    """The town with its way in; afterwards without."""
    intake.mark(store)
    intake.refuse(store)
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:
        yield connection
        connection.execute(intake.EMPTY)


def leaves(client: FlaskClient, name: str, **params: str) -> dict[str, Any]:
    """What a panel draws; each asks anew, so that no cache answers."""
    answer = panel(client, name, params)
    assert answer.status_code == 200, answer.text
    return answer.json["response"][f'{{"panel":"{name}","type":"data"}}']["data"]


def number_of(db: psycopg.Connection, reason: str) -> int:
    return db.execute("SELECT min(id) FROM quarantine WHERE reason = %s", (reason,)).fetchone()[0]


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_is_drawn(reader: Reader, name: str) -> None:
    drawn = leaves(reader("centre"), name)

    assert "failed" not in drawn
    assert drawn["draw"]


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("username", ["changfeng", "wall"])
def test_no_panel_says_anything_to_others(reader: Reader, name: str, username: str) -> None:
    drawn = leaves(reader(username), name)

    assert drawn["failed"] == "您的账号没有此项权限"
    assert "draw" not in drawn


@pytest.mark.parametrize("path", ["/ingest", "/quarantine"])
def test_a_street_is_told_that_a_page_is_not_for_it(reader: Reader, path: str) -> None:
    assert "仅向区级管理岗位开放" in said(page(reader("changfeng"), path))
    assert "仅向区级管理岗位开放" not in said(page(reader("centre"), path))


@pytest.mark.parametrize(
    ("params", "rows"),
    [
        ({}, 9),
        ({"vendor": "xzl"}, 8),
        ({"reason": "unmapped_code,not_json"}, 5),
        ({"reason": "no such reason"}, 9),
        ({"state": "requested"}, 0),
        ({"since": "1h"}, 9),
        ({"until": "2020-01-01T00:00:00+00:00"}, 0),
        ({"q": "/99/"}, 1),
        ({"q": "\0%"}, 0),
        ({"id": "nonsense"}, 9),
        ({"id": "1", "reason": "not_json"}, 1),
    ],
    ids=str,
)
def test_the_list_is_what_the_address_asks_for(reader: Reader, params: dict[str, str], rows: int) -> None:
    drawn = leaves(reader("bureau"), "quarantine", **params)["draw"]

    assert sum(node.get("cls") == "q-row" for node in drawn["rows"]["nodes"]) == rows


def test_the_file_holds_the_filters_messages_and_leaves_a_trace(reader: Reader, busy: psycopg.Connection) -> None:
    answer = reader("bureau").get("/export/quarantine.csv?vendor=xzl&reason=unmapped_code")

    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert answer.status_code == 200
    assert [row[3] for row in rows[1:-1]] == ["故障代码未映射"] * 4
    traced = busy.execute("SELECT object, after ->> 'rows' FROM audit_log WHERE action = 'export'").fetchall()
    assert traced == [("export:quarantine", "4")]


def test_one_message_is_downloaded_as_it_came(reader: Reader, busy: psycopg.Connection) -> None:
    answer = reader("bureau").get(f"/data/quarantine/{number_of(busy, 'not_json')}")

    assert (answer.status_code, answer.data) == (200, bytes(range(200, 256)))
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert busy.execute("SELECT count(*) FROM audit_log WHERE object LIKE 'export:quarantine:%'").fetchone() == (1,)


@pytest.mark.parametrize("number", ["0", "999999999", "99999999999999999999999"])
def test_a_message_that_is_not_there_is_not_found(reader: Reader, number: str) -> None:
    assert reader("bureau").get(f"/data/quarantine/{number}").status_code == 404


@pytest.mark.parametrize("path", ["/export/quarantine.csv", "/data/quarantine/1"])
def test_a_street_takes_nothing_out(reader: Reader, path: str) -> None:
    assert reader("changfeng").get(path).status_code == 403


def request(client: FlaskClient, chosen: object, why: str, params: dict[str, str]) -> dict[str, Any]:
    """The dialog's button."""
    names = ("replay-refused-result.data", "replay-refused-problem.children")
    outputs = [dict(zip(("id", "property"), name.split("."), strict=True)) for name in names]
    stored = {"type": "params", "panel": "quarantine"}
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": f"..{'...'.join(names)}..",
            "outputs": outputs,
            "inputs": [{"id": "replay-refused-confirm", "property": "n_clicks", "value": 1}],
            "state": [
                {"id": "replay-refused-chosen", "property": "data", "value": chosen},
                {"id": "replay-refused-why", "property": "value", "value": why},
                {"id": stored, "property": "data", "value": params},
            ],
            "changedPropIds": ["replay-refused-confirm.n_clicks"],
        },
    )
    assert answer.status_code == 200, answer.text
    return answer.json["response"]


def requested(db: psycopg.Connection) -> int:
    return db.execute("SELECT count(*) FROM quarantine WHERE replay_requested_at IS NOT NULL").fetchone()[0]


def test_one_message_is_asked_for_whatever_the_filter(reader: Reader, busy: psycopg.Connection) -> None:
    number = number_of(busy, "not_json")

    told = request(reader("bureau"), str(number), "已修正", {"reason": "bad_value"})

    assert told["replay-refused-result"]["data"]["ok"] is True
    assert busy.execute("SELECT id FROM quarantine WHERE replay_requested_at IS NOT NULL").fetchall() == [(number,)]


def test_the_whole_filter_is_asked_for_from_whichever_page_of_it(reader: Reader, busy: psycopg.Connection) -> None:
    request(reader("bureau"), "", "已修正", {"reason": "unmapped_code", "id": "1", "before": "2020-01-01T00:00:00+00:00~1"})

    assert requested(busy) == 4


@pytest.mark.parametrize("chosen", ["0", "-1", "nonsense", "1; DROP TABLE quarantine", {"id": 1}])
def test_nonsense_asks_for_nothing(reader: Reader, busy: psycopg.Connection, chosen: object) -> None:
    told = request(reader("bureau"), chosen, "已修正", {})

    assert told["replay-refused-problem"]["children"] == "没有可以重放的报文"
    assert requested(busy) == 0


def test_others_ask_for_nothing(reader: Reader, busy: psycopg.Connection) -> None:
    told = request(reader("changfeng"), "", "已修正", {})

    assert told["replay-refused-problem"]["children"] == "您的账号没有此项权限"
    assert requested(busy) == 0


def test_without_a_reason_nothing_is_asked_for(reader: Reader, busy: psycopg.Connection) -> None:
    told = request(reader("bureau"), "", "   ", {})

    assert "请填写已做的修正" in told["replay-refused-problem"]["children"]
    assert requested(busy) == 0


def test_hostile_words_reach_the_browser_as_text(reader: Reader, busy: psycopg.Connection) -> None:
    drawn = leaves(reader("bureau"), "quarantine-message", id=str(number_of(busy, "bad_value")))["draw"]

    assert drawn["payload"] == '{"Speed": "<img src=x onerror=alert(1)>", "困": "\ufffd"}'
    assert "onerror" not in json.dumps([node for node in drawn["facts"]["nodes"] if node.get("tag") == "a"])
