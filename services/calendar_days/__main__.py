"""`python -m services.calendar_days list | update | import FILE.csv`: working days in the database of DATABASE_URL.

The file has the columns day (2027-02-05), kind (holiday or workday) and name, and holds whole years: whatever was known of a year that
it names is replaced. Only days that are not what their weekday says need to stand in it.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from data_access.engine import Store
from services import calendar_days
from services.calendar_days import Changed
from services.commands import OPERATOR, run


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.calendar_days", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="the table: day, kind, name, what it rests on").set_defaults(command=_list)
    commands.add_parser("update", help="take over what is announced; imported years stay").set_defaults(command=_update)
    bring_in = commands.add_parser("import", help="put a CSV file in the place of its years")
    bring_in.add_argument("file", type=Path)
    bring_in.set_defaults(command=_import)
    chosen = parser.parse_args(arguments)
    return run(lambda store: chosen.command(store, chosen), name="calendar-days")


def _list(store: Store, chosen: argparse.Namespace) -> None:
    for day, known in sorted(calendar_days.table(store).table.items()):
        print(day, "workday" if known.working else "holiday", known.name, known.basis, sep="\t")


def _update(store: Store, chosen: argparse.Namespace) -> None:
    _say(calendar_days.keep(store, datetime.now(UTC)))


def _import(store: Store, chosen: argparse.Namespace) -> None:
    _say(calendar_days.bring_in(store, chosen.file, by=OPERATOR, at=datetime.now(UTC)))


def _say(changed: Changed) -> None:
    print("years", ",".join(map(str, changed.years)) or "-", sep="\t")
    print("clocks", changed.clocks, sep="\t")


if __name__ == "__main__":
    sys.exit(main())
