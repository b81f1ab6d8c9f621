"""What citizens say (投诉举报评价): kinds, and the ways it reaches the house. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.scope import Role
from domain.triggers import Trigger


class FeedbackKind(StrEnum):
    """What is said; the value is the order's `cause`, the locale key `trigger.<value>`."""

    COMPLAINT = "complaint"  # 投诉
    TIP_OFF = "tip_off"  # 举报
    RATING = Trigger.CITIZEN_RATING.value  # 市民评价
    SUGGESTION = "suggestion"  # 建议


class FeedbackOrigin(StrEnum):
    """How it came; the locale key is `origin.<value>`."""

    HOTLINE = "12345"
    LETTER = "letter"  # 来信来访
    APP = "app"  # 智慧电梯码


CHANNELS: Final[Mapping[FeedbackOrigin, str]] = {
    FeedbackOrigin.HOTLINE: "passive",
    FeedbackOrigin.LETTER: "passive",
    FeedbackOrigin.APP: "active",
}
"""Which of the three channels (三动) each is."""
RECEIVERS: Final = frozenset({Role.OPERATIONS_CENTRE, Role.BUREAU, Role.STREET})
"""Who takes in what citizens say; a unit does not register complaints about itself."""
