"""`python -m services.vendors FILE`: make the vendors of a vendors.json known to the database of DATABASE_URL."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import settings
from data_access.engine import connect
from domain.errors import PutuoError
from services.vendors import enlist


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.vendors", description=__doc__)
    parser.add_argument("file", type=Path, help="the broker's list of vendors, DIR/run/vendors.json of ./run --data DIR")
    chosen = parser.parse_args(arguments)
    store = connect(settings.load().database_url.get_secret_value(), name="vendors")
    try:
        print(*enlist(store, chosen.file, at=datetime.now(UTC)))
    except PutuoError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
