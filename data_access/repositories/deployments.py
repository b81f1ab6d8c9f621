"""Which district this database holds: the demonstration or the real one, never both."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from data_access.engine import Tx
from data_access.tables import deployments
from domain.errors import WrongDistrict

Mode = Literal["demonstration", "real"]


def declare(tx: Tx, mode: Mode, *, seed: int | None = None, at: datetime) -> bool:
    """Say what the database is; whether this call said it first. Raises WrongDistrict when it is the other one."""
    row = {"mode": mode, "seed": seed, "seeded_at": at if mode == "demonstration" else None}
    first = tx.rows(insert(deployments).values(row).on_conflict_do_nothing().returning(deployments.c.mode))
    stored = tx.scalar(select(deployments.c.mode))
    if stored != mode:
        raise WrongDistrict(stored=stored, wanted=mode)
    return bool(first)
