"""The advisory locks of the database, all in one place: two that share a key would keep each other out."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    """What only one process does at a time, and its key."""

    SCHEDULE = 310107  # every minute's work
    CHUNKS = 310108  # writing chunks
    LEASES = 310109  # looking at the leases and taking one
    PRESENCE = 310110  # the watch over the monitors
    REMINDERS = 310111  # the clocks of orders, and what else takes steps by itself
    OUTBOX = 310112  # sending what may wait
    OUTBOX_URGENT = 310113  # sending what may not
    DEMO_PEOPLE = 310114  # acting as the demonstration's people
    MIGRATIONS = 7_302_519
    AUDIT = 7_302_520  # appending to the chain of entries
    SIGN_IN = 7_302_521  # counting a username's failures; the first half of a key of two
    IMPORT = 0x5265_6769  # of the register
