"""The truth's file into the demonstration's database, line by line, so that the truth board can judge alarms by it."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from threading import Event
from typing import Any, Final

from data_access.engine import Store
from data_access.repositories import demo_truths
from domain.errors import StoreUnavailable, WrongDistrict

log = logging.getLogger(__name__)

_AGAIN_S: Final = 5.0
_BATCH: Final = 200_000  # bytes of one transaction, about


def follow(store: Store, path: Path, stopping: Event) -> None:
    """Keep the database up with a file that grows, until told to stop; while the database is away, nothing is lost but time."""
    offset = 0
    while True:
        try:
            offset, _ = load(store, path, offset=offset)
        except StoreUnavailable:
            log.warning("truth_waits")
        except WrongDistrict as refusal:
            log.error("truth_refused", extra=refusal.data)
            return
        if stopping.wait(_AGAIN_S):
            return


def load(store: Store, path: Path, *, offset: int = 0) -> tuple[int, int]:
    """(how far the file was read, how many truths were new). A truth that is there already is left as it is.

    Raises StoreUnavailable, WrongDistrict.
    """
    new = 0
    if not path.exists():
        return offset, new
    with path.open("rb") as file:
        file.seek(offset)
        while lines := _whole_lines(file.readlines(_BATCH)):
            with store.transaction() as tx:
                new += demo_truths.add(tx, [record for record in map(_record, lines) if record is not None])
            offset += sum(map(len, lines))
            file.seek(offset)
    return offset, new


def _record(line: bytes) -> dict[str, Any] | None:
    """What a line says; None for one that a killed simulator left half written before the next began."""
    try:
        return dict(json.loads(line))
    except ValueError:
        log.warning("truth_unreadable", extra={"line": line[:80]})
        return None


def _whole_lines(lines: list[bytes]) -> list[bytes]:
    """Without the last one while it is still being written."""
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]
