"""Who a recipient of messages is where he is a citizen: his report names him, and lists show no more than the ends of it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select
from sqlalchemy.dialects.postgresql import array

from data_access.tables import incident_sources
from domain.discretion import Sight, seen
from domain.notices import Audience

_s = incident_sources.c
PREFIX: Final = f"{Audience.REPORTER}:"


def reported_by(recipient: ColumnElement[str]) -> ColumnElement[Any]:
    """The name and the number of the report that a recipient made, as an array; NULL for every other recipient."""
    number = case((func.starts_with(recipient, PREFIX), cast(func.substr(recipient, len(PREFIX) + 1), BigInteger)))
    return select(array([_s.reporter, _s.phone])).where(_s.id == number).scalar_subquery()


def masked(made_by: list[str] | None) -> str | None:
    """The ends of a name and a number; None for a recipient who is no citizen."""
    if made_by is None:
        return None
    name, phone = made_by
    shown = seen({"reporter": name, "phone": phone, "words": ""}, Sight.ENDS)
    return " ".join(part for part in (shown["reporter"], shown["phone"]) if part)
