"""Verdicts, missed occurrences and the truth board's file, as a browser or somebody who imitates one asks for them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from flask.testing import FlaskClient

from tests.integration.web import town
from tests.integration.web.dash_calls import acknowledge, record_missed, said, withdraw_missed

SignIn = Callable[[str], FlaskClient]
OWN, OTHER = town.IN_CHANGFENG, town.IN_GANQUAN
HOUR_AGO = (datetime.now(UTC) + timedelta(hours=7)).strftime("%Y-%m-%d %H:%M")  # in Shanghai


@pytest.fixture(autouse=True)
def fresh(database: psycopg.Connection) -> Iterator[None]:
    """Nobody has acknowledged, judged or recorded anything."""
    yield
    database.execute("DELETE FROM alarm_verdicts")
    database.execute("DELETE FROM missed_occurrences")
    database.execute("UPDATE alarms SET verdict = NULL, acknowledged_at = NULL, acknowledged_by = NULL")


def alarm_of(database: psycopg.Connection, lift: town.Lift) -> int:
    query = "SELECT a.id FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE e.code = %s"
    found = database.execute(query, (lift.code,)).fetchone()
    assert found is not None
    return int(found[0])


def verdicts(database: psycopg.Connection) -> list[tuple[str, str, str]]:
    return database.execute("SELECT verdict, given_by, note FROM alarm_verdicts ORDER BY id").fetchall()


def test_a_street_judges_its_own_alarm_and_corrects_itself(reader: SignIn, database: psycopg.Connection) -> None:
    alarm_id, street = alarm_of(database, OWN), reader("changfeng")

    assert '"ok": true' in said(acknowledge(street, alarm_id, verdict="false"))
    assert "改判须说明理由" in said(acknowledge(street, alarm_id, verdict="drill", corrects={"seen": "false"}, note=""))
    assert '"ok": true' in said(acknowledge(street, alarm_id, verdict="drill", corrects={"seen": "false"}, note="月度演练"))
    assert verdicts(database) == [("false", "王值班", "已联系维保"), ("drill", "王值班", "月度演练")]


@pytest.mark.parametrize("corrects", [None, {"seen": ""}], ids=["acknowledging", "judging"])
def test_nobody_judges_another_streets_alarm(reader: SignIn, database: psycopg.Connection, corrects: object) -> None:
    alarm_id = alarm_of(database, OTHER)

    refused = acknowledge(reader("changfeng"), alarm_id, verdict="confirmed", corrects=corrects)
    missing = acknowledge(reader("changfeng"), 999_999, verdict="confirmed", corrects=corrects)

    assert refused.json == missing.json
    assert "没有此项权限" in said(acknowledge(reader("wall"), alarm_id, verdict="confirmed", corrects=corrects))
    assert verdicts(database) == []


@pytest.mark.parametrize("word", ["", "maybe", None, 7, ["false"], {"verdict": "false"}])
def test_what_is_no_verdict_judges_nothing(reader: SignIn, database: psycopg.Connection, word: str) -> None:
    answer = acknowledge(reader("centre"), alarm_of(database, OWN), verdict=word, corrects={"seen": ""})

    assert "请选择核实结论" in said(answer)
    assert verdicts(database) == []


def test_the_second_hears_who_was_first_and_when(reader: SignIn, database: psycopg.Connection) -> None:
    alarm_id = alarm_of(database, OWN)
    said(acknowledge(reader("centre"), alarm_id, verdict="confirmed"))

    assert "王值班 已于" in said(acknowledge(reader("bureau"), alarm_id, verdict="false", corrects={"seen": ""}))
    assert len(verdicts(database)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"machine": OTHER.code}, "请从列表中选择一台设备"),
        ({"machine": ""}, "请从列表中选择一台设备"),
        ({"family": "叉车超速"}, "请从列表中选择该设备可能发生的事件"),
        ({"when": "昨天"}, "时间格式"),
        ({"when": "2099-01-01 00:00"}, "不能晚于现在"),
        ({"by": " "}, "请填写报告人"),
        ({"family": "电梯困人", "when": (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")}, "当时已有告警"),
    ],
    ids=["another street", "no machine", "not of a lift", "no time", "to come", "nobody", "reported"],
)
def test_a_missed_occurrence_that_is_none_is_refused_in_words(
    reader: SignIn, database: psycopg.Connection, change: dict[str, str], words: str
) -> None:
    told = {"machine": OWN.code, "when": HOUR_AGO} | change

    assert words in said(record_missed(reader("changfeng"), told.pop("machine"), **told))
    assert database.execute("SELECT count(*) FROM missed_occurrences").fetchone() == (0,)


def test_a_street_writes_down_what_it_heard_and_no_other_street_takes_it_back(reader: SignIn, database: psycopg.Connection) -> None:
    assert '"ok": true' in said(record_missed(reader("changfeng"), OWN.code, when=HOUR_AGO))
    assert "已登记" in said(record_missed(reader("changfeng"), OWN.code, when=HOUR_AGO))
    [(number,)] = database.execute("SELECT id FROM missed_occurrences").fetchall()

    assert "没有这个对象" in said(withdraw_missed(reader("ganquan"), number))
    assert "请填写撤回理由" in said(withdraw_missed(reader("changfeng"), number, note=" "))
    assert '"ok": true' in said(withdraw_missed(reader("changfeng"), number))


@pytest.mark.parametrize("number", [None, "1 OR 1=1", -1, 2**70, True, [1]])
def test_what_is_no_record_is_not_taken_back(reader: SignIn, number: object) -> None:
    assert "没有这个对象" in said(withdraw_missed(reader("centre"), number))


@pytest.mark.parametrize(
    ("query", "first", "lines"),
    [("by=street", "街镇", {"长风新村街道", "甘泉路街道", "未定街镇", "合计"}), ("by=vendor", "供应商", {"未接入", "合计"})],
)
def test_the_boards_file_holds_its_lines_with_their_sum(
    reader: SignIn, database: psycopg.Connection, query: str, first: str, lines: set[str]
) -> None:
    said(acknowledge(reader("centre"), alarm_of(database, OWN), verdict="confirmed"))

    answer = reader("centre").get(f"/export/truth.csv?days=1&{query}")

    rows = [row for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))) if None not in row.values()]
    total = next(row for row in rows if row[first] == "合计")
    assert {row[first] for row in rows} == lines
    assert (total["告警"], total["属实"], total["未核实"], total["准确率"]) == ("3", "1", "2", "100.0")


def test_the_boards_file_is_of_the_scope_and_for_those_who_may(reader: SignIn) -> None:
    own = reader("changfeng").get("/export/truth.csv?days=1&by=street").data.decode("utf-8-sig")

    assert "长风新村街道" in own
    assert "甘泉路街道" not in own
    assert reader("wall").get("/export/truth.csv").status_code == 403
