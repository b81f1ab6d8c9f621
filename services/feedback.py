"""What citizens say (投诉举报评价) becomes an order at the bureau, one however often it is sent; praise is kept and needs none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from data_access.engine import Store, Tx
from data_access.queries import equipment
from data_access.queries.equipment import Dossier
from data_access.repositories import audit, ratings, rule_settings
from data_access.repositories import triggers as causes
from data_access.repositories.audit import Entry
from data_access.repositories.ratings import Rating
from data_access.repositories.work_orders import Opening, Source
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.feedback import CHANNELS, RECEIVERS, FeedbackKind, FeedbackOrigin
from domain.scope import ALL, Action, Actor
from domain.triggers import POOR_RATING
from domain.work_orders import OrderKind
from services import work_orders
from services.alarms import NAME_LIMIT, NOTE_LIMIT, within

PHONE_LIMIT: Final = 30  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What somebody said. `form` identifies the sheet it was written on, so that one sent twice is one; `code` "": about no machine.

    `stars`, 1 to 5, belong to a rating and to nothing else.
    """

    form: UUID
    kind: FeedbackKind
    origin: FeedbackOrigin
    words: str
    code: str = ""
    reporter: str = ""
    phone: str = ""
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The order it led to; of praise there is none."""

    order_id: int | None = None
    number: str = ""


def receive(actor: Actor, store: Store, said: Feedback, *, at: datetime) -> Taken:
    """Open the order, but for a rating that is not poor. Raises NotPermitted, NotFound for a machine outside the scope, Conflict when
    the sheet was sent before, Invalid(field=machine|words|stars|reporter|phone).
    """
    actor.require(Action.REPORT_INCIDENT)
    if actor.scope.role not in RECEIVERS:
        raise NotPermitted(action=Action.REPORT_INCIDENT.value, role=actor.scope.role.value)
    words = _words(said)
    source = Source(
        channel=CHANNELS[said.origin],
        source=said.origin.value,
        at=at,
        reporter=within("reporter", said.reporter, NAME_LIMIT),
        phone=within("phone", said.phone, PHONE_LIMIT),
        words=words,
        account_id=actor.account_id,
    )
    with store.transaction() as tx:
        opening = _opening(said, _machine(actor, tx, said.code), at)
        if causes.was_opened(tx, opening.cause_key) or not _rated(tx, said, opening, source):
            raise Conflict(feedback=str(said.form))
        taken = Taken()
        if said.stars is None or said.stars <= POOR_RATING.of(rule_settings.current(tx)):
            order, _ = work_orders.open_(tx, opening, source)
            taken = Taken(order.id, order.number)
        audit.append(tx, _entry(actor, said, taken.number), at)
    return taken


def _words(said: Feedback) -> str:
    """What was written; stars may stand without words, and belong to a rating alone."""
    is_rating = said.kind is FeedbackKind.RATING
    if is_rating != (said.stars is not None) or (said.stars is not None and not 1 <= said.stars <= 5):
        raise Invalid(field="stars", reason="required")
    words = within("words", said.words, NOTE_LIMIT)
    if not words and not is_rating:
        raise Invalid(field="words", reason="required")
    return words


def _rated(tx: Tx, said: Feedback, opening: Opening, source: Source) -> bool:
    """Keep the stars, where there are any; False where this sheet's are kept already. Who praises need not be remembered."""
    if said.stars is None:
        return True
    rating = Rating(
        key=opening.cause_key,
        work_order_id=None,  # it rates a machine and its keepers, and no order
        equipment_id=opening.equipment_id,
        origin=said.origin.value,
        stars=said.stars,
        words=source.words,
        rated_at=source.at,
        account_id=source.account_id,
    )
    return ratings.give(tx, rating)


def _machine(actor: Actor, tx: Tx, code: str) -> Dossier | None:
    if not code and actor.scope.streets == ALL:
        return None
    if not code:
        raise Invalid(field="machine", reason="required")  # a street sees orders about its machines alone
    machine = equipment.by_code(actor.scope, tx, code=code)
    if machine is None:
        raise NotFound(equipment=code)
    return machine


def _opening(said: Feedback, machine: Dossier | None, at: datetime) -> Opening:
    return Opening(
        kind=OrderKind.FEEDBACK.value,
        status=work_orders.first_status(OrderKind.FEEDBACK),
        cause=said.kind.value,
        cause_key=f"feedback:{said.form}",
        equipment_id=None if machine is None else machine.id,
        unit_id=None if machine is None else machine.register["use_unit_id"],
        opened_at=at,
        occurred_at=at,
        detail={} if said.stars is None else {"facts": {"rating": said.stars}},
    )


def _entry(actor: Actor, said: Feedback, number: str) -> Entry:
    return Entry(
        account_id=actor.account_id,
        username=actor.username,
        action=Action.REPORT_INCIDENT.value,
        object=f"feedback:{said.form}",
        after={"order": number, "kind": said.kind.value, "origin": said.origin.value, "stars": said.stars},
        address=actor.address,
    )
