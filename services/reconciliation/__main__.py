"""`python -m services.reconciliation`: whether the orders, logs, clocks and messages in the database of DATABASE_URL are whole."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from data_access.engine import Store
from services.commands import run
from services.reconciliation import reconcile


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 when something is lost, doubled or half-written; the sets on stdout."""
    parser = argparse.ArgumentParser(prog="python -m services.reconciliation", description=__doc__)
    parser.add_argument("--alarms-since", type=datetime.fromisoformat, help="also ask every alarm since this moment for its order")
    chosen = parser.parse_args(arguments)
    wrong: list[str] = []

    def compare(store: Store) -> None:
        found = reconcile(store, alarms_since=chosen.alarms_since, at=datetime.now(UTC))
        print(found)
        wrong.extend(found.wrong)

    return run(compare, name="reconciliation") or int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
