"""Photographs of orders: written once, with the step that brought them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from data_access.engine import Tx
from data_access.tables import order_photos

p = order_photos.c


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: JPEG, without anything its camera wrote beside it. `sha256` is of `image`, in hexadecimal digits."""

    sha256: str
    width: int
    height: int
    image: bytes
    thumbnail: bytes


def keep(tx: Tx, order_id: int, photos: Sequence[Photo], *, seq: int, account_id: int, at: datetime) -> None:
    """Keep the photos of a step with an order that is locked; they are numbered on from those it has."""
    if not photos:
        return
    held = tx.scalar(select(func.coalesce(func.max(p.number), 0)).where(p.work_order_id == order_id))
    rows = [
        {
            "work_order_id": order_id,
            "number": number,
            "seq": seq,
            "sha256": photo.sha256,
            "width": photo.width,
            "height": photo.height,
            "size": len(photo.image),
            "image": photo.image,
            "thumbnail": photo.thumbnail,
            "account_id": account_id,
            "at": at,
        }
        for number, photo in enumerate(photos, start=held + 1)
    ]
    tx.execute(insert(order_photos), rows)
