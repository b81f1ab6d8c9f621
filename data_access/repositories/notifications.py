"""The outbox (发件箱): messages queued in the transaction of what they are about. Its sending end is outbox.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from data_access.engine import Tx
from data_access.repositories import team_phones
from data_access.watches import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to be sent. `key` names it for ever: the same key is one message, however often it is queued or sent."""

    order_id: int
    recipient: str
    key: str
    template: str
    urgent: bool = False
    drill: bool = False
    channel: str | None = None  # None: the recipient's own
    words: Mapping[str, Any] = field(default_factory=dict)


_QUEUE: Final = text(
    "WITH said AS (SELECT * FROM jsonb_to_recordset(:rows) AS r(order_id bigint, recipient text, channel text, key text, "
    "template text, words jsonb, urgent boolean, drill boolean)), "
    "fresh AS (SELECT * FROM said WHERE NOT EXISTS (SELECT FROM notification_messages m WHERE m.key = said.key) "
    f"AND (NOT starts_with(recipient, '{team_phones.RECIPIENT}') OR EXISTS ({team_phones.of('said.recipient', moment=':at')}))), "
    "made AS (INSERT INTO notifications (work_order_id, channel, recipient, status, created_at) "
    "SELECT DISTINCT ON (order_id, recipient) order_id, "
    "coalesce(channel, (SELECT a.channel FROM notification_addresses a WHERE a.recipient = fresh.recipient ORDER BY a.rank, a.id LIMIT 1), "
    "'console'), recipient, 'queued', :at FROM fresh ORDER BY order_id, recipient "
    "ON CONFLICT (work_order_id, recipient) DO UPDATE SET status = 'queued' RETURNING id, work_order_id, recipient) "
    "INSERT INTO notification_messages (notification_id, key, template, words, urgent, drill, status, created_at, next_at) "
    "SELECT made.id, fresh.key, fresh.template, fresh.words, fresh.urgent, fresh.drill, 'queued', :at, :at "
    "FROM fresh JOIN made ON made.work_order_id = fresh.order_id AND made.recipient = fresh.recipient "
    "ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("rows", type_=JSONB))


def queue(tx: Tx, messages: Iterable[Message], *, at: datetime) -> int:
    """Put messages into the outbox, in one statement however many they are; how many were new. A team without a telephone is left out."""
    rows = [asdict(message) for message in messages]
    if not rows:
        return 0
    queued = tx.execute(_QUEUE, {"rows": rows, "at": at}).rowcount
    if queued:
        tx.touch(Watch.NOTIFICATIONS)
    return queued
