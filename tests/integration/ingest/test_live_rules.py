"""A threshold that a person puts in force judges the next readings of a running worker within five seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from data_access.engine import Store
from domain.scope import ALL, Actor, Role, Scope
from services import rule_settings
from services.rule_settings import Wish
from tests.integration.ingest.district import Rows, state, wait_for, working
from tests.mqtt_fixture import Account, speak

KEY: Final = "elevator.machine_room_limit"
LIMIT_S: Final = 5.0
TURN_S: Final = 0.25  # between two readings of the lift


def test_a_changed_threshold_is_in_force_within_five_seconds(
    url: str, store: Store, rows: Rows, mqtt_url: str, services: dict[str, Any]
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO accounts (username, password_hash, name, role) VALUES ('bureau', '', '王工', 'bureau')")
    actor = Actor(1, "bureau", "王工", Scope(Role.BUREAU, ALL, None, ALL))
    xzl = next(Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"] if v["name"] == "xzl")
    hot = {"Machine_Room_Temperature": 35.0}
    clock = _Minutes(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2))
    with working(url, mqtt_url, "ingest-live-rules"), speak(xzl, client_id="xzl-live-rules") as speaker:
        for _ in range(4):
            speaker.publish(*state(0, clock.turn(), **hot))
        wait_for(lambda: rows("SELECT count(*) FROM readings"), [(4,)])
        assert rows("SELECT rule FROM alarms") == []

        rule_settings.put_in_force(actor, store, Wish(KEY, 30, "夏季试点", seen=0), at=datetime.now(UTC))
        changed = time.monotonic()

        def said_again() -> list[tuple[Any, ...]]:
            """Two readings a minute apart hold for long enough, once the limit is 30."""
            speaker.publish(*state(0, clock.turn(), **hot))
            time.sleep(TURN_S)
            return rows("SELECT rule FROM alarms")

        wait_for(said_again, [("machine_room_hot",)], patience=LIMIT_S)

    assert time.monotonic() - changed <= LIMIT_S
    assert rows("SELECT version, changed_by, why FROM rule_settings") == [(1, "王工", "夏季试点")]


class _Minutes:
    """The lift's own clock: it speaks of every minute, however fast it speaks."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def turn(self) -> datetime:
        """The next minute."""
        self._now += timedelta(minutes=1)
        return self._now
