"""What the demonstration's invented people look at before they act: the orders that wait for somebody, and the hands they act by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from data_access.engine import Tx
from domain.scope import Role

NAMES: Final[Mapping[Role, str]] = {
    Role.OPERATIONS_CENTRE: "演示·城运中心值班员",
    Role.BUREAU: "演示·区市场监管局监管员",
    Role.USE_UNIT: "演示·使用单位",
    Role.MAINTENANCE_UNIT: "演示·维保单位",
}
"""As whom the invented people act; nobody can sign in as one of them."""

_HIRE: Final = text(
    "INSERT INTO accounts (username, name, role, password_hash, disabled) "
    "SELECT CAST(:username AS text), CAST(:name AS text), CAST(:role AS text), '!', true "
    "WHERE NOT EXISTS (SELECT FROM accounts WHERE username = :username) ON CONFLICT (username) DO NOTHING"
)
_HIRED: Final = text("SELECT username, id FROM accounts WHERE username = ANY(CAST(:usernames AS text[])) AND disabled")

# A step is what moves an order: a note, a risen level or a named person leaves it where it was. A vendor's word a few minutes off is
# still about the same mishap; a monitor that is silent is never a false alarm, for somebody had to go and look at it.
_WAITING: Final = text("""
SELECT w.id, w.seq, w.kind, w.status, w.level, w.urgent, w.cause, w.equipment_id, w.use_unit_id, w.unit_id, w.completed_by_id,
       w.opened_at, last.seq AS turn, last.at AS since, last.action AS step, person.at AS person_at, person.action AS person_step,
       EXISTS (SELECT FROM accounts a WHERE a.organization_id = w.unit_id AND NOT a.disabled) AS played,
       u.kind AS unit_kind, u.name AS unit, used.name AS use_unit, e.code, e.lng, e.lat, t.lng AS team_lng, t.lat AS team_lat,
       CASE WHEN :known THEN (
         SELECT bool_or(EXISTS (
           SELECT FROM demo_truths d WHERE d.equipment_id = a.equipment_id AND (d.family = a.family OR a.family = ANY(d.also))
           AND d.starts_at <= a.raised_at + interval '10 minutes' AND d.ends_at >= a.raised_at - interval '10 minutes'))
         FROM incident_sources s JOIN alarms a ON a.id = s.alarm_id
         WHERE s.work_order_id = w.id AND a.family <> 'device_offline') END AS founded
FROM work_orders w
JOIN LATERAL (SELECT v.seq, v.at, v.action FROM work_order_events v WHERE v.work_order_id = w.id
              AND v.action NOT IN ('note', 'escalate', 'assign') ORDER BY v.seq DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (SELECT v.at, v.action FROM work_order_events v WHERE v.work_order_id = w.id
                   AND v.account_id <> ALL(CAST(:ours AS int4[])) ORDER BY v.seq DESC LIMIT 1) person ON true
LEFT JOIN equipment e ON e.id = w.equipment_id
LEFT JOIN response_teams t ON t.id = w.team_id
LEFT JOIN organizations u ON u.id = w.unit_id
LEFT JOIN organizations used ON used.id = w.use_unit_id
WHERE w.closed_at IS NULL AND w.master_id IS NULL AND NOT w.suspended AND w.changed_at >= :since
ORDER BY w.id
""")
_KNOWN: Final = text("SELECT EXISTS (SELECT FROM demo_truths WHERE starts_at > :since)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open order. `turn`, `since` and `step` are the number, moment and name of the step that brought it where it stands.

    `person_at` is when somebody who is no invention last took a step with it, `person_step` which. `played`: a visitor can sign in as
    the unit that is to act. `founded` says whether the simulator really made go wrong what was reported; None: nobody knows.
    """

    id: int
    seq: int
    kind: str
    status: str
    level: str | None
    urgent: bool
    cause: str
    equipment_id: int | None
    use_unit_id: int | None
    unit_id: int | None
    completed_by_id: int | None
    opened_at: datetime
    turn: int
    since: datetime
    step: str
    person_at: datetime | None
    person_step: str | None
    played: bool
    unit_kind: str | None
    unit: str | None
    use_unit: str | None
    code: str | None
    lng: float | None
    lat: float | None
    team_lng: float | None
    team_lat: float | None
    founded: bool | None


def hire(tx: Tx) -> dict[Role, int]:
    """The accounts by which invented people act, made where they are missing; nobody can sign in by them. Role → id."""
    usernames = {f"demo-{role.value}": role for role in NAMES}
    for username, role in usernames.items():
        tx.execute(_HIRE, {"username": username, "name": NAMES[role], "role": role.value})
    return {usernames[row.username]: row.id for row in tx.execute(_HIRED, {"usernames": list(usernames)})}


def waiting(tx: Tx, *, ours: Sequence[int], changed_since: datetime, truths_since: datetime) -> list[Waiting]:
    """The open orders that changed since a moment, with all that decides who acts next. `ours` are the accounts of invented people.

    A simulator that has told no truth since `truths_since` is taken for one that tells none.
    """
    known = bool(tx.scalar(_KNOWN, {"since": truths_since}))
    rows = tx.execute(_WAITING, {"ours": list(ours), "since": changed_since, "known": known}).mappings()
    return [Waiting(**row) for row in rows]
