"""The glossary and the decision record keep up with the rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.equipment import KINDS
from domain.faults import FAULTS, Fault

ROOT = Path(__file__).parents[3]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
RECORD = (ROOT / "docs" / "decisions" / "0002-rules-as-data.md").read_text("utf-8")
CHINESE = json.loads((ROOT / "locales" / "zh_CN.json").read_text("utf-8"))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.rule)
def test_the_glossary_names_every_rule_as_the_screen_does(fault: Fault) -> None:
    assert f"| `{fault.rule}` | {CHINESE[f'rule.{fault.rule}']} |" in GLOSSARY


@pytest.mark.parametrize("rule", [rule.key for kind in KINDS.values() for rule in kind.rules])
def test_the_decision_record_says_where_every_rule_comes_from(rule: str) -> None:
    assert f"`{rule}`" in RECORD
