"""What a colour, an icon or a short word means. Warm tones say "abnormal" and nothing else."""

from __future__ import annotations

from typing import Final

from locales import label, t

LEVEL_TONES: Final = {"minor_fault": "warn", "entrapment": "crit", "emergency": "crit"}
STATUS_TONES: Final = {
    "normal": "ok",
    "warning": "warn",
    "critical": "crit",
    "fault": "crit",
    "offline": "off",
    "silent": "off",
    "never": "none",
    "not_fitted": "none",
    "unknown": "none",
    "disused": "none",
}
PRESENCE_TONES: Final = {
    "online": "ok",
    "silent": "off",
    "offline": "off",
    "never": "none",
    "not_fitted": "none",
    "unknown": "none",
    "disused": "none",
}
VERDICT_ICONS: Final = {"confirmed": "check-circle-fill", "false": "x-circle", "drill": "flag"}
STATUSES: Final = ("normal", "warning", "critical", "offline", "not_fitted", "never", "silent", "disused", "unknown")
"""The words of map_status's characters 0 to 8."""


def alarm_tone(level: str, *, urgent: bool, category: str = "") -> str:
    """crit for levels two and three, major for urgent level one, warn for the rest, off for a silent monitor."""
    if category == "presence":
        return "off"
    if level == "minor_fault" and urgent:
        return "major"
    return LEVEL_TONES.get(level, "warn")


def alarm_word(level: str, *, urgent: bool) -> str:
    """The short word of an alarm's gravity as the wall shows it."""
    if level == "minor_fault":
        return t("severity.urgent" if urgent else "severity.minor")
    return label("severity", level)
