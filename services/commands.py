"""What every command of an operator shares: who acts, the database it acts on, and how a refusal is said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

import settings
from data_access.engine import Store, connect
from domain.errors import PutuoError

OPERATOR: Final = "command line"  # who acts, as the audit log says it


def run(work: Callable[[Store], int | None], *, name: str) -> int:
    """Do the work on the database of DATABASE_URL; its exit code, or 1 with the refusal on stderr."""
    store = connect(settings.load().database_url.get_secret_value(), name=name)
    try:
        return work(store) or 0
    except PutuoError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    finally:
        store.close()
