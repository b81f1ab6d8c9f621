"""`python -m services.vendor_dialects list | speak VENDOR DIALECT | name VENDOR THEIR_ID CODE | import FILE`: how vendors speak."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from data_access.engine import Store
from domain.dialects import Dialect
from services import vendor_dialects
from services.commands import OPERATOR, run
from services.vendor_dialects import Name


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.vendor_dialects", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="every vendor with its dialect, then every name: vendor, its identifier, code").set_defaults(
        command=_list
    )
    dialect = commands.add_parser("speak", help="say which dialect a vendor speaks")
    dialect.add_argument("vendor")
    dialect.add_argument("dialect", help=", ".join(known.value for known in Dialect))
    dialect.set_defaults(command=_speak)
    one = commands.add_parser("name", help="say which machine a vendor's identifier means; prints 1, or 0 where that was known")
    one.add_argument("vendor")
    one.add_argument("their_id", help="exactly as the vendor writes it")
    one.add_argument("code", help="注册代码")
    one.set_defaults(command=_name)
    several = commands.add_parser("import", help="the same for a UTF-8 CSV file; prints how many rows were new or changed")
    several.add_argument("file", type=Path, help="with the columns vendor, their_id, code")
    several.set_defaults(command=_import)
    chosen = parser.parse_args(arguments)
    return run(lambda store: chosen.command(store, chosen), name="vendor-dialects")


def _list(store: Store, chosen: argparse.Namespace) -> None:
    for row in (*vendor_dialects.spoken(store), *vendor_dialects.named(store)):
        print(*row, sep="\t")


def _speak(store: Store, chosen: argparse.Namespace) -> None:
    vendor_dialects.speak(store, chosen.vendor, chosen.dialect, by=OPERATOR, at=datetime.now(UTC))


def _name(store: Store, chosen: argparse.Namespace) -> None:
    _learn(store, [Name(chosen.vendor, chosen.their_id, chosen.code)])


def _import(store: Store, chosen: argparse.Namespace) -> None:
    _learn(store, vendor_dialects.read(chosen.file))


def _learn(store: Store, names: list[Name]) -> None:
    print(vendor_dialects.learn(store, names, by=OPERATOR, at=datetime.now(UTC)))


if __name__ == "__main__":
    sys.exit(main())
