"""Who opens an order has read what he was sent about it (已阅)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from data_access.engine import Store
from data_access.queries import work_orders as queries
from data_access.repositories import copies as stored
from domain.errors import NotFound
from domain.notices import of_account, recipients_of
from domain.scope import Action, Actor

SIGNED_FOR: Final = frozenset({"copy_found", "copy_handled"})
"""Messages of copies, which are read when somebody signs for the copy (签阅) and not before."""


def opened(actor: Actor, store: Store, order_id: int, *, at: datetime) -> int:
    """The reader, his unit or his street have seen the messages that reached them; how many. Raises NotPermitted, NotFound.

    What reaches a whole department, as the centre and the bureau, is not read by everybody there because one of them opened it.
    """
    actor.require(Action.WORK_ORDERS)
    recipients = (of_account(actor.account_id), *(recipients_of(actor.scope) or ()))
    with store.transaction() as tx:
        if queries.by_id(actor.scope, tx, order_id=order_id) is None:
            raise NotFound(order=order_id)
        return stored.see_messages(tx, order_id, recipients=recipients, but=SIGNED_FOR, at=at)
