"""Streets and towns a reader may choose from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data_access.engine import Tx
from data_access.scoping import of_streets
from data_access.tables import streets
from domain.scope import Scope


@dataclass(frozen=True, slots=True)
class StreetName:
    """One street, with its middle for a map."""

    code: str
    name: str
    kind: str
    lng: float
    lat: float
    area_km2: float


def names(scope: Scope, tx: Tx) -> list[StreetName]:
    """The streets of the scope, by pinyin."""
    c = streets.c
    statement = select(c.code, c.name, c.kind, c.lng, c.lat, c.area_km2).order_by(c.sort_key, c.code)
    return [StreetName(*row) for row in tx.rows(of_streets(scope, statement))]
