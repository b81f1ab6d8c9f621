"""Links by which citizens rate how they were helped, known by their digests alone, and the stars they gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert

from data_access.engine import Tx
from data_access.tables import citizen_ratings, rating_links


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was sent to whoever made a report."""

    digest: str
    source_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """Stars from 1 to 5. `key` names the report or the sheet: it counts once. `account_id` None: the citizen's own hand."""

    key: str
    work_order_id: int | None
    equipment_id: int | None
    origin: str
    stars: int
    words: str
    rated_at: datetime
    account_id: int | None = None


# Nothing here says who reported it.
_LINK: Final = text(
    "WITH RECURSIVE link AS (SELECT l.source_id, l.expires_at, s.work_order_id FROM rating_links l "
    "JOIN incident_sources s ON s.id = l.source_id WHERE l.digest = :digest), "
    "led AS (SELECT w.id, w.master_id FROM link JOIN work_orders w ON w.id = link.work_order_id "
    "UNION SELECT w.id, w.master_id FROM led JOIN work_orders w ON w.id = led.master_id) "
    "SELECT link.source_id, link.expires_at, o.id AS order_id, o.kind, o.cause, coalesce(t.name, '') AS site, "
    "(SELECT max(v.at) FROM work_order_events v WHERE v.work_order_id = o.id AND v.action IN ('complete', 'confirm', 'close')) AS done_at, "
    "EXISTS (SELECT FROM citizen_ratings r WHERE r.key = 'source:' || link.source_id) AS rated "
    "FROM link JOIN led ON led.master_id IS NULL JOIN work_orders o ON o.id = led.id "
    "LEFT JOIN equipment e ON e.id = o.equipment_id LEFT JOIN sites t ON t.id = e.site_id"
)


def send(tx: Tx, links: Sequence[Link]) -> None:
    """Remember links that are about to leave."""
    if links:
        tx.execute(insert(rating_links), [asdict(link) for link in links])


def by_digest(tx: Tx, digest: str) -> Row[Any] | None:
    """What a link is about: the report, the order it goes on as, its site, and whether it was used or runs out; None: no such link."""
    return tx.execute(_LINK, {"digest": digest}).one_or_none()


def give(tx: Tx, rating: Rating) -> bool:
    """Keep a rating; False where the report or the sheet has one."""
    c = citizen_ratings.c
    statement = upsert(citizen_ratings).values(**asdict(rating)).on_conflict_do_nothing(index_elements=[c.key]).returning(c.id)
    return tx.scalar(statement) is not None


def forget_links(tx: Tx, *, expired_before: datetime) -> int:
    """Delete links that ran out before; how many."""
    return tx.execute(delete(rating_links).where(rating_links.c.expires_at < expired_before)).rowcount
