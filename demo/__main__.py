"""`python -m demo seed | simulate | inject`: fill an empty database, bring its machines to life, make one of them fail."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from time import monotonic

import settings
from data_access.engine import connect
from demo.quotas import SEED
from demo.seeding import Seeded, seed
from domain.errors import PutuoError, WrongDistrict

REAL_DATABASE = 3


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 with one sentence when something cannot work, 3 when the database is not a demonstration."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.command(chosen))
    except WrongDistrict:
        _say("数据库中已有真实数据，不写入演示数据。The database holds a real district: no demonstration is written into it.")
        return REAL_DATABASE
    except PutuoError as refusal:
        _say(str(refusal))
        return 1


def _seed(chosen: argparse.Namespace) -> int:
    configured = settings.load()
    started = monotonic()
    store = connect(configured.database_url.get_secret_value(), name="demo-seed")
    try:
        outcome = seed(store, number=chosen.seed, at=datetime.now(UTC))
    finally:
        store.close()
    done = "demonstration district written" if outcome is Seeded.WRITTEN else "already a demonstration district"
    _say(f"{done} ({monotonic() - started:.1f} s)")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    commands = parser.add_subparsers(required=True)
    seeding = commands.add_parser("seed", help="fill an empty database with the demonstration district")
    seeding.add_argument("--seed", type=int, default=SEED, help="another district (default %(default)s)")
    seeding.set_defaults(command=_seed)
    return parser


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
