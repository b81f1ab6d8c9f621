"""Times as the office reads them: Asia/Shanghai, 24 hours, weeks from Monday. Storage and queries stay in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from locales.numbers import UNKNOWN
from locales.words import t

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")  # no other offset since 1992
Moment = datetime | str
"""An aware datetime, or its ISO 8601 text as it comes out of a cache."""

MINUTE, HOUR, DAY = 60, 3600, 86400


def moment_of(value: Moment) -> datetime:
    """The aware datetime of `value`; text without an offset is UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def when(value: Moment | None, *, seconds: bool = False) -> str:
    """`2026-11-20 14:05`."""
    if value is None:
        return UNKNOWN
    return moment_of(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def clock(value: Moment | None) -> str:
    """`14:05:09`, the time of day alone."""
    return UNKNOWN if value is None else moment_of(value).astimezone(SHANGHAI).strftime("%H:%M:%S")


def day(value: date | str | None) -> str:
    """`2026-11-20`; a calendar date has no time zone."""
    if value is None:
        return UNKNOWN
    return value[:10] if isinstance(value, str) else value.strftime("%Y-%m-%d")


def ago(value: Moment | None, at: Moment) -> str:
    """How long before `at`: "3 分钟前"; a moment ahead of `at` by a little clock drift is "just now"."""
    if value is None:
        return UNKNOWN
    seconds = (moment_of(at) - moment_of(value)).total_seconds()
    if seconds < 5:
        return t("time.just_now")
    for limit, size, key in ((MINUTE, 1, "seconds"), (HOUR, MINUTE, "minutes"), (DAY, HOUR, "hours")):
        if seconds < limit:
            return t(f"time.{key}_ago", n=int(seconds // size))
    return t("time.days_ago", n=int(seconds // DAY))


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: "3 分 42 秒"."""
    if seconds is None:
        return UNKNOWN
    whole = max(int(seconds), 0)
    if whole < MINUTE:
        return t("time.seconds", n=whole)
    if whole < HOUR:
        return t("time.minutes_seconds", m=whole // MINUTE, s=whole % MINUTE)
    if whole < DAY:
        return t("time.hours_minutes", h=whole // HOUR, m=whole % HOUR // MINUTE)
    return t("time.days_hours", d=whole // DAY, h=whole % DAY // HOUR)
