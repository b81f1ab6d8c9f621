"""Back-tests and their results. They reach over the whole district, so only a scope without any limit reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from data_access.engine import Tx
from data_access.scoping import unbound
from data_access.tables import back_tests
from domain.scope import Scope

c = back_tests.c


@dataclass(frozen=True, slots=True)
class BackTestRow:
    """One test. `result` is that of `services.back_test`; None until it has one."""

    id: int
    account_id: int
    started_by: str
    key: str
    present: float
    trial: float
    kind: str
    streets: list[str]
    vendor: str | None
    since: datetime
    until: datetime
    state: str
    started_at: datetime
    heard_at: datetime
    stop_wanted_at: datetime | None
    finished_at: datetime | None
    machines: int
    machines_done: int
    readings: int
    result: Mapping[str, Any] | None


def by_id(scope: Scope, tx: Tx, *, number: int) -> BackTestRow | None:
    """One test; None when there is none in the scope."""
    return next(iter(_fetch(scope, tx, _rows().where(c.id == number))), None)


def of_key(scope: Scope, tx: Tx, *, key: str, limit: int = 20) -> list[BackTestRow]:
    """The tests of one threshold, newest first."""
    return _fetch(scope, tx, _rows().where(c.key == key).order_by(c.started_at.desc(), c.id.desc()).limit(limit))


def _rows() -> Select[Any]:
    return select(*(c[name] for name in BackTestRow.__slots__))


def _fetch(scope: Scope, tx: Tx, statement: Select[Any]) -> list[BackTestRow]:
    return [BackTestRow(*row) for row in tx.rows(statement.where(unbound(scope)))]
