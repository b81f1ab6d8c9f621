"""The simulator's log lines for a terminal: time, event word, fields."""

from __future__ import annotations

import json
import logging
import sys
from typing import Final

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Line(logging.Formatter):
    """`2026-11-20 15:33:25 mishap {"what": "ebike", "code": "…"}`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's own words, then what was given as `extra`."""
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        said = json.dumps(fields, ensure_ascii=False, default=str) if fields else ""
        return f"{self.formatTime(record, '%Y-%m-%d %H:%M:%S')} {record.getMessage()} {said}".rstrip()


def begin() -> None:
    """Log to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
