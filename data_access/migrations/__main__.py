"""`python -m data_access.migrations`: bring the database of DATABASE_URL to the newest version."""

from __future__ import annotations

import os
import sys

from data_access.migrations import upgrade


def main() -> int:
    """The exit code."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.stderr.write("DATABASE_URL is not set\n")
        return 2
    upgrade(url)
    return 0


if __name__ == "__main__":
    sys.exit(main())
