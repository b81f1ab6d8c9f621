"""What stands behind the names in a step: as what a unit can act, whose account or team it is."""

from __future__ import annotations

from sqlalchemy import exists, select

from data_access.engine import Tx
from data_access.tables import accounts, equipment, organizations, response_teams
from domain.scope import Role


def roles_of_unit(tx: Tx, unit: int) -> frozenset[Role]:
    """As what a unit appears in the register: maintainer of some machine or owner of a team, user of some machine; empty: unknown."""
    o, e, t = organizations.c, equipment.c, response_teams.c
    maintains = exists().where(e.maintenance_unit_id == o.id) | exists().where(t.organization_id == o.id, t.closed_at.is_(None))
    uses = exists().where(e.use_unit_id == o.id)
    row = tx.execute(select(o.kind, maintains.label("maintains"), uses.label("uses")).where(o.id == unit)).one_or_none()
    if row is None:
        return frozenset()
    found = {Role.MAINTENANCE_UNIT: row.maintains, Role.USE_UNIT: row.uses}
    return frozenset(role for role, holds in found.items() if holds or row.kind == role.value)


def unit_of_account(tx: Tx, account: int) -> tuple[bool, int | None]:
    """Whether there is such an account that may still sign in, and the unit it belongs to; None: an authority's."""
    a = accounts.c
    row = tx.execute(select(a.organization_id).where(a.id == account, ~a.disabled)).one_or_none()
    return (False, None) if row is None else (True, row.organization_id)


def unit_of_team(tx: Tx, team: int) -> int | None:
    """The unit that a team which still exists belongs to."""
    t = response_teams.c
    found = tx.scalar(select(t.organization_id).where(t.id == team, t.closed_at.is_(None)))
    return None if found is None else int(found)
