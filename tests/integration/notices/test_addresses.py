"""The operator's list of addresses: taken whole, or not at all."""

from __future__ import annotations

import pytest

from services.notice_addresses.__main__ import main

GOOD = "recipient,channel,address,rank\nunit:1,sms,13800000001,1\nunit:1,wecom,robot-key,2\nrole:bureau,email,duty@example.com,1\n"


@pytest.fixture(autouse=True)
def _settings(monkeypatch, database_url):
    monkeypatch.setenv("DATABASE_URL", database_url)


def test_a_list_replaces_the_one_before(store, tmp_path, capsys):
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    (tmp_path / "b.csv").write_text("recipient,channel,address,rank\nunit:1,wecom,robot-key,1\n", "utf-8-sig")

    assert main(["import", str(tmp_path / "a.csv")]) == 0
    assert main(["import", str(tmp_path / "b.csv")]) == 0
    assert main(["list"]) == 0

    assert capsys.readouterr().out == "3\n1\nunit:1\twecom\trobot-key\t1\n"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("nobody,sms,138,1", "recipient"),
        ("unit:1,pigeon,138,1", "channel"),
        ("unit:1,console,138,1", "channel"),
        ("unit:1,sms,,1", "address"),
        ("unit:1,sms,138,first", "rank"),
    ],
)
def test_a_line_that_cannot_be_used_refuses_the_whole_list(store, tmp_path, capsys, line, field):
    (tmp_path / "c.csv").write_text(f"{GOOD}{line}\n", "utf-8")

    assert main(["import", str(tmp_path / "c.csv")]) == 1

    assert field in capsys.readouterr().err
    assert main(["list"]) == 0
    assert capsys.readouterr().out == ""
