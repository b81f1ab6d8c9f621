"""What every command of an operator shares: who acts, the database it acts on, and how a refusal is said."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import settings
from data_access.engine import Store, connect
from domain.errors import Invalid, PutuoError

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


def csv_rows(path: Path, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The rows of a UTF-8 CSV file with exactly these columns; a cell that is not there is "". Raises Invalid."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if tuple(rows.fieldnames or ()) != tuple(columns):
                raise Invalid(field=path.name, reason=f"columns must be {', '.join(columns)}")
            return [tuple(row[column] or "" for column in columns) for row in rows]
    except (OSError, ValueError, csv.Error) as exc:
        raise Invalid(field=path.name, reason=f"{type(exc).__name__}: {exc}") from exc
