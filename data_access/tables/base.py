"""The one metadata of all tables, and the column shapes that many of them share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Identity, Integer, MetaData, Text, false
from sqlalchemy.dialects.postgresql import JSONB

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
metadata = MetaData(naming_convention=NAMES)

INSTANT = DateTime(timezone=True)
JSON = JSONB(none_as_null=True)


def small_id() -> Column[int]:
    """An int4 identity: a register counts in tens of thousands, and readings carry the number."""
    return Column("id", Integer, Identity(always=False), primary_key=True)


def big_id() -> Column[int]:
    """An int8 identity for what grows with time."""
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


def required(name: str, type_: type[Text] = Text) -> Column[str]:
    """A text that is always there."""
    return Column(name, type_, nullable=False)


def reference(name: str, target: str, *, nullable: bool = True, index: bool = True) -> Column[int]:
    """A foreign key with its index."""
    return Column(name, ForeignKey(target), nullable=nullable, index=index)


def demo() -> Column[bool]:
    """Whether the row belongs to the demonstration district."""
    return Column("demo", Boolean, nullable=False, server_default=false())


def instant(name: str, *, nullable: bool = True) -> Column[object]:
    """A timestamptz."""
    return Column(name, INSTANT, nullable=nullable)
