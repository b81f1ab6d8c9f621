"""`python -m stack.prepare`: the newest schema, then the demonstration district in an empty database.

One process for both, because their imports cost seconds.
Exit codes are those of `python -m demo seed`, and 4 when the schema could not be brought up to date.
"""

from __future__ import annotations

import sys

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

import demo.__main__
from data_access.migrations import upgrade
from domain.errors import StoreUnavailable
from settings import load

SCHEMA_FAILED = 4


def main() -> int:
    """Migrate, then seed."""
    try:
        upgrade(load().database_url.get_secret_value())
    except (StoreUnavailable, SQLAlchemyError, CommandError) as exc:
        print(exc, file=sys.stderr)
        return SCHEMA_FAILED
    return demo.__main__.main(["seed"])


if __name__ == "__main__":
    sys.exit(main())
