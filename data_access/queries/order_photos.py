"""Photographs of an order, for whoever may see the order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data_access.engine import Tx
from data_access.scoping import of_orders
from data_access.tables import order_photos, work_orders
from domain.scope import Scope

p, w = order_photos.c, work_orders.c


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo of the order's step `seq`; its size in pixels."""

    number: int
    seq: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of one photo, a JPEG; `sha256` is of the whole picture, whichever size was asked for."""

    sha256: str
    jpeg: bytes


def of_order(scope: Scope, tx: Tx, *, order_id: int) -> list[PhotoRow]:
    """The photos of an order in the order in which they came; empty when it is outside the scope."""
    statement = select(p.number, p.seq, p.width, p.height).select_from(order_photos.join(work_orders, w.id == p.work_order_id))
    return [PhotoRow(*row) for row in tx.rows(of_orders(scope, statement.where(p.work_order_id == order_id).order_by(p.number)))]


def picture(scope: Scope, tx: Tx, *, order_id: int, number: int, small: bool) -> Picture | None:
    """One photo, or its thumbnail; None when there is none in the scope."""
    statement = select(p.sha256, p.thumbnail if small else p.image).select_from(order_photos.join(work_orders, w.id == p.work_order_id))
    row = tx.execute(of_orders(scope, statement.where(p.work_order_id == order_id, p.number == number))).one_or_none()
    return None if row is None else Picture(*tuple(row))
