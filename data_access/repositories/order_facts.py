"""What stands behind the names in a step: as what a unit can act, whose account or team it is."""

from __future__ import annotations

from sqlalchemy import exists, select

from data_access.engine import Tx
from data_access.tables import accounts, equipment, organizations, response_teams
from domain.scope import ALL, All, Role, Scope


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


def scope_of_account(tx: Tx, account: int) -> Scope | None:
    """What the person behind an account may see; None where there is none who may still sign in."""
    a = accounts.c
    row = tx.execute(select(a.role, a.streets, a.organization_id, a.kinds).where(a.id == account, ~a.disabled)).one_or_none()
    if row is None:
        return None
    streets: tuple[str, ...] | All = ALL if row.streets is None else tuple(row.streets)
    kinds: tuple[str, ...] | All = ALL if row.kinds is None else tuple(row.kinds)
    return Scope(Role(row.role), streets, row.organization_id, kinds)


def unit_of_team(tx: Tx, team: int) -> int | None:
    """The unit that a team which still exists belongs to."""
    t = response_teams.c
    found = tx.scalar(select(t.organization_id).where(t.id == team, t.closed_at.is_(None)))
    return None if found is None else int(found)
