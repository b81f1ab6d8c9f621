"""What deploy/ ships says the same as the embedded stack."""

from __future__ import annotations

import re

import pytest

import settings
from stack import broker, cache
from stack.home import PROJECT

_ITS_OWN = {"password_file", "acl_file", "persistence_location", "listener"}


def _directives(text: str) -> dict[str, set[str]]:
    """Value by name of every line that is not a comment; a name may stand several times."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition(" ")
            found.setdefault(name, set()).add(value)
    return found


@pytest.mark.parametrize(
    ("file", "embedded", "differs"),
    [
        ("mosquitto.conf", broker.CONFIGURATION, _ITS_OWN),
        ("redis.conf", cache.CONFIGURATION, {"port", "requirepass", "dir"}),
    ],
)
def test_a_shipped_configuration_equals_the_embedded_one(file: str, embedded: str, differs: set[str]) -> None:
    shipped = _directives((PROJECT / "deploy" / file).read_text("utf-8"))
    ours = _directives(embedded)

    assert {name: value for name, value in shipped.items() if name not in differs} == {
        name: value for name, value in ours.items() if name not in differs
    }


def test_the_example_environment_knows_only_real_settings() -> None:
    names = re.findall(r"^(\w+)=", (PROJECT / "deploy" / "putuo.env.example").read_text("utf-8"), re.MULTILINE)

    assert names
    assert set(names) <= settings.NAMES


def test_every_setting_is_explained_in_operations() -> None:
    text = (PROJECT / "docs" / "operations.md").read_text("utf-8")

    assert [name for name in settings.NAMES if f"`{name}`" not in text] == []


@pytest.mark.parametrize("file", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_has_its_reason(file: str) -> None:
    named = re.findall(r"^([a-z0-9-]+)(?:\[\w+\])?==", (PROJECT / file).read_text("utf-8"), re.MULTILINE)
    explained = re.findall(r"^\| ([a-z0-9-]+) \|", (PROJECT / "docs" / "dependencies.md").read_text("utf-8"), re.MULTILINE)

    assert named
    assert set(named) <= set(explained)
