"""`python -m demo seed | simulate | people | inject | truth`: fill an empty database, bring its machines and people to life, make a
machine fail."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic, time
from typing import Any, Final

import settings
from data_access.engine import Store, connect
from data_access.stream import StreamLog
from demo import logs, people, truth_rows
from demo.binding import connected
from demo.blackouts import BLACKOUTS
from demo.control import Control, ask
from demo.fleet import Fleet, NoSuchMishap
from demo.logins import read_logins, settled, write_units
from demo.mishaps import MISHAPS
from demo.noise import USUAL
from demo.outlets import open_outlets
from demo.quotas import SEED
from demo.seeding import Seeded, seed
from demo.simulator import Simulator
from demo.truth import TruthFile
from domain.errors import PutuoError, WrongDistrict

REAL_DATABASE: Final = 3
SOCKET: Final = "simulator.sock"
KINDS: Final = f"kinds: {', '.join([*MISHAPS, *BLACKOUTS])}"


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 with one sentence when something cannot work, 3 when the database is not a demonstration."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.command(chosen))
    except WrongDistrict as refusal:
        stored = refusal.data["stored"]
        _say(f"不是演示数据库（{stored}），未写入演示数据。Not a demonstration database ({stored}): left alone.")
        return REAL_DATABASE
    except (PutuoError, NoSuchMishap, OSError) as refusal:
        _say(str(refusal))
        return 1


def _seed(chosen: argparse.Namespace) -> int:
    configured = settings.load()
    started = monotonic()
    store = connect(configured.database_url.get_secret_value(), name="demo-seed")
    listed = configured.run_dir / "accounts.json"
    logins = read_logins(listed)
    try:
        outcome = seed(store, number=chosen.seed, logins=logins, at=datetime.now(UTC))
        with store.reading() as tx:
            write_units(listed, settled(tx, logins))
    finally:
        store.close()
    done = "demonstration district written" if outcome is Seeded.WRITTEN else "already a demonstration district"
    _say(f"{done} ({monotonic() - started:.1f} s)")
    return 0


def _simulate(chosen: argparse.Namespace) -> int:
    logs.begin()
    services: dict[str, Any] = json.loads(chosen.vendors_file.read_text("utf-8"))
    store = connect(os.environ.get("DATABASE_URL") or services["database_url"], name="demo-simulate")
    try:
        return _live(store, chosen, services)
    finally:
        store.close()


def _live(store: Store, chosen: argparse.Namespace, services: dict[str, Any]) -> int:
    devices = connected(store, chosen.devices)
    at = time()
    fleet = Fleet(devices, seed=chosen.seed, period=chosen.period, pace=chosen.speed, at=at)
    simulator = Simulator(
        fleet=fleet,
        outlets=open_outlets(services["mqtt_url"], services["vendors"]),
        control=Control(chosen.vendors_file.parent / SOCKET),
        truth=TruthFile(chosen.truth),
        noise=USUAL,
        rng=random.Random(f"{chosen.seed}/{at}"),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: simulator.stopping.set())
    for wish in chosen.inject:
        simulator.wish(*_kind_and_code(wish), at=at)
    _say(f"simulating {len(devices)} devices, one reading each per {chosen.period} s")
    ledger = Thread(target=truth_rows.follow, args=(store, chosen.truth, simulator.stopping), name="truth") if chosen.truth else None
    try:
        if ledger:
            ledger.start()
        simulator.run()
    finally:
        simulator.stopping.set()
        simulator.close()
        if ledger:
            ledger.join()
    return 0


def _people(chosen: argparse.Namespace) -> int:
    logs.begin()
    configured = settings.load()
    announce = StreamLog(configured.redis_url.get_secret_value()).publish
    store = connect(configured.database_url.get_secret_value(), announce=announce, name="demo-people")
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        people.run(store, stopping, seed=chosen.seed, speed=chosen.speed, answering=not chosen.no_answers, clock=store.time)
    finally:
        store.close()
    return 0


def _truth(chosen: argparse.Namespace) -> int:
    store = connect(settings.load().database_url.get_secret_value(), name="demo-truth")
    try:
        _, new = truth_rows.load(store, chosen.file)
    finally:
        store.close()
    _say(f"{new} new truths written")
    return 0


def _inject(chosen: argparse.Namespace) -> int:
    answer = ask(chosen.vendors_file.parent / SOCKET, {"what": chosen.kind, "code": chosen.code, "seconds": chosen.seconds})
    print(json.dumps(answer.get("truth", answer), ensure_ascii=False, indent=2))
    return 1 if "error" in answer else 0


def _kind_and_code(wish: str) -> tuple[str, str | None]:
    kind, _, code = wish.partition("@")
    return kind, code or None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    commands = parser.add_subparsers(required=True)
    seeding = commands.add_parser("seed", help="fill an empty database with the demonstration district")
    seeding.set_defaults(command=_seed)
    simulating = commands.add_parser("simulate", help="let the bound machines report over MQTT until Ctrl-C")
    simulating.add_argument("--devices", type=int, help="how many machines (default: all bound); more than are bound binds further ones")
    simulating.add_argument("--period", type=_period, default=60, help="seconds between two readings of a machine (default %(default)s)")
    simulating.add_argument("--speed", type=float, default=1.0, help="how many times as many calls and mishaps (default %(default)s)")
    simulating.add_argument("--truth", type=Path, help="a JSONL file of everything that went wrong")
    simulating.add_argument("--inject", action="append", default=[], metavar="KIND[@CODE]", help="a mishap at the start")
    simulating.set_defaults(command=_simulate)
    living = commands.add_parser("people", help="let days pass and units answer their orders, until Ctrl-C")
    living.set_defaults(command=_people)
    living.add_argument("--speed", type=float, default=1.0, help="how many times as quickly they answer (default %(default)s)")
    living.add_argument("--no-answers", action="store_true", help="only maintenance, inspections and shifts go on")
    injecting = commands.add_parser("inject", help="ask the running simulator for a mishap", epilog=KINDS)
    injecting.add_argument("kind")
    injecting.add_argument("code", nargs="?", help="of the machine; for gateway_lost the gateway's name")
    injecting.add_argument("--seconds", type=float, help="how long it lasts")
    injecting.set_defaults(command=_inject)
    knowing = commands.add_parser("truth", help="write the truth's file into the demonstration's database; the simulator does so itself")
    knowing.set_defaults(command=_truth)
    knowing.add_argument("--file", type=Path, default=Path("var/truth.jsonl"), help="the JSONL file (default %(default)s)")
    for command in (seeding, simulating, living):
        command.add_argument("--seed", type=int, default=SEED, help="another district (default %(default)s)")
    for command in (simulating, injecting):
        command.add_argument("--vendors-file", type=Path, default=Path("var/run/services.json"), help="services.json (default %(default)s)")
    return parser


def _period(text: str) -> int:
    seconds = int(float(text))
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("between 1 and 3600 whole seconds")
    return seconds


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
