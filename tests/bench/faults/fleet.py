"""The lifts of the fault harness: who they are, what they say, and a database that knows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

import psycopg

from data_access.engine import connect
from data_access.migrations import upgrade
from data_access.partitions import ensure
from tests.integration.ingest.district import CALM, beijing

VENDORS: Final = ("xzl", "htk", "ydw", "shy")
RATED_SPEED: Final = 1.75
TOO_FAST: Final = 2.5  # m/s, over 1.15 × the rated speed
TRAPPED: Final = "09"  # 困人
_HOURS_AHEAD: Final = 3


def code(number: int) -> str:
    """注册代码 of an invented lift."""
    return f"311031010720{number:08d}"


def number_of(registered: str) -> int:
    """The lift's number in its 注册代码."""
    return int(registered[-8:])


def vendor(number: int) -> str:
    """The vendor of a lift."""
    return VENDORS[number % len(VENDORS)]


def topic(number: int, channel: str) -> str:
    """Where a lift speaks."""
    return f"pt/v1/{vendor(number)}/elevator/{code(number)}/{channel}"


def state(number: int, second: int, *, speed: float = 0.0) -> bytes:
    """A lift's reading of one second of epoch time."""
    said = {"registerNumber": code(number), "samplingTime": beijing(datetime.fromtimestamp(second, UTC)), **CALM, "Speed": speed}
    return json.dumps(said).encode()


def trapped(number: int, second: int, event_id: str) -> bytes:
    """Somebody is locked in."""
    at = beijing(datetime.fromtimestamp(second, UTC))
    said = {"registerNumber": code(number), "alarmId": event_id, "occurTime": at, "failureCode": TRAPPED, "phase": "add"}
    return json.dumps(said).encode()


def settle(url: str, lifts: int) -> None:
    """Bring an empty database to the newest schema and register so many lifts."""
    upgrade(url)
    store = connect(url)
    with store.transaction() as tx:
        ensure(tx, datetime.now(UTC), hours_ahead=_HOURS_AHEAD)
    store.close()
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO vendors (name, title) SELECT unnest(%s::text[]), ''", (list(VENDORS),))
        columns = "code, kind, name, pinyin, sort_key, search_key, monitor_vendor, rated_speed"
        with cursor.copy(f"COPY equipment ({columns}) FROM STDIN") as copy:
            for number in range(lifts):
                copy.write_row((code(number), "elevator", "", "", "", "", vendor(number), RATED_SPEED))
