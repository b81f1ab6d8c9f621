"""Workers as others would write them: installed by npm at the first use, started for a race. What they do not do: README.md here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from stack.home import PROJECT
from tests.bench.load import Generator
from tests.bench.pace_district import District
from tests.bench.pace_race import SESSION, race_other
from tests.bench.pace_table import NODE, NODE_RED, Bound

SOURCES: Final = Path(__file__).parent
INSTALLED: Final = PROJECT / "var" / "bench" / "peers"
TABLE: Final = "pace_peer"
INSTALL_S: Final = 600
_FIELDS: Final = (
    "service_mode int2, car_status int2, direction int2, floor text, door_zone bool, door_status int2, door_closed bool, "
    "hoistway_door bool, passenger bool, people int2, overload bool, drive_status int2, activity int2, speed float4, "
    "machine_room_temperature float4, machine_room_door bool, car_temperature float4, safety_circuit bool"
)
_CREATE: Final = f"CREATE TABLE {TABLE} (equipment_id int4, sampled_at timestamptz, received_at timestamptz, vendor text, {_FIELDS})"


@dataclass(frozen=True, slots=True)
class Peer:
    """A program in its folder; `environment` is made of the two URLs."""

    who: str
    folder: str
    command: tuple[str, ...]
    environment: Callable[[str, str], Mapping[str, str]]
    note: str


def _of_node_red(database_url: str, mqtt_url: str) -> Mapping[str, str]:
    """A flow's nodes take their settings piece by piece."""
    database, broker = urlsplit(database_url), urlsplit(mqtt_url)
    return {
        "PACE_MQTT_HOST": broker.hostname or "",
        "PACE_MQTT_PORT": str(broker.port or 1883),
        "PACE_MQTT_USER": unquote(broker.username or ""),
        "PACE_MQTT_PASSWORD": unquote(broker.password or ""),
        "PACE_PG_HOST": database.hostname or "",
        "PACE_PG_PORT": str(database.port or 5432),
        "PACE_PG_DATABASE": database.path.lstrip("/"),
        "PACE_PG_USER": unquote(database.username or ""),
        "PACE_PG_PASSWORD": unquote(database.password or ""),
        "PGAPPNAME": SESSION,
    }


PEERS: Final = (
    Peer(
        NODE,
        "node",
        ("node", "worker.mjs"),
        lambda database_url, mqtt_url: {},
        "acknowledges on receipt; no rules, state, duplicates, index",
    ),
    Peer(NODE_RED, "node_red", ("node", "node_modules/node-red/red.js", "--userDir", "."), _of_node_red, "the same omissions"),
)


def install() -> None:
    """`npm ci` into var/, unless what is installed is of the same lock file. Raises subprocess.CalledProcessError."""
    for peer in PEERS:
        source, target = SOURCES / peer.folder, INSTALLED / peer.folder
        lock = target / "node_modules" / ".lock-of-this-install"
        wanted = (source / "package-lock.json").read_bytes()
        fresh = not lock.exists() or lock.read_bytes() != wanted
        shutil.copytree(source, target, dirs_exist_ok=True)
        if fresh:
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=target, check=True, timeout=INSTALL_S)
            lock.write_bytes(wanted)


def races(where: District, load: Generator, messages: int) -> dict[str, Callable[[], Bound]]:
    """A race of every peer, each into an empty table."""
    return {peer.who: partial(_race, where, load, peer, messages) for peer in PEERS}


def _race(where: District, load: Generator, peer: Peer, messages: int) -> Bound:
    environment = peer.environment(where.url, where.services["mqtt_url"])
    with where.open() as database:
        database.execute(f"DROP TABLE IF EXISTS {TABLE}")
        database.execute(_CREATE)
        folder = INSTALLED / peer.folder
        found = race_other(where, load, peer.who, list(peer.command), environment, messages, note=peer.note, folder=folder)
        stored = database.execute(f"SELECT count(*) FROM {TABLE}").fetchone()
        assert stored == (messages,), f"{peer.who} stored {stored}"
    return found
