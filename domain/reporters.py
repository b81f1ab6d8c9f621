"""What whoever reported something hears of it (告知反映人): that it was received, that help is on its way, how it ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from domain.notices import Audience, Line
from domain.order_words import OrderKind, Step

LINK_KEPT: Final = timedelta(days=30)
"""How long somebody may rate by the link of his message."""
WITH_LINK: Final = frozenset({"reporter_completed", "reporter_confirmed", "reporter_closed"})
"""Messages that ask how it was."""

_TO: Final = (Audience.REPORTER,)
_RESCUE: Final = frozenset({OrderKind.RESCUE})
_FEEDBACK: Final = frozenset({OrderKind.FEEDBACK})
RECEIVED: Final = (Line("reporter_received", _TO, _RESCUE), Line("reporter_received", _TO, may_wait=True))
TOLD: Final[Mapping[Step, tuple[Line, ...]]] = {
    Step.ACCEPT: (Line("reporter_under_way", _TO, _RESCUE),),
    Step.COMPLETE: (Line("reporter_completed", _TO, may_wait=True),),
    Step.CONFIRM: (Line("reporter_confirmed", _TO, may_wait=True),),
    Step.FALSE_ALARM: (Line("reporter_false_alarm", _TO, may_wait=True),),
    Step.CLOSE: (Line("reporter_closed", _TO, may_wait=True),),
    Step.REJECT: (Line("reporter_rejected", _TO, _FEEDBACK, may_wait=True),),
}
"""A step that was taken; the others are no news to somebody outside."""
TEMPLATES: Final = frozenset(line.template for lines in (RECEIVED, *TOLD.values()) for line in lines)


def mobile(phone: str) -> str | None:
    """The eleven figures of a mobile, which alone can be sent a message; None for every other number."""
    figures = "".join(filter(str.isdigit, phone))
    number = figures[2:] if len(figures) == 13 and figures.startswith("86") else figures
    return number if len(number) == 11 and number[0] == "1" and number[1] in "3456789" else None
