"""Who hears that a clock warns or has run out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.deadlines import DeadlineKind
from domain.notices import Audience, Line
from domain.work_orders import OrderKind

_A = Audience
_BOTH: Final = (_A.USE_UNIT, _A.UNIT)
MAINTAINED: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR})
"""What a maintenance unit sees to. Level two is the use unit's and the maintenance unit's, whether a team has answered or not: while
nobody is sent, UNIT is whoever maintains the machine."""

WARNED: Final[Mapping[DeadlineKind, tuple[Line, ...]]] = {
    DeadlineKind.RESCUE: (Line("warning", (*_BOTH, _A.CENTRE)),),
}
"""A clock that warns before it runs out."""

BREACHED: Final[Mapping[DeadlineKind, tuple[Line, ...]]] = {
    DeadlineKind.NOTIFY: (Line("breach", (_A.USE_UNIT, _A.CENTRE)),),  # it is the use unit's duty
    DeadlineKind.ACCEPT: (),  # whoever is sent next is told, and the centre when nobody is left
    DeadlineKind.OWNER: (Line("breach", (_A.CENTRE,)),),
    DeadlineKind.ARRIVE: (Line("breach", (*_BOTH, _A.CENTRE)),),
    DeadlineKind.RESCUE: (Line("breach", (*_BOTH, _A.CENTRE, _A.BUREAU)),),
    DeadlineKind.LEVEL_THREE: (),  # the step that raises the level tells of it
    DeadlineKind.ACCIDENT: (Line("accident_candidate", (_A.CENTRE, _A.BUREAU, _A.EMERGENCY, _A.STREET, *_BOTH)),),
    DeadlineKind.HANDLE: (Line("breach", (*_BOTH, _A.CENTRE), may_wait=True),),
    DeadlineKind.VERIFY: (Line("breach", (_A.BUREAU,), may_wait=True),),
    DeadlineKind.RECTIFY: (Line("breach", (*_BOTH, _A.BUREAU), may_wait=True),),
    DeadlineKind.RECHECK: (Line("breach", (_A.BUREAU,), may_wait=True),),
}
"""A clock that has run out."""
