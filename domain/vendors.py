"""What a data vendor may be called, and when its feed is late: judged by its own pace, of signs of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

RESERVED: Final = "ingest"  # the topic segment of the platform's own messages

BREATH: Final = timedelta(seconds=8)  # signs closer together than this are one: a push comes in pieces, a connection beats every 10 s
LONGEST_PAUSE: Final = timedelta(hours=1)  # a longer one is an outage, and teaches nothing
PAUSES_KEPT: Final = 16
LATE_LEAST: Final = 30.0  # seconds; three beats of a connection
BEATS_WITHIN: Final = 15.0  # seconds between two beats of a connection, however late one comes
LATE_PAUSES: Final = 3.0


def usual_pause(pauses: Sequence[float]) -> float:
    """Seconds between two signs of a vendor, as it usually is: the second longest of its last ones, so that no single outage teaches
    anything. 0 is not known yet.
    """
    return sorted(pauses, reverse=True)[:2][-1] if pauses else 0.0


def is_late(signs: Sequence[datetime | None], usual_pause_seconds: float, at: datetime) -> bool:
    """Whether the newest of a vendor's signs is too old for its pace; one that never gave any is not late."""
    newest = max(filter(None, signs), default=None)
    limit = LATE_LEAST if usual_pause_seconds <= BEATS_WITHIN else max(LATE_LEAST, LATE_PAUSES * usual_pause_seconds)
    return newest is not None and (at - newest).total_seconds() > limit
