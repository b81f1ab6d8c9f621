"""`python -m stack.prepare`: the newest schema, then the demonstration district in an empty database, with vendors that may push.

One process for all, because their imports cost seconds.
Exit codes are those of `python -m demo seed`, and 4 when the schema could not be brought up to date.
"""

from __future__ import annotations

import sys

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

import demo.__main__
import services.vendor_access.__main__ as vendor_access
from data_access.migrations import upgrade
from domain.errors import StoreUnavailable
from settings import load

SCHEMA_FAILED = 4


def main() -> int:
    """Migrate, seed, and give the demonstration's vendors the secrets of this installation."""
    deployment = load()
    try:
        upgrade(deployment.database_url.get_secret_value())
    except (StoreUnavailable, SQLAlchemyError, CommandError) as exc:
        print(exc, file=sys.stderr)
        return SCHEMA_FAILED
    seeded = demo.__main__.main(["seed"])
    listed = deployment.run_dir / "vendors.json"
    if seeded == 0 and listed.exists():
        vendor_access.main(["import", str(listed)])  # a secret that is refused is said, and costs its vendor the push alone
    return seeded


if __name__ == "__main__":
    sys.exit(main())
