"""`python -m stack servers|run`: the stack in the foreground, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stack import servers
from stack.errors import StackError
from stack.home import PROJECT, Home
from stack.say import say
from stack.services_file import ServicesFile, await_predecessors
from stack.supervisor import Stopping, Supervisor


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 after Ctrl-C, 1 with one sentence when something cannot work."""
    chosen = _parser().parse_args(arguments)
    try:
        return _supervise(chosen)
    except StackError as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


def _supervise(chosen: argparse.Namespace) -> int:
    home = Home.at(chosen.data)
    lock = home.lock()
    await_predecessors(home)
    file = ServicesFile(home)
    supervisor = Supervisor(home, changed=file.processes)
    supervisor.listen()
    try:
        servers.start(supervisor, file, unsafe=chosen.unsafe, broker_port=0)
        print(f"SERVERS {home.run / 'services.json'}", flush=True)
        supervisor.watch()
    except Stopping:
        pass
    finally:
        supervisor.stop()
        lock.close()
        say("all stopped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    commands = parser.add_subparsers(required=True)
    alone = commands.add_parser("servers", help="PostgreSQL, Valkey and Mosquitto only")
    alone.add_argument("--data", type=Path, default=PROJECT / "var", help="where everything lives (default: var/)")
    alone.add_argument("--unsafe", action="store_true", help="fast, and a power cut may destroy it: for tests")
    return parser


if __name__ == "__main__":
    sys.exit(main())
