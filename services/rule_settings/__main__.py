"""`python -m services.rule_settings list | set KEY VALUE --why "…"`: the thresholds in the database of DATABASE_URL."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from data_access.engine import Store
from services import rule_settings
from services.commands import OPERATOR, run


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.rule_settings", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="every threshold: key, value in force, unit, default").set_defaults(command=_list)
    change = commands.add_parser("set", help="put a value in force; prints its version")
    change.add_argument("key")
    change.add_argument("value", type=float)
    change.add_argument("--why", required=True, help="the reason, which is kept with the value")
    change.set_defaults(command=_set)
    chosen = parser.parse_args(arguments)
    return run(lambda store: chosen.command(store, chosen), name="rule-settings")


def _list(store: Store, chosen: argparse.Namespace) -> None:
    for row in rule_settings.in_force(store):
        print(row.threshold.key, f"{row.value:g}", row.threshold.unit, f"{row.threshold.default:g}", sep="\t")


def _set(store: Store, chosen: argparse.Namespace) -> None:
    print(rule_settings.change(store, chosen.key, chosen.value, by=OPERATOR, why=chosen.why, at=datetime.now(UTC)))


if __name__ == "__main__":
    sys.exit(main())
