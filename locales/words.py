"""Words by key: one flat JSON file per language, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from locales.language import Language, language

# The locale group of an enum, where it is not the class name itself in lower case.
GROUPS: Final[dict[str, str]] = {
    "DeadlineKind": "deadline",
    "GroupCause": "group_cause",
    "OrderKind": "order_kind",
    "OrderStatus": "order_status",
    "Refusal": "refused",
    "SuspendReason": "suspend",
    "Task": "plan_task",
    "OurHand": "hand",
    "ResponseLevel": "level",
    "ResponseReason": "response",
}


@cache
def catalogue(name: Language) -> Mapping[str, str]:
    """Every sentence of one language by its key."""
    text = (Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))


def t(key: str, **values: object) -> str:
    """The sentence of `key` in the language in force, its placeholders filled; an unknown key is shown as it is."""
    sentence = catalogue(language()).get(key)
    if sentence is None:
        return key
    return sentence.format(**values) if values else sentence


def label(group: StrEnum | str, value: str | None = None) -> str:
    """The word for an enum member, or for `value` in a named group: label(Role.STREET), label("kind", "elevator").

    A value without a word (a deployer's own) is shown as it is.
    """
    if isinstance(group, StrEnum):
        kind = type(group).__name__
        return label(GROUPS.get(kind, kind.lower()), group.value)
    if value is None:
        return t("app.none")
    return catalogue(language()).get(f"{group}.{value}", value)
