"""Whether somebody was where he says: a scan of the machine's code, and a position near the machine."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote, urlsplit

from data_access.engine import Tx
from data_access.repositories import dispatch, rule_settings
from data_access.repositories.work_orders import StoredOrder
from domain.coordinates import Point
from domain.dispatch import NEAR, metres_between
from domain.errors import Refused
from domain.work_orders import Proof, Refusal, Step


def check(tx: Tx, order: StoredOrder, step: Step, proof: Proof) -> None:
    """Raises Refused(reason=wrong_machine | too_far) for a proof that does not fit the order's machine.

    A code may stand in an address (…/q/<code>), as labels carry it. Where the machine's own position is unknown, nobody is too far.
    """
    if order.equipment_id is None or not (proof.scan or proof.position):
        return
    machine = dispatch.whereabouts(tx, order.equipment_id)
    if proof.scan and code_of(proof.scan) != code_of(machine.code):
        raise Refused(reason=Refusal.WRONG_MACHINE.value, step=step.value)
    if step is Step.SIGN_IN and proof.position and machine.point:
        _near(machine.point, proof.position, limit=NEAR.of(rule_settings.current(tx)))


def _near(machine: Point, said: tuple[float, float], *, limit: float) -> None:
    """Raises Refused(too_far, metres, limit); what is no position on the globe is near nothing."""
    lng, lat = said
    metres = metres_between(machine, Point(lng, lat)) if abs(lng) <= 180 and abs(lat) <= 90 else None  # NaN fails too
    if metres is None or metres > limit:
        shown = None if metres is None else round(metres)
        raise Refused(reason=Refusal.TOO_FAR.value, step=Step.SIGN_IN.value, metres=shown, limit=round(limit))


def code_of(scan: str) -> str:
    """The code in what was scanned or typed: full-width made narrow, the last part of an address, capitals."""
    said = unicodedata.normalize("NFKC", scan).strip()
    path = urlsplit(said).path if "/" in said else said
    return unquote(path.rstrip("/").rpartition("/")[2]).strip().upper()
