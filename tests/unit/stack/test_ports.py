from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.home import Home
from stack.ports import port_for


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_is_remembered(home: Home) -> None:
    assert port_for(home, "web") == port_for(home, "web")


def test_a_taken_port_is_replaced_and_the_new_one_remembered(home: Home, taken: int) -> None:
    replaced = port_for(home, "web", preferred=taken)

    assert replaced != taken
    assert port_for(home, "web", preferred=taken) == replaced


def test_the_users_own_word_goes_before_the_remembered_port(home: Home) -> None:
    remembered = port_for(home, "web")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        wanted = probe.getsockname()[1]

    assert port_for(home, "web", wanted=wanted) == wanted != remembered


def test_names_have_ports_of_their_own(home: Home) -> None:
    port_for(home, "web", preferred=0)
    port_for(home, "postgres", preferred=0)

    assert (home.run / "ports.json").read_text().count(":") == 2
