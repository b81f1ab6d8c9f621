"""By what and where people are reached: several addresses a recipient, the first choice first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from data_access.engine import Tx

_ALL: Final = text("SELECT recipient, channel, address, rank FROM notification_addresses ORDER BY recipient, rank, id")
_REPLACE: Final = text(
    "WITH said AS (SELECT * FROM jsonb_to_recordset(:rows) AS r(recipient text, channel text, address text, rank smallint)), "
    "gone AS (DELETE FROM notification_addresses a WHERE NOT EXISTS "
    "(SELECT FROM said s WHERE s.recipient = a.recipient AND s.channel = a.channel AND s.address = a.address)) "
    "INSERT INTO notification_addresses (recipient, channel, address, rank) SELECT recipient, channel, address, rank FROM said "
    "ON CONFLICT (recipient, channel, address) DO UPDATE SET rank = excluded.rank"
).bindparams(bindparam("rows", type_=JSONB))


@dataclass(frozen=True, slots=True)
class Address:
    """One way to one recipient ("unit:17", "role:bureau", "street:310107005", "account:3")."""

    recipient: str
    channel: str
    address: str
    rank: int


def in_force(tx: Tx) -> list[Address]:
    """Every address, by recipient, the first choice first."""
    return [Address(*row) for row in tx.rows(_ALL)]


def replace(tx: Tx, addresses: Sequence[Address]) -> None:
    """These, and no others any more."""
    tx.execute(_REPLACE, {"rows": [asdict(each) for each in addresses]})
