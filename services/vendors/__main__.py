"""`python -m services.vendors FILE`: make the vendors of a vendors.json known to the database of DATABASE_URL."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from services.commands import run
from services.vendors import enlist


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.vendors", description=__doc__)
    parser.add_argument("file", type=Path, help="the broker's list of vendors, DIR/run/vendors.json of ./run --data DIR")
    chosen = parser.parse_args(arguments)
    return run(lambda store: print(*enlist(store, chosen.file, at=datetime.now(UTC))), name="vendors")


if __name__ == "__main__":
    sys.exit(main())
