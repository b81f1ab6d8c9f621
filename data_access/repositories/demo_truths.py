"""What the simulator made go wrong: kept in a demonstration's database alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from data_access.engine import Tx
from data_access.queries import deployment
from domain.errors import WrongDistrict

_ADD: Final = text(
    "INSERT INTO demo_truths (id, equipment_id, kind, street_code, vendor, what, family, also, starts_at, ends_at, told) "
    "SELECT r.id, e.id, e.kind, e.street_code, r.vendor, r.what, r.family, r.also, r.starts_at, r.ends_at, r.told "
    "FROM jsonb_to_recordset(:truths) AS r (id text, code text, vendor text, what text, family text, also text[], "
    "starts_at timestamptz, ends_at timestamptz, told bool) JOIN equipment e ON e.code = r.code ORDER BY r.id "
    "ON CONFLICT (id) DO NOTHING RETURNING id"
).bindparams(bindparam("truths", type_=JSONB))


def add(tx: Tx, records: Sequence[Mapping[str, Any]]) -> int:
    """Records of the truth's file; how many were new. Those of machines that are not in the register are left out.

    Raises WrongDistrict for any database but a demonstration's.
    """
    mode = deployment.mode(tx)
    if mode != "demonstration":
        raise WrongDistrict(stored=mode, wanted="demonstration")
    return len(tx.execute(_ADD, {"truths": [dict(record) for record in records]}).all()) if records else 0
