"""When we were deaf ourselves: silence is counted only over time in which somebody could have been heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

DEAF_AFTER: Final = timedelta(seconds=20)  # nothing of any vendor for so long is our own outage: every connection beats each 10 s

Span = tuple[datetime, datetime]
"""From when until when nobody could be heard."""


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time as spans that neither overlap nor touch, in order."""
    joined: list[Span] = []
    for began, ended in sorted(spans):
        if joined and began <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ended))
        elif ended > began:
            joined.append((began, ended))
    return tuple(joined)


def listened(since: datetime, until: datetime, deaf: Sequence[Span]) -> float:
    """Seconds between the two in which we listened; negative where a device's clock runs ahead. `deaf` is `merged`."""
    missed = sum((min(ended, until) - max(began, since)).total_seconds() for began, ended in deaf if began < until and ended > since)
    return (until - since).total_seconds() - missed
