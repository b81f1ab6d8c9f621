"""docs/register-import.md says what the tables say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from locales import LANGUAGES, Language, catalogue
from services.registry_import import parse_mapping
from services.registry_import.days import FORMATS
from services.registry_import.fields import FIELDS
from services.registry_import.findings import Effect, Reason

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "register-import.md").read_text(encoding="utf-8")
FILE_REASONS = list(Reason)[: list(Reason).index(Reason.NO_KEY)]


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_documented_with_its_headers(name: str) -> None:
    row = next((line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")), "")

    assert [header for header in FIELDS[name].headers if header not in row] == []


def test_the_example_mapping_works() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    assert {"code", "site", "extra.region"} <= parse_mapping(example).columns.keys()


def test_every_date_format_and_code_is_documented() -> None:
    assert [name for name in FORMATS if f"`{name}`" not in PAGE] == []
    assert [reason for reason in Reason if reason not in FILE_REASONS and f"`{reason}`" not in PAGE] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_effect_has_its_sentence(language: Language) -> None:
    words = catalogue(language)

    assert [reason for reason in Reason if f"registry.{reason}" not in words] == []
    assert [effect for effect in Effect if f"registry.effect.{effect}" not in words] == []
