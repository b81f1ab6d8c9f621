"""What a rule made of a reading, in a sentence: from the accounts of `domain.explanation`, after their way through JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from components.panels.dossier_state import words as value_words
from domain.equipment.kind import EquipmentKind, Field, Repeats
from domain.explanation import Why
from locales import number, t

Account = Mapping[str, Any]

TONES: Final[Mapping[str, str]] = {
    Why.RAISED: "crit", Why.GATHERING: "warn", Why.COUNTING: "warn", Why.GAP: "info", Why.UNKNOWN: "info", Why.SUPPRESSED: "vio",
    Why.CALMING: "ok", Why.CLEARED: "ok", Why.OPEN: "crit",
}  # fmt: skip
IN_COUNTS: Final = frozenset({Why.RAISED, Why.COUNTING, Why.UNCOUNTED})  # where `held` of a rule that counts is no time


def said(account: Account, kind: EquipmentKind) -> str:
    """The sentence: "held for 35 s of 60 s", "not true: door status open (wanted: closed, locked)"."""
    why = Why(account["why"])
    counts = why in IN_COUNTS and any(rule.key == account["rule"] and isinstance(rule, Repeats) for rule in kind.rules)
    key = f"why.{why.value}_count" if counts and why is Why.RAISED else f"why.{why.value}"
    named = why in (Why.ABSENT, Why.UNKNOWN, Why.SUPPRESSED, Why.NOT_STARTED, Why.CANCELLED, Why.NOT_STILL)
    parts = conditions(account["parts"], kind) if named else ""
    return t(key, held=_amount(account["held"]), needed=_amount(account["needed"]), parts=parts or t("app.none"))


def conditions(parts: Iterable[Mapping[str, Any]], kind: EquipmentKind) -> str:
    """Conditions with what was said of them."""
    return t("part.and").join(dict.fromkeys(_condition(part, kind) for part in parts))


def spoken(field: Field, value: Any) -> str:
    """A value as a message list shows it."""
    return t("part.blank") if value == "" else value_words(field, value)


def _condition(part: Mapping[str, Any], kind: EquipmentKind) -> str:
    at = kind.position.get(part["field"])
    if at is None:
        return t(f"part.{part['word']}.{_answer(part)}", field="", said="", wanted="", was="")
    field = kind.fields[at]
    name = t(f"field.{field.key}")
    if part["said"] is None:
        return t("part.unsaid", field=name)
    if part["answer"] is None and part["word"] != "became":
        return t("part.unrated", field=name)
    said_words = spoken(field, part["said"])
    if part["word"] == "became":
        was, now_is = (spoken(field, value) for value in part["wanted"])
        return t(f"part.became.{_answer(part)}", field=name, said=said_words, was=was, wanted=now_is)
    wanted = t("part.or").join(spoken(field, value) for value in part["wanted"])
    return t(f"part.{part['word']}.{_answer(part)}", field=name, said=said_words, wanted=wanted, was="")


def _answer(part: Mapping[str, Any]) -> str:
    return "yes" if part["answer"] is True else "no"


def _amount(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 1)
