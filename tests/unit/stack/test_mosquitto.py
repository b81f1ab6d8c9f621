from __future__ import annotations

from pathlib import Path

import pytest

from stack import mosquitto
from stack.errors import StackError


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path=None: None)
    monkeypatch.delenv("MOSQUITTO_BIN", raising=False)


def test_without_mosquitto_and_apt_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(StackError) as refusal:
        mosquitto.program(tools=tmp_path)

    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert {"没有 Mosquitto", "apt-get install mosquitto", "MQTT_URL"} == {
        part for part in ("没有 Mosquitto", "apt-get install mosquitto", "MQTT_URL") if part in sentence
    }


def test_an_unpacked_mosquitto_is_used_with_its_own_libraries(tmp_path: Path) -> None:
    broker = tmp_path / "mosquitto" / "usr" / "sbin" / "mosquitto"
    libraries = tmp_path / "mosquitto" / "usr" / "lib" / "x86_64-linux-gnu"
    broker.parent.mkdir(parents=True)
    libraries.mkdir(parents=True)
    broker.touch()

    found = mosquitto.program(tools=tmp_path)

    assert found == mosquitto.Program(broker, {"LD_LIBRARY_PATH": str(libraries)})


def test_mosquitto_bin_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOSQUITTO_BIN", "/opt/mosquitto")

    assert mosquitto.program(tools=tmp_path).path == Path("/opt/mosquitto")
