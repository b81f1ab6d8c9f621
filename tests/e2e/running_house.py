"""The whole product in one process on a clock that the test moves: a monitor speaks, time passes, people act in their browsers.

Only the clock is ours. Messages go through the decoder and the worker's transaction, ticks are the schedule's own, people sign in and
act through the web's callback, and what leaves the house is written down.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dash import Dash
from flask.testing import FlaskClient

from components import ids
from data_access import partitions
from domain.outbox import Channel
from domain.telemetry import BEIJING
from ingest.decode import Decoder, Message
from services import notifications, reminders, schedule
from services.senders import Letter, Receipt
from services.telemetry import accept
from services.telemetry_memory import Memory, recall
from tests.integration.ingest.district import CALM
from tests.integration.web.dash_calls import call
from tests.order_town import CODES, PASSWORD, Town

TICK_S: Final = 5
COARSE_S: Final = 15  # a tick once nothing is decided within seconds
MINUTE: Final = timedelta(minutes=1)
TRAPPED: Final = {"Door_Status": 2, "Door_Close_Status": True, "Passenger_Status": True, "Car_Status": 0, "Speed": 0}


@dataclass
class WrittenDown:
    """A channel that keeps what it was given."""

    now: Callable[[], datetime]
    letters: list[tuple[datetime, str]] = field(default_factory=list)

    def send(self, letter: Letter) -> Receipt:
        """Take it."""
        self.letters.append((self.now(), letter.key))
        return Receipt(reference=letter.key, delivered=True)


class Clock:
    """The time of the house; it is what `datetime.now` says at the web's edge."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self, zone: object = UTC) -> datetime:
        """The present instant."""
        return self.at


class House:
    """The running product. `begin` is second 0 of the timetable."""

    def __init__(self, town: Town, app: Dash, clock: Clock) -> None:
        self.town = town
        self.begin = clock.at
        self.gone = WrittenDown(clock.now)
        self._app = app
        self._clock = clock
        self._browsers: dict[str, FlaskClient] = {}
        self._saying: dict[int, dict[str, object]] = {}
        self._minute_at = clock.at
        with town.store.transaction() as tx:
            partitions.ensure(tx, clock.at, hours_ahead=4)
        self._memory: Memory = recall(town.store, at=clock.at)

    @property
    def seconds(self) -> float:
        """How far the timetable is."""
        return (self._clock.at - self.begin).total_seconds()

    def says(self, machine: int, **changes: object) -> None:
        """From now on a monitor says this, each five seconds."""
        self._saying[machine] = {**CALM, **changes}

    def start(self) -> None:
        """This is second 0."""
        self.begin = self._clock.at

    def until(self, second: float, *, every: float = TICK_S) -> None:
        """Let time pass."""
        while self.seconds < second:
            self._clock.at += timedelta(seconds=min(every, second - self.seconds))
            self._tick()

    def acts(self, username: str, order_id: int, step: str, **proof: object) -> dict[str, Any]:
        """Somebody takes a step in his browser; the answer."""
        output = {"id": ids.ORDER_RESULT, "property": "data"}
        act = {"order": order_id, "step": step, "seen": self.town.order(order_id).seq, "proof": proof}
        sent = {f"{ids.ORDER_ACT}.data": {"turn": 1, "acts": [act]}}
        answer: Any = call(self._browser(username), f"{ids.ORDER_RESULT}.data", output, sent)
        assert answer.status_code == 200, answer.text
        (said,) = answer.json["response"][ids.ORDER_RESULT]["data"]["answers"]
        return dict(said)

    def orders(self, cause: str) -> list[Any]:
        """The orders of a cause, oldest first."""
        return self.town.sql("SELECT * FROM work_orders WHERE cause = %s ORDER BY id", cause)

    def told(self, order_id: int) -> dict[tuple[str, str], float]:
        """(recipient, template) → the second at which it left the house."""
        left = {key: (at - self.begin).total_seconds() for at, key in self.gone.letters}
        rows = self.town.sql(
            "SELECT n.recipient, m.template, m.words ->> 'minutes' AS minutes, m.key FROM notification_messages m "
            "JOIN notifications n ON n.id = m.notification_id WHERE n.work_order_id = %s ORDER BY m.id",
            order_id,
        )
        return {
            (row.recipient, row.template if row.minutes is None else f"{row.template} {row.minutes}"): left.get(row.key, -1) for row in rows
        }

    def _tick(self) -> None:
        at, store = self._clock.at, self.town.store
        batch = [self._message(machine, said, at) for machine, said in self._saying.items()]
        if batch:
            accept(store, Decoder(self._memory.register).read_all(batch), self._memory, at=at)
        reminders.tick(store, at)
        if at >= self._minute_at:
            self._minute_at = at + MINUTE
            schedule.minute(store, at)
        for urgent in (True, False):
            notifications.sweep(store, {Channel.CONSOLE: self.gone}, urgent=urgent, at=at, clock=self._clock.now)

    def _message(self, machine: int, said: dict[str, object], at: datetime) -> Message:
        local = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        body = {"registerNumber": CODES[machine], "samplingTime": local, **said}
        return Message(f"pt/v1/xzl/elevator/{CODES[machine]}/state", json.dumps(body).encode(), at, again=False)

    def _browser(self, username: str) -> FlaskClient:
        if username not in self._browsers:
            client = self._browsers[username] = self._app.server.test_client()
            answer: Any = client.post("/login", data={"username": username, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return self._browsers[username]
