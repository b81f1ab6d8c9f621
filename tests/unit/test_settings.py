from __future__ import annotations

import pytest
from pydantic import ValidationError

import settings


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hidden@host/putuo")


def test_an_unknown_name_is_refused_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUTUO_WEB_PROT", "8050")

    with pytest.raises(settings.WrongSettings, match="PUTUO_WEB_PROT"):
        settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUTUO_WEB_PORT", "0"),
        ("PUTUO_WEB_PORT", "65536"),
        ("PUTUO_WEB_WORKERS", "many"),
        ("PUTUO_COORD_DATUM", "gps"),
        ("PUTUO_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_malformed_value_is_refused_and_its_variable_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(settings.WrongSettings, match=name):
        settings.load()


def test_a_missing_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")

    with pytest.raises(settings.WrongSettings, match="DATABASE_URL"):
        settings.load()


def test_secrets_are_not_printed() -> None:
    assert "hidden" not in repr(settings.load())


def test_settings_cannot_be_changed() -> None:
    loaded = settings.load()

    with pytest.raises(ValidationError):
        loaded.web_port = 1  # type: ignore[misc]


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUTUO_WEB_PORT", "")

    assert settings.load().web_port == 8050
