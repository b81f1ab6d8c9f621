"""What a dialect is translated into, and what a translator is told besides the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from domain.errors import BadPayload
from domain.telemetry import Reject, parse_time
from ingest.dialects.occurrences import Occurrences
from ingest.topics import Channel

LIFT: Final = "elevator"  # every dialect met so far speaks of lifts alone
ID_LIMIT: Final = 64  # characters of a machine's identifier, ours or a vendor's


class Item(NamedTuple):
    """One word about one machine in the platform's own keys; an event's `failureCode` stays what the vendor wrote."""

    channel: Channel  # STATE, EVENT or STATISTICS
    kind: str
    code: str  # 注册代码; the vendor's own identifier where nobody has said which machine it is
    body: dict[str, object]


class Refused(NamedTuple):
    """A part of a message that cannot be taken, while the rest can; `part` is a message of its own that says just this."""

    fault: BadPayload
    part: object


class Translated(NamedTuple):
    """What one message says; both may be empty, as for a heartbeat of a single device."""

    items: tuple[Item, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whose message it is, which machines its identifiers mean, what was told before, and when it was received."""

    vendor: str
    their_codes: Mapping[tuple[str, str], str]
    told: Occurrences
    at: datetime

    def machine(self, *said: object) -> str:
        """The machine that all these identifiers name; raw identifiers nobody has mapped stand for themselves. Raises BadPayload."""
        ids = [identifier(raw) for raw in said if raw is not None and raw != ""]
        if not ids:
            raise BadPayload(reason=Reject.UNKNOWN_EQUIPMENT, value="no identifier")
        known = {self.their_codes[self.vendor, own] for own in ids if (self.vendor, own) in self.their_codes}
        if len(known) > 1:
            raise BadPayload(reason=Reject.CODE_MISMATCH, value=" ".join(sorted(known)))
        return known.pop() if known else ids[0]

    def moment(self, raw: object) -> datetime:
        """The time a message names, judged as any other. Raises BadPayload."""
        return parse_time(raw, at=self.at)


def identifier(raw: object) -> str:
    """A machine's identifier as text; a number keeps its digits. Raises BadPayload."""
    text = str(raw).strip() if isinstance(raw, str) or (type(raw) is int and raw.bit_length() <= ID_LIMIT) else ""
    if not 0 < len(text) <= ID_LIMIT:
        raise BadPayload(reason=Reject.UNKNOWN_EQUIPMENT, value=type(raw).__name__ if not text else text[:ID_LIMIT])
    return text
