"""By what people are reached (联系方式): a list kept outside and taken in as a whole, so that nobody who left is written to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from data_access.engine import Store
from data_access.repositories import audit, notice_addresses
from data_access.repositories.audit import Entry
from data_access.repositories.notice_addresses import Address
from domain.errors import Invalid
from domain.outbox import Channel
from services.commands import csv_rows

COLUMNS: Final = ("recipient", "channel", "address", "rank")
REACHING: Final = tuple(channel.value for channel in Channel if channel not in (Channel.CONSOLE, Channel.DRILL))
RECIPIENT: Final = re.compile(r"(role:[a-z_]+|unit:\d{1,9}|street:\d{9}|account:\d{1,9})", re.ASCII)


def read(path: Path) -> list[Address]:
    """The addresses of a CSV file; of one that stands there twice, the last. Raises Invalid with the first line that cannot be used."""
    found = (_address(cells, line) for line, cells in enumerate(csv_rows(path, COLUMNS), start=2))
    return list({(each.recipient, each.channel, each.address): each for each in found}.values())


def in_force(store: Store) -> list[Address]:
    """Every address there is."""
    with store.reading() as tx:
        return notice_addresses.in_force(tx)


def replace(store: Store, addresses: Sequence[Address], *, by: str, at: datetime) -> int:
    """Put these in the place of all others; how many there are. The audit log keeps the recipients, not their telephones."""
    with store.transaction() as tx:
        before = {address.recipient for address in notice_addresses.in_force(tx)}
        notice_addresses.replace(tx, addresses)
        entry = Entry(
            account_id=None,
            username=by,
            action="notice_addresses",
            object="notification_addresses",
            before={"recipients": sorted(before)},
            after={"recipients": sorted({address.recipient for address in addresses})},
        )
        audit.append(tx, entry, at)
    return len(addresses)


def _address(cells: Sequence[str], line: int) -> Address:
    recipient, channel, address, rank = (cell.strip() for cell in cells)
    wrong = next(
        (
            field
            for field, right in (
                ("recipient", RECIPIENT.fullmatch(recipient)),
                ("channel", channel in REACHING),
                ("address", address),
                ("rank", rank.isdecimal() and len(rank) <= 2),
            )
            if not right
        ),
        None,
    )
    if wrong is not None:
        raise Invalid(field=wrong, reason=f"line {line}")
    return Address(recipient, channel, address, int(rank))
