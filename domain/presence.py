"""Whether a monitor speaks: never connected, online, silent, offline. Judged from telemetry time and the device's own cadence."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.equipment.kind import EquipmentKind, Settings, seconds

OFFLINE_AFTER: Final = seconds("presence.offline_seconds", 900)
SILENT_AFTER: Final = seconds("presence.silent_seconds", 300, source="the slowest vendor seen pushes every 4 min")
CADENCES: Final = 3.0  # nothing for three of its own periods is silence
OUTAGE_CADENCES: Final = 10.0  # a gap of so many periods is an outage, not a new cadence
LONGEST_CADENCE_SECONDS: Final = 3600.0
DISUSED: Final = ("stopped", "scrapped")  # 停用, 报废: words of equipment.use_status; the silence of such a machine is no loss


class Presence(StrEnum):
    """The word shown for a monitor; locale key `presence.<value>`."""

    NOT_FITTED = "not_fitted"  # 未接入: no vendor is bound
    NEVER = "never"  # 从未上线: bound, but nothing came yet
    ONLINE = "online"
    SILENT = "silent"  # 静默: over three periods, or lost together with others; not yet the offline limit
    OFFLINE = "offline"
    UNKNOWN = "unknown"  # 未知: we ourselves have heard nobody for too long to say
    DISUSED = "disused"  # 停用: the register says it is stopped or scrapped


def presence_of(
    *, bound: bool, sampled_at: datetime | None, cadence_seconds: float, settings: Settings, at: datetime, disused: bool = False
) -> Presence:
    """The presence at `at`; `cadence_seconds` is the usual gap between the device's samples."""
    if disused:
        return Presence.DISUSED
    if not bound:
        return Presence.NOT_FITTED
    if sampled_at is None:
        return Presence.NEVER
    return presence_after((at - sampled_at).total_seconds(), cadence_seconds, settings)


def presence_after(quiet_seconds: float, cadence_seconds: float, settings: Settings) -> Presence:
    """The presence of a monitor that spoke once and then not for so long while we listened."""
    if quiet_seconds > offline_limit(cadence_seconds, settings):
        return Presence.OFFLINE
    return Presence.SILENT if quiet_seconds > max(CADENCES * cadence_seconds, SILENT_AFTER.of(settings)) else Presence.ONLINE


def offline_limit(cadence_seconds: float, settings: Settings) -> float:
    """Seconds of silence after which a device is offline: three periods, at least the setting (15 min)."""
    return max(CADENCES * cadence_seconds, OFFLINE_AFTER.of(settings))


def alarm_limit(kind: EquipmentKind, cadence_seconds: float, settings: Settings) -> float:
    """Seconds of silence after which an offline alarm is due: a parked truck may be quiet for longer than a lift."""
    return max(offline_limit(cadence_seconds, settings), kind.offline_alarm.of(settings))


def may_sleep(kind: EquipmentKind, settings: Settings) -> bool:
    """Whether the monitors of a kind are switched off with the machine, so that their silence says nothing about a gateway."""
    return kind.offline_alarm.of(settings) > OFFLINE_AFTER.of(settings)


def next_cadence(cadence_seconds: float, gap_seconds: float) -> float:
    """The usual gap after one more gap: rises at once, forgets slowly, and an outage teaches nothing. 0 is not known yet."""
    if gap_seconds > LONGEST_CADENCE_SECONDS:
        return cadence_seconds
    if cadence_seconds and gap_seconds > max(OUTAGE_CADENCES * cadence_seconds, OFFLINE_AFTER.default):
        return cadence_seconds
    return max(gap_seconds, 0.9 * cadence_seconds)
