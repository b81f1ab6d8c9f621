"""A town of thousands of monitors on gateways, for the watch over them: its rows written at once, its words by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg

from data_access.engine import Store
from ingest.schedule import WATCH_SECONDS
from services.presence import Watched, watch

SITES: Final = 20
_REGISTER: Final = (
    "INSERT INTO equipment (code, kind, name, pinyin, sort_key, search_key, street_code, site_id, monitor_vendor, gateway) "
    "SELECT %s || '-' || n, 'elevator', n || '号梯', '', '', '', %s, %s, %s, %s FROM generate_series(1, %s) n RETURNING id"
)
_SPEAK: Final = (
    "INSERT INTO equipment_states AS s (equipment_id, sampled_at, received_at, cadence_s, vendor, presence, data) "
    "SELECT e.id, k.at, greatest(k.at, %s), k.cadence, e.monitor_vendor, 'online', '' "
    "FROM unnest(%s::int4[], %s::timestamptz[], %s::float4[]) AS k (id, at, cadence) JOIN equipment e USING (id) ORDER BY e.id "
    "ON CONFLICT (equipment_id) DO UPDATE SET sampled_at = excluded.sampled_at, received_at = excluded.received_at, "
    "cadence_s = excluded.cadence_s, presence = 'online' WHERE excluded.sampled_at > s.sampled_at"
)
_TOLD: Final = (
    "INSERT INTO alarms (equipment_id, kind, family, rule, category, level, reason, source, raised_at, detected_at, last_occurred_at) "
    "VALUES (%(id)s, 'elevator', %(word)s, %(word)s, %(category)s, 'minor_fault', 'minor', 'event', %(at)s, %(at)s, %(at)s)"
)
_HEARD: Final = "UPDATE vendors SET last_message_at = %s, connected = true, heartbeat_at = %s WHERE name = ANY(%s)"


class Town:
    """Monitors that speak each at their own phase, driven by the test's clock."""

    def __init__(self, store: Store, url: str, since: datetime) -> None:
        self._store = store
        self._db = psycopg.connect(url, autocommit=True)
        self._cadence: dict[int, float] = {}
        self._phase: dict[int, float] = {}
        self._silent: set[int] = set()
        self._awake_since: dict[int, datetime] = {}
        self._hung_up: set[str] = set()
        self._heard_since = self.now = since
        self._deaf = False

    def close(self) -> None:
        """Give the connection back."""
        self._db.close()

    def sql(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a statement finds, past the product."""
        cursor = self._db.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []

    def settle(
        self,
        count: int,
        *,
        vendor: str,
        cadence: float,
        gateway: str | None = None,
        site: str | None = None,
        street: str | None = "310107005",
    ) -> list[int]:
        """Register so many lifts; their ids."""
        self._db.execute("INSERT INTO vendors (name, title) VALUES (%s, %s) ON CONFLICT DO NOTHING", (vendor, vendor))
        site_id = None if site is None else self._site(site)
        prefix = f"{vendor}-{gateway}-{site}-{street}-{len(self._cadence)}"
        ids = [row[0] for row in self.sql(_REGISTER, (prefix, street, site_id, vendor, gateway, count))]
        for n, number in enumerate(ids):
            self._cadence[number] = cadence
            self._phase[number] = cadence * (n * 0.6180339887 % 1)  # evenly spread
            self._awake_since[number] = self.now - timedelta(seconds=cadence)
        return ids

    def pass_time(self, seconds: float) -> Watched:
        """Let everybody who is not silenced speak, and watch every ten seconds, as the schedule does; the sum of what was done."""
        total = Watched()
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            self.advance(min(WATCH_SECONDS, (until - self.now).total_seconds()))
            total = _sum(total, watch(self._store, self.now) or Watched())
        return total

    def advance(self, seconds: float = WATCH_SECONDS) -> None:
        """Let everybody who is not silenced speak for so long."""
        self.now += timedelta(seconds=seconds)
        self.speak()

    def silence(self, *ids: int) -> datetime:
        """These say nothing from now on; the time of the last word among them."""
        self.speak()
        self._silent.update(ids)
        [(last,)] = self.sql("SELECT max(sampled_at) FROM equipment_states WHERE equipment_id = ANY(%s)", (list(ids),))
        return last

    def hang_up(self, *vendors: str) -> None:
        """These vendors' connections are gone."""
        self._hung_up.update(vendors)

    def wake(self, *ids: int) -> None:
        """These speak again, each when its turn comes."""
        self._silent.difference_update(ids)
        self._awake_since.update(dict.fromkeys(ids, self.now))

    def fall_deaf(self) -> None:
        """The worker is gone; the broker keeps what is said."""
        self._deaf = True

    def hear_again(self) -> None:
        """The worker is back, and hears at once what was kept."""
        self._deaf, self._heard_since = False, self.now
        self.speak()

    def speak(self) -> None:
        """Store what was said until now by everybody who was heard."""
        if self._deaf:
            return
        spoken = {number: at for number in self._cadence if number not in self._silent and (at := self._latest(number))}
        with self._db.transaction():
            self._db.execute(_SPEAK, (self._heard_since, list(spoken), list(spoken.values()), [self._cadence[n] for n in spoken]))
            heard = [name for (name,) in self.sql("SELECT name FROM vendors") if name not in self._hung_up]
            self._db.execute(_HEARD, (self.now, self.now, heard))

    def tell(self, equipment_id: int, word: str, category: str) -> None:
        """An alarm by a vendor's own word."""
        self._db.execute(_TOLD, {"id": equipment_id, "word": word, "category": category, "at": self.now})

    def _latest(self, number: int) -> datetime | None:
        """When its turn came last, if it was awake then."""
        cadence, phase = self._cadence[number], self._phase[number]
        turn = (self.now.timestamp() - phase) // cadence * cadence + phase
        latest = datetime.fromtimestamp(turn, self.now.tzinfo)
        return latest if latest > self._awake_since[number] else None

    def _site(self, name: str) -> int:
        made = (
            "INSERT INTO sites (name, pinyin, search_key, street_code, place_kind, address) VALUES (%s, '', '', '310107005', 'office', '') "
        )
        [(site_id,)] = self.sql(made + "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id", (name,))
        return int(site_id)


def _sum(total: Watched, more: Watched) -> Watched:
    names = Watched.__dataclass_fields__
    return Watched(**{name: getattr(total, name) + getattr(more, name) for name in names})
