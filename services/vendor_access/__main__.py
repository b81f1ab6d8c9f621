"""`python -m services.vendor_access admit VENDOR | import FILE | dismiss VENDOR`: which vendors may push over HTTP."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path

from data_access.engine import Store
from services import vendor_access
from services.commands import OPERATOR, run


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.vendor_access", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("admit", help="set a vendor's secret, asked for at the terminal or read from standard input")
    one.add_argument("vendor")
    one.set_defaults(command=_admit)
    several = commands.add_parser("import", help="give every known vendor of a vendors.json the password of its broker account")
    several.add_argument("file", type=Path, help="DIR/run/vendors.json of ./run --data DIR")
    several.set_defaults(command=_import)
    ended = commands.add_parser("dismiss", help="take a vendor's secret and its tokens away, at once")
    ended.add_argument("vendor")
    ended.set_defaults(command=_dismiss)
    chosen = parser.parse_args(arguments)
    return run(lambda store: chosen.command(store, chosen), name="vendor-access")


def _admit(store: Store, chosen: argparse.Namespace) -> None:
    secret = getpass("secret: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    print(*vendor_access.admit(store, {chosen.vendor: secret}, by=OPERATOR, at=datetime.now(UTC)))


def _import(store: Store, chosen: argparse.Namespace) -> None:
    print(*vendor_access.admit_listed(store, chosen.file, by=OPERATOR, at=datetime.now(UTC)))


def _dismiss(store: Store, chosen: argparse.Namespace) -> None:
    vendor_access.dismiss(store, chosen.vendor, by=OPERATOR, at=datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main())
