"""An open alarm that becomes graver without anything new from its machine: by waiting, or because others are trapped as well."""

from __future__ import annotations

from datetime import datetime

from data_access.repositories.alarms import OpenAlarm, Raised
from domain.alarm_book import Source
from domain.faults import RULES
from domain.response import Response


def escalated(alarm: OpenAlarm, response: Response, at: datetime) -> Raised:
    """An occurrence that only raises the level."""
    fault = RULES[alarm.rule]
    return Raised(
        equipment_id=alarm.equipment_id,
        family=fault.family,
        rule=alarm.rule,
        category=fault.category.value,
        level=response.level.value,
        urgent=response.urgent,
        reason=response.reason,
        source=Source.RULE.value,
        raised_at=alarm.last_occurred_at,
        detected_at=at,
        occurrences=0,
    )
