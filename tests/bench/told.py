"""When the parties of an order were told: what the benches of incidents measure reactions by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg

from tests.bench.callers import EBIKE, GRAVE, TRAPPED

FOUND: Final = "found"
"""Instead of a vendor's code: nobody said it, a rule found it in the readings."""

Word = tuple[str, str]
"""A message and to whom: "use unit", "unit", "role", "street", "car"."""
_MAINTAINER: Final[frozenset[Word]] = frozenset((word, unit) for word in ("dispatched", "summoned") for unit in ("unit", "use unit"))
"""The team's order, or where there is no team the word to its unit; who maintains his own machines is both units in one."""
_INSIDE: Final = (frozenset({("trapped", "use unit")}), _MAINTAINER)
OWED: Final[Mapping[str, Sequence[frozenset[Word]]]] = {
    TRAPPED: _INSIDE,
    FOUND: _INSIDE,
    GRAVE: (frozenset({("out_of_service", "use unit")}), frozenset({("out_of_service", "role")}), _MAINTAINER),
    EBIKE: (frozenset({("opened", "use unit")}), frozenset({("copy_found", "street")}), frozenset({("spoken", "car")})),
}
"""What is owed of each sort; the first of each set is enough, for a second team minutes later makes nobody told later."""
_TOLD: Final = (
    "SELECT m.template, CASE WHEN n.recipient = 'unit:' || w.use_unit_id THEN 'use unit' ELSE split_part(n.recipient, ':', 1) END, "
    "extract(epoch FROM min(coalesce(c.sent_at, m.sent_at))) FROM work_orders w JOIN notifications n ON n.work_order_id = w.id "
    "JOIN notification_messages m ON m.notification_id = n.id LEFT JOIN notification_messages c ON c.id = m.collapsed_into "
    "WHERE w.id = %s GROUP BY 1, 2"
)
_ANSWERED: Final = "SELECT 'spoken', 'car', extract(epoch FROM min(acknowledged_at)) FROM device_commands WHERE work_order_id = %s"
"""A prompt counts when the car has answered it: that the broker has it tells nobody anything."""


def reaction(database: psycopg.Connection[Any], order_id: int, sort: str, *, since: float) -> float | None:
    """Seconds from an event (epoch seconds) until the last of its parties was told first; None where one was not.

    `sort` is the code of the event, or FOUND.
    """
    left: dict[Word, float] = {}
    for statement in (_TOLD, _ANSWERED):
        rows = database.execute(statement, (order_id,)).fetchall()
        left |= {(word, party): float(at) for word, party, at in rows if at is not None}
    at = all_told(left, sort)
    return None if at is None else at - since


def all_told(left: Mapping[Word, float], sort: str) -> float | None:
    """When the last of those to whom something is owed had it first; None while one has nothing."""
    told = [[left[word] for word in words & left.keys()] for words in OWED[sort]]
    return max(map(min, told)) if all(told) else None
