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
ORDER_ICONS: Final = {
    "reported": "megaphone",
    "created": "send",
    "accepted": "hand-thumbs-up",
    "on_site": "geo-alt-fill",
    "completed": "wrench",
    "confirmed": "check-circle-fill",
    "false_alarm": "x-circle",
    "accident": "exclamation-octagon-fill",
    "received": "inbox",
    "verified": "search",
    "ordered": "file-earmark-text",
    "rechecked": "clipboard-check",
    "closed": "check-circle-fill",
    "rejected": "slash-circle",
}
STEP_ICONS: Final = {
    "open": "megaphone-fill",
    "dispatch": "send-fill",
    "accept": "hand-thumbs-up-fill",
    "sign_in": "geo-alt-fill",
    "complete": "wrench",
    "confirm": "check-circle-fill",
    "redo": "arrow-counterclockwise",
    "return": "reply-fill",
    "transfer": "arrow-left-right",
    "assign": "person-check-fill",
    "suspend": "pause-circle-fill",
    "resume": "play-circle-fill",
    "merge": "link-45deg",
    "escalate": "graph-up-arrow",
    "false_alarm": "x-circle",
    "accident": "exclamation-octagon-fill",
    "note": "chat-left-text",
    "rate": "star-fill",
    "verify": "search",
    "order": "file-earmark-text-fill",
    "rectify": "tools",
    "recheck": "clipboard-check",
    "close": "check-circle-fill",
    "reject": "slash-circle",
}
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
