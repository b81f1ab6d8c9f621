"""What a topic says: whose message, about which machine, and what kind of word it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import BadPayload
from domain.telemetry import Reject
from domain.vendors import RESERVED

ROOT: Final = "pt/v1"
EVERYTHING: Final = f"{ROOT}/#"  # a misspelt topic is then quarantined where a vendor can be shown it, not lost
OURS: Final = RESERVED  # no vendor may have this name


class Channel(StrEnum):
    """The last word of a topic."""

    STATE = "state"
    EVENT = "event"
    STATISTICS = "statistics"
    BATCH = "batch"
    ONLINE = "online"
    COMMAND = "command"
    COMMAND_ACK = "command/ack"


OF_A_MACHINE: Final = {
    channel.value: channel
    for channel in (Channel.STATE, Channel.EVENT, Channel.STATISTICS, Channel.ONLINE, Channel.COMMAND, Channel.COMMAND_ACK)
}
EVENTS: Final = "/event"
FAULTS: Final = "/API/V1/Up/LiftFault"  # events below a vendor's name, in the one dialect that has a topic of their own for them
URGENT: Final = (EVENTS, FAULTS)  # how topics end whose messages are not worth waiting for the rest of a batch


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart; `kind` and `code` are "" where the channel has none."""

    vendor: str
    channel: Channel
    kind: str = ""
    code: str = ""


def read(topic: str) -> Topic:
    """The parts of `pt/v1/{vendor}/…`. Raises BadPayload(reason=BAD_TOPIC)."""
    match topic.split("/", 5):
        case ["pt", "v1", vendor, "online"] if vendor:
            return Topic(vendor, Channel.ONLINE)
        case ["pt", "v1", vendor, kind, "batch"] if vendor and kind:
            return Topic(vendor, Channel.BATCH, kind)
        case ["pt", "v1", vendor, kind, code, last] if vendor and kind and code and last in OF_A_MACHINE:
            return Topic(vendor, OF_A_MACHINE[last], kind, code)
    raise BadPayload(reason=Reject.BAD_TOPIC)


def is_ours(topic: str) -> bool:
    """Whether a topic has the platform's own form, which a vendor of any dialect may use as well."""
    try:
        read(topic)
    except BadPayload:
        return False
    return True


def written(topic: Topic) -> str:
    """The topic of a word about one machine."""
    return f"{ROOT}/{topic.vendor}/{topic.kind}/{topic.code}/{topic.channel}"


def vendor_of(topic: str) -> str:
    """The vendor's segment of any topic, however wrong the rest is; "" where there is none."""
    parts = topic.split("/", 3)
    return parts[2] if len(parts) > 2 else ""


def tail_of(topic: str) -> str:
    """What follows the vendor's segment; "" where nothing does."""
    parts = topic.split("/", 3)
    return parts[3] if len(parts) > 3 else ""


def urgent(wanted: str) -> tuple[str, ...]:
    """The filters of the events among what a filter wants; none where nobody could say."""
    levels = wanted.split("/")
    if levels[-1] != "#" or len(levels) > 5:
        return ()
    known = levels[:-1]
    events = "/".join([*known, *["+"] * (5 - len(known))]) + EVENTS
    return (events, "/".join([*known, *["+"] * (3 - len(known))]) + FAULTS) if len(known) <= 3 else (events,)


def overlap(one: str, other: str) -> bool:
    """Whether two filters can name the same topic."""
    first, second = one.split("/"), other.split("/")
    for mine, theirs in zip(first, second, strict=False):
        if "#" in (mine, theirs):
            return True
        if mine != theirs and "+" not in (mine, theirs):
            return False
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) == len(longer) or longer[len(shorter) :] == ["#"] or shorter[-1] == "#"


def beat(client_id: str) -> str:
    """Where a worker's own heartbeat goes out and comes round."""
    return f"{ROOT}/{OURS}/{client_id}/beat"
