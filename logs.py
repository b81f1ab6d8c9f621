"""Logs of every process as JSON lines: an event word and its fields; of a storm the first lines and then how many more there were."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final, TextIO

_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
STORM_LINES: Final = 5  # of one event in one window; what comes after is only counted
STORM_SECONDS: Final = 60.0
CAUSE_CHARACTERS: Final = 200


class JsonLines(logging.Formatter):
    """One JSON object per record: at, level, event, logger, and whatever `extra` carried."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD and key not in line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


@dataclass(slots=True)
class _Window:
    """What was said of one event since it was first said."""

    began: float
    level: int
    lines: int = 0
    held: int = 0


class Sparing(logging.StreamHandler[TextIO]):
    """Writes warnings and errors, but of one event and fault no more than a few lines a minute; before the next line after that
    minute, of whatever event, it says how many were held back.

    A message that cannot be read has its row elsewhere, and a million of them must not fill a disk.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._windows: dict[tuple[str, str, str], _Window] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or count it."""
        self._tell_held(record.created)
        if record.levelno < logging.WARNING or self._may_say(record):
            super().emit(record)

    def close(self) -> None:
        """At the end, too, what was held back is told."""
        self._tell_held(float("inf"))
        super().close()

    def _may_say(self, record: logging.LogRecord) -> bool:
        fault = type(record.exc_info[1]).__name__ if record.exc_info else ""
        window = self._windows.setdefault((record.name, str(record.msg), fault), _Window(record.created, record.levelno))
        window.lines += 1
        window.held += window.lines > STORM_LINES
        return window.lines <= STORM_LINES

    def _tell_held(self, now: float) -> None:
        over = [key for key, window in self._windows.items() if now - window.began >= STORM_SECONDS]
        for name, event, fault in over:
            window = self._windows.pop((name, event, fault))
            if window.held:
                told = {"name": name, "msg": event, "levelno": window.level, "levelname": logging.getLevelName(window.level)}
                super().emit(logging.makeLogRecord({**told, "held_back": window.held, "seconds": STORM_SECONDS}))


class Outage:
    """Says once that something is lost and why, and once that it is back and for how long it was away."""

    def __init__(self, log: logging.Logger, what: str, *, clock: Callable[[], float] = monotonic, **fields: object) -> None:
        self._log = log
        self._what = what
        self._clock = clock
        self._fields = fields
        self._since: float | None = None

    def lost(self, cause: object) -> None:
        """It failed; the first time this is news."""
        if self._since is None:
            self._since = self._clock()
            self._log.warning(f"{self._what}_lost", extra={**self._fields, "cause": repr(cause)[:CAUSE_CHARACTERS]})

    def over(self) -> None:
        """It works; after an outage this is news."""
        if self._since is not None:
            self._log.info(f"{self._what}_back", extra={**self._fields, "seconds": round(self._clock() - self._since, 1)})
            self._since = None


def configure(level: str) -> None:
    """Send every log of this process to stderr as JSON lines."""
    handler = Sparing(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("data_access.engine").setLevel(logging.ERROR)  # the loops say once that the database is lost, and why
