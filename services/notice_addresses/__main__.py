"""`python -m services.notice_addresses list | import FILE`: by what people are reached; the file replaces everything."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from data_access.engine import Store
from services import notice_addresses
from services.commands import OPERATOR, run


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.notice_addresses", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="every address: recipient, channel, address, rank").set_defaults(command=_list)
    whole = commands.add_parser("import", help="take a UTF-8 CSV file in the place of what there is; prints how many addresses")
    whole.add_argument("file", type=Path, help="with the columns recipient, channel, address, rank")
    whole.set_defaults(command=_import)
    chosen = parser.parse_args(arguments)
    return run(lambda store: chosen.command(store, chosen), name="notice-addresses")


def _list(store: Store, chosen: argparse.Namespace) -> None:
    for each in notice_addresses.in_force(store):
        print(each.recipient, each.channel, each.address, each.rank, sep="\t")


def _import(store: Store, chosen: argparse.Namespace) -> None:
    print(notice_addresses.replace(store, notice_addresses.read(chosen.file), by=OPERATOR, at=datetime.now(UTC)))


if __name__ == "__main__":
    sys.exit(main())
