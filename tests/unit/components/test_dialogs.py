"""Every dialog is called by its title, can be left, and says aloud what is wrong."""

from __future__ import annotations

from dash import html

from components.dialogs import dialog, field, note


def test_a_dialog_is_called_by_its_title_and_says_what_is_wrong() -> None:
    box = dialog("sure", "确定？", html.P("一次"), problem="sure-problem", confirm="sure-yes", words="确定")

    title, _, problem, ends = box.children
    assert (box.to_plotly_json()["props"]["aria-labelledby"], title.id) == ("sure-title", "sure-title")
    assert (problem.id, problem.role) == ("sure-problem", "alert")
    leave, confirm = ends.children
    assert leave.to_plotly_json()["props"]["data-act"] == "close"
    assert (confirm.id, confirm.children) == ("sure-yes", "确定")


def test_a_dialog_that_cannot_be_wrong_has_no_line_for_it() -> None:
    assert [type(part).__name__ for part in dialog("end", "结束", confirm="end-yes", words="结束").children] == ["H2", "Div"]


def test_what_is_typed_has_a_label_and_begins_empty() -> None:
    for label, typed in (field("who", "姓名", maxLength=40), note("why", "原因", rows=3)):
        assert label.htmlFor == typed.id
        assert typed.value == ""
    assert field("who", "姓名", value="季云澜")[1].value == "季云澜"
