"""`python -m services.vendor_codes list | set VENDOR CODE CANONICAL | import FILE`: what vendors' own fault codes mean."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from data_access.engine import Store
from services import vendor_codes
from services.commands import OPERATOR, run
from services.vendor_codes import Meaning


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.vendor_codes", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="every row: vendor, code, canonical code").set_defaults(command=_list)
    one = commands.add_parser("set", help="say what one code means; prints 1, or 0 where that was known")
    one.add_argument("vendor")
    one.add_argument("code", help="exactly as the vendor writes it")
    one.add_argument("canonical", help="a code of docs/glossary.md")
    one.set_defaults(command=_set)
    several = commands.add_parser("import", help="the same for a UTF-8 CSV file; prints how many rows were new or changed")
    several.add_argument("file", type=Path, help="with the columns vendor, code, canonical")
    several.set_defaults(command=_import)
    chosen = parser.parse_args(arguments)
    return run(lambda store: chosen.command(store, chosen), name="vendor-codes")


def _list(store: Store, chosen: argparse.Namespace) -> None:
    for row in vendor_codes.in_force(store):
        print(*row, sep="\t")


def _set(store: Store, chosen: argparse.Namespace) -> None:
    _learn(store, [Meaning(chosen.vendor, chosen.code, chosen.canonical)])


def _import(store: Store, chosen: argparse.Namespace) -> None:
    _learn(store, vendor_codes.read(chosen.file))


def _learn(store: Store, meanings: list[Meaning]) -> None:
    print(vendor_codes.learn(store, meanings, by=OPERATOR, at=datetime.now(UTC)))


if __name__ == "__main__":
    sys.exit(main())
