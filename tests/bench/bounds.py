"""What cannot be beaten: stock paho that only receives, and PostgreSQL that only takes a binary COPY.

python -m tests.bench.bounds --protocol 4 [--manual]      receive, count, print; MQTT_URL says where
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import psutil
import psycopg
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from psycopg import sql

from tests.bench.load import Generator
from tests.bench.pace_district import District
from tests.bench.pace_race import each_us, race_other
from tests.bench.pace_table import PAHO, Bound
from tests.bench.pace_watch import processor_seconds

WINDOW: Final = 20_000  # what our worker allows the broker to have in flight to it
SAY_EVERY: Final = 5_000
ACKNOWLEDGE_EVERY: Final = 500
LOOP_S: Final = 0.05
EVERYTHING: Final = "pt/v1/#"
BATCH: Final = 5_000  # rows of one COPY and commit
ROWS: Final = 200_000
RECEIVERS: Final = (
    (PAHO, ("--protocol", "4")),
    ("paho 3.1.1, receive only, manual ack", ("--protocol", "4", "--manual")),
    ("paho 5, receive only", ("--protocol", "5")),
    ("paho 5, receive only, manual ack", ("--protocol", "5", "--manual")),
)


def receive_only(where: District, load: Generator, messages: int) -> dict[str, Callable[[], Bound]]:
    """Races of stock paho, `loop()` in one thread, doing nothing with what it gets."""
    command = [sys.executable, "-m", "tests.bench.bounds"]
    note = "stores nothing"
    return {who: partial(race_other, where, load, who, [*command, *options], {}, messages, note=note) for who, options in RECEIVERS}


def copy_only(where: District) -> Bound:
    """Rows of the table of readings, as the worker left them, into another one like it: ready-made bytes, one commit a batch."""
    with where.open() as database:
        columns = database.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'readings'::regclass AND attnum > 0 AND NOT attisdropped"
        )
        names = sql.SQL(", ").join(sql.Identifier(row[0]) for row in columns)
        _prepare(database)
        batches = _batches(database, names)
        backend = psutil.Process(database.info.backend_pid)
        server, client, began = processor_seconds(backend), time.process_time(), time.monotonic()
        statement = sql.SQL("COPY pace_copy ({}) FROM STDIN (FORMAT binary)").format(names)
        for batch in batches:
            with database.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(batch)
        took = time.monotonic() - began
        used = {"worker": time.process_time() - client, "database": processor_seconds(backend) - server}
        rows = (database.execute("SELECT count(*) FROM pace_copy").fetchone() or (0,))[0]
        database.execute("DROP TABLE pace_copy, pace_rows")
    return Bound("binary COPY only", rows / took, each_us(used, rows), f"{rows:,} rows in batches of {BATCH:,}; no broker")


def _prepare(database: psycopg.Connection) -> None:
    """A numbered copy of some rows, and the empty table they go to, partitioned and indexed like the original."""
    database.execute(f"CREATE TABLE pace_rows AS SELECT row_number() OVER () AS n, r.* FROM readings r LIMIT {ROWS}")
    database.execute("CREATE TABLE pace_copy (LIKE readings INCLUDING ALL) PARTITION BY RANGE (sampled_at)")
    database.execute("CREATE TABLE pace_copy_default PARTITION OF pace_copy DEFAULT")


def _batches(database: psycopg.Connection, names: sql.Composed) -> list[bytes]:
    """The rows as COPY gives them."""
    statement = sql.SQL("COPY (SELECT {} FROM pace_rows WHERE n > {} AND n <= {} ORDER BY n) TO STDOUT (FORMAT binary)")
    found = []
    for first in range(0, ROWS, BATCH):
        with database.cursor() as cursor, cursor.copy(statement.format(names, first, first + BATCH)) as copy:
            found.append(b"".join(map(bytes, copy)))
    return found


class Receiver:
    """Counts, and acknowledges by itself or, as a worker does, after so many."""

    def __init__(self, url: str, *, protocol: MQTTProtocolVersion, manual: bool) -> None:
        self._open: list[int] = []
        self._manual = manual
        self.received = 0
        self._client = client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=protocol, manual_ack=manual)
        parts = urlsplit(url)
        client.username_pw_set(unquote(parts.username or ""), unquote(parts.password or ""))
        client.on_connect = self._subscribe
        client.on_subscribe = lambda *_: print("READY", flush=True)
        client.on_message = self._keep if manual else self._count
        client.connect(parts.hostname or "", parts.port or 1883, properties=_window(protocol))

    def run(self) -> None:
        """Until killed."""
        said = before = 0
        while True:
            self._client.loop(LOOP_S)
            if self.received - said >= SAY_EVERY or said < self.received == before:
                said = self.received
                print("DONE", said, flush=True)
            if self._manual and (len(self._open) >= ACKNOWLEDGE_EVERY or self.received == before):
                for mid in self._open:
                    self._client.ack(mid, 1)
                self._open.clear()
            before = self.received

    def _subscribe(self, *_: object) -> None:
        self._client.subscribe(EVERYTHING, qos=1)

    def _count(self, *_: object) -> None:
        self.received += 1

    def _keep(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self.received += 1
        self._open.append(message.mid)


def _window(protocol: MQTTProtocolVersion) -> Properties | None:
    if protocol is not MQTTProtocolVersion.MQTTv5:
        return None
    properties = Properties(PacketTypes.CONNECT)
    properties.ReceiveMaximum = WINDOW
    return properties


def main() -> None:
    """Receive until killed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.bounds", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--protocol", type=int, choices=(4, 5), default=4)
    parser.add_argument("--manual", action="store_true", help="acknowledge after every 500")
    asked = parser.parse_args()
    Receiver(os.environ["MQTT_URL"], protocol=MQTTProtocolVersion(asked.protocol), manual=asked.manual).run()


if __name__ == "__main__":
    main()
