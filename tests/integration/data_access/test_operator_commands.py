"""What an operator says on the command line: thresholds, vendors' codes, and whether the audit log is whole."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from data_access.repositories import audit, rule_settings, vendors, worker_memory
from services.audit.__main__ import main as audit_command
from services.rule_settings.__main__ import main as rule_settings_command
from services.vendor_codes.__main__ import main as vendor_codes_command

KEY = "elevator.entrapment_seconds"


@pytest.fixture(autouse=True)
def _settings(monkeypatch, database_url):
    for name, value in {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0", "MQTT_URL": "mqtt://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module", autouse=True)
def _vendor(store):
    with store.transaction() as tx:
        vendors.add_all(tx, [("xzl", "迅智联")])


def _noted(store):
    with store.reading() as tx:
        assert audit.first_broken(tx) is None
        return tx.rows(text("SELECT action, object, before, after, reason FROM audit_log ORDER BY id DESC LIMIT 1"))


def test_a_threshold_is_changed_with_its_reason_and_its_past(store, capsys):
    assert rule_settings_command(["set", KEY, "90", "--why", "三家厂商均为 90 s"]) == 0
    assert rule_settings_command(["set", KEY, "45.5", "--why", "试点"]) == 0
    assert capsys.readouterr().out.split() == ["1", "2"]

    with store.reading() as tx:
        assert rule_settings.current(tx)[KEY] == 45.5
    after = {"value": 45.5, "version": 2}
    assert _noted(store) == [("change_rule_setting", f"rule_setting:{KEY}", {"value": 90}, after, "试点")]
    assert rule_settings_command(["list"]) == 0
    assert f"{KEY}\t45.5\ts\t60" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("key", "value", "why", "said"),
    [
        ("elevator.entrapment_secs", "90", "试点", "not_found"),
        (KEY, "0", "试点", "invalid"),
        (KEY, "nan", "试点", "invalid"),
        (KEY, "1e9", "试点", "invalid"),
        (KEY, "90", " ", "invalid"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused(store, capsys, key, value, why, said):
    with store.reading() as tx:
        before = rule_settings.current(tx)

    assert rule_settings_command(["set", key, value, "--why", why]) == 1

    assert said in capsys.readouterr().err
    with store.reading() as tx:
        assert rule_settings.current(tx) == before


def test_a_vendors_code_is_mapped_verbatim(store, capsys):
    assert vendor_codes_command(["set", "xzl", "0x1F ", "7"]) == 0
    assert vendor_codes_command(["set", "xzl", "0x1F ", "8"]) == 0
    assert vendor_codes_command(["set", "xzl", "0x1F ", "8"]) == 0
    assert capsys.readouterr().out.split() == ["1", "1", "0"]

    assert _noted(store) == [("map_vendor_codes", "vendor:xzl", {"0x1F ": "7"}, {"0x1F ": "8"}, None)]
    assert vendor_codes_command(["list"]) == 0
    assert capsys.readouterr().out == "xzl\t0x1F \t8\n"


def test_a_file_of_codes_is_taken_whole_or_not_at_all(store, capsys, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("\ufeffvendor,code,canonical\nxzl,A1,11\nxzl,困人,7\n", "utf-8")
    bad.write_text("vendor,code,canonical\nxzl,A2,12\nxzl,A3,no such code\n", "utf-8")

    assert vendor_codes_command(["import", str(good)]) == 0
    assert capsys.readouterr().out.split() == ["2"]
    assert vendor_codes_command(["import", str(bad)]) == 1
    assert "no such code" in capsys.readouterr().err

    with store.reading() as tx:
        known = worker_memory.codes(tx)
    assert (known["xzl", "A1"], known["xzl", "困人"]) == ("11", "7")
    assert {("xzl", "A2"), ("xzl", "A3")}.isdisjoint(known)


@pytest.mark.parametrize(
    ("row", "said"),
    [("nobody,A1,7", "nobody"), ("xzl,,7", "no code"), ("xzl,A1,999", "999"), ("xzl,A1", "canonical"), ("xzl,B,7\nxzl,B,8", "both")],
)
def test_a_code_that_makes_no_sense_is_refused(capsys, tmp_path, row, said):
    path = tmp_path / "codes.csv"
    path.write_text(f"vendor,code,canonical\n{row}\n", "utf-8")

    assert vendor_codes_command(["import", str(path)]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"vendor,code\nxzl,1\n", b"vendor,code,canonical\nxzl,\xff,7\n"])
def test_a_file_that_is_no_list_of_codes_is_refused(capsys, tmp_path, content):
    path = tmp_path / "codes.csv"
    path.write_bytes(content)

    assert vendor_codes_command(["import", str(path)]) == 1
    assert "codes.csv" in capsys.readouterr().err


def test_the_command_says_whether_the_audit_log_is_whole(store, database, capsys):
    rule_settings_command(["set", KEY, "60", "--why", "恢复"])
    capsys.readouterr()
    entries = database.execute("SELECT count(*) FROM audit_log").fetchone()[0]

    assert audit_command(["verify"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"审计日志完整：{entries} 条记录逐条相连，未被改动。",
        f"The audit log is whole: all {entries} entries follow from one another, none was changed.",
    ]

    database.execute("UPDATE audit_log SET reason = '无' WHERE id = %s", (entries,))
    assert audit_command(["verify"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"审计日志在第 {entries} 条处断开：该条被改动，或其前有缺失。",
        f"The audit log is broken at entry {entries}: it was changed, or one before it is missing.",
    ]
