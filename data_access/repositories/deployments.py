"""Whether this database holds the demonstration or a real district; once declared, it stays so."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from data_access.engine import Tx
from data_access.tables import deployments
from domain.errors import WrongDistrict

Mode = Literal["demonstration", "real"]


def declare(tx: Tx, mode: Mode, *, seed: int | None = None, at: datetime) -> None:
    """Flag an empty database as `mode`. Raises WrongDistrict where it is flagged as the other."""
    tx.execute(insert(deployments).values(mode=mode, seed=seed, seeded_at=at).on_conflict_do_nothing())
    stored = tx.scalar(select(deployments.c.mode))
    if stored != mode:
        raise WrongDistrict(stored=stored, wanted=mode)
