"""`python -m stack run|servers`: the stack in the foreground, until Ctrl-C; `sessions`: what its broker keeps."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from stack import broker, district, servers
from stack.applications import Simulation
from stack.district import Plan
from stack.errors import StackError
from stack.home import PROJECT, Home
from stack.say import say
from stack.services_file import ServicesFile, await_predecessors
from stack.sessions import sessions
from stack.supervisor import Stopping, Supervisor

# ./run and ./test change into the project; the user's relative --data is meant from where the user stood.
_CALLED_FROM = Path(os.environ.get("STACK_CALLED_FROM", ""))


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 after Ctrl-C, 1 with one sentence when something cannot work."""
    chosen = _parser().parse_args(arguments)
    home = Home.at(_CALLED_FROM / chosen.data)
    try:
        return int(chosen.command(chosen, home))
    except StackError as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


def _supervise(chosen: argparse.Namespace, home: Home) -> int:
    """Start, say where it is, keep it alive, stop it."""
    lock = home.lock()
    await_predecessors(home)
    file = ServicesFile(home)
    supervisor = Supervisor(home, changed=file.processes)
    supervisor.listen()
    try:
        print(chosen.bring_up(chosen, supervisor, file), flush=True)
        supervisor.watch()
    except Stopping:
        pass  # asked to while starting: an ordinary end
    finally:
        supervisor.stop()
        lock.close()
        say("all stopped")
    return 0


def _servers(chosen: argparse.Namespace, supervisor: Supervisor, file: ServicesFile) -> str:
    servers.start(supervisor, file, unsafe=chosen.unsafe, broker_port=0)
    return f"SERVERS {supervisor.home.run / 'services.json'}"


def _district(chosen: argparse.Namespace, supervisor: Supervisor, file: ServicesFile) -> str:
    simulation = None if chosen.no_simulator else Simulation(chosen.devices, chosen.period, chosen.speed)
    plan = Plan(
        chosen.port, simulation, chosen.unsafe, broker_port=0 if chosen.unsafe else broker.PORT, responders=not chosen.no_responders
    )
    return f"READY {district.start(supervisor, file, plan)}"


def _sessions(chosen: argparse.Namespace, home: Home) -> int:
    """Print what the embedded broker keeps for absent clients, or end one session."""
    if chosen.remove is not None:
        if not broker.forget(home, chosen.remove):
            raise StackError("消息服务器未在运行。The broker of this folder does not run.")
        return 0
    for session in sessions(home.root / "mosquitto" / "mosquitto.db"):
        until = f"absent, kept until {session.expires_at:%F %T} UTC" if session.expires_at else "connected"
        print(f"{session.client_id}  account {session.username or '-'}  {session.waiting} waiting  {until}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    commands = parser.add_subparsers(required=True)
    alone = commands.add_parser("servers", help="PostgreSQL, Valkey and Mosquitto only")
    alone.set_defaults(command=_supervise, bring_up=_servers)
    whole = commands.add_parser("run", prog="./run", help="the whole command centre")
    whole.set_defaults(command=_supervise, bring_up=_district)
    whole.add_argument("--port", type=int, help="where the web answers (default: the last one, else 8050)")
    whole.add_argument("--no-simulator", action="store_true", help="no demonstration devices")
    whole.add_argument("--no-responders", action="store_true", help="nobody of the demonstration answers work orders")
    whole.add_argument("--devices", type=int, help="how many devices the simulator connects (default: those with a monitor)")
    whole.add_argument("--period", type=float, default=60.0, help="seconds between two readings of a device (default: 60)")
    whole.add_argument(
        "--speed", type=float, default=1.0, help="how many times as many calls and faults, and how many times as quick answers (default: 1)"
    )
    kept = commands.add_parser("sessions", help="what the embedded broker keeps for absent clients")
    kept.set_defaults(command=_sessions)
    kept.add_argument("--remove", metavar="CLIENT_ID", help="end this session and drop what waits in it")
    for command in (alone, whole, kept):
        command.add_argument("--data", type=Path, default=PROJECT / "var", help="where everything lives (default: var/)")
    for command in (alone, whole):
        command.add_argument("--unsafe", action="store_true", help="fast, and a power cut may destroy it: for tests")
    return parser


if __name__ == "__main__":
    sys.exit(main())
