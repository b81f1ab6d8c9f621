"""The command as an operator runs it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from locales import catalogue
from services.registry_import.__main__ import main
from tests.unit.registry_import.files import HEADER, csv_bytes


@pytest.fixture
def register(tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register with one good row, one bad cell and one bad key; the environment names an empty database."""
    monkeypatch.setenv("DATABASE_URL", empty_url)
    path = tmp_path / "register.csv"
    path.write_bytes(csv_bytes(HEADER, ("1E217", "甲", "示例小区", "=HYPERLINK(1)", "2019-05-20"), ("3.1E+19", "乙", "", "", "")))
    return path


def test_the_summary_and_the_report_tell_every_bad_cell(register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.csv"

    assert main([str(register), "--kind", "elevator", "--report", str(report)]) == 0

    assert capsys.readouterr().out.startswith("共 2 行：新增 1，变更 0，未变 0，未导入 1\n")
    content = report.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    header, *findings = csv.reader(content.decode("utf-8-sig").splitlines())
    assert header == ["行号", "列名", "原值", "代码", "处理", "说明"]
    assert [finding[:4] for finding in findings] == [
        ["2", "额定速度(m/s)", "'=HYPERLINK(1)", "not_a_number"],
        ["3", "注册代码", "3.1E+19", "digits_lost"],
    ]
    assert all(any("\u4e00" <= character <= "\u9fff" for character in finding[5]) for finding in findings)


def test_a_second_run_says_that_nothing_changed(register: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(register), "--kind", "elevator"])
    capsys.readouterr()

    assert main([str(register), "--kind", "elevator"]) == 0

    assert capsys.readouterr().out.startswith("共 2 行：新增 0，变更 0，未变 1，未导入 1\n")


def test_strict_ends_with_a_failure(register: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(register), "--kind", "elevator", "--strict"]) == 1
    assert catalogue("zh_CN")["registry.strict"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"", "empty_file"), ("名称\r\n甲\r\n".encode(), "no_key_column"), (bytes(20 * 1024 * 1024), "not_text")],
    ids=["empty", "wrong_column", "junk"],
)
def test_a_refusal_is_one_sentence_in_each_language(register: Path, content: bytes, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    register.write_bytes(content)

    assert main([str(register), "--kind", "elevator"]) == 1

    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2, said
    chinese, english = said
    assert chinese.startswith(catalogue("zh_CN")[f"registry.{key}"].split("{")[0])
    assert english.startswith(catalogue("en")[f"registry.{key}"].split("{")[0])


def test_a_lost_database_is_told(register: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")

    assert main([str(register), "--kind", "elevator"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == catalogue("zh_CN")["error.store_unavailable"]
