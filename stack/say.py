"""Progress lines: what happens now and how many seconds have passed since the command was typed."""

from __future__ import annotations

import os
import sys
import time

# The bash front starts its clock first, so that the lines of both count from the same moment.
_STARTED = float(os.environ.get("STACK_STARTED_AT") or time.time())


def say(sentence: str) -> None:
    """Print one progress line at once."""
    print(f"[{time.time() - _STARTED:6.1f} s] {sentence}", file=sys.stderr, flush=True)
