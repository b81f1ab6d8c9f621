"""Cells that a spreadsheet would run."""

from __future__ import annotations

import pytest

from web.exports import harmless


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", '=HYPERLINK("http://evil.example")']
)
def test_what_begins_like_a_formula_is_shown_not_run(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "听涛苑 1 号梯", "1E217", "31101070142019000002", "A=1", "2026-11-20"])
def test_what_is_no_formula_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text
