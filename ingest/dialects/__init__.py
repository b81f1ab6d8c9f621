"""Vendors' own formats: each a table with the few functions it truly needs, translated into the platform's keys.

    translated = translate(dialect, tail, body, vendor=vendor, their_codes=register.their_codes, told=told, at=received_at)
    canonical = codes_of(dialect).get(failure_code)      # where vendor_code_map has no row of the vendor's

`tail` is the topic below `pt/v1/{vendor}/`; `told` is one Occurrences per worker. Topics of the platform's own form are the same in
every dialect and are not translated, but codes in them are the dialect's. What is wrong with a part of a message is among `refused`;
what is wrong with all of it is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.dialects import Dialect
from domain.errors import BadPayload
from domain.faults import SHANGHAI_CODES
from domain.telemetry import Reject
from ingest.dialects import chongqing, houqi, lingang, songjiang
from ingest.dialects.occurrences import Occurrences
from ingest.dialects.terms import Hearing, Item, Refused, Translated

__all__ = ["Hearing", "Item", "Occurrences", "Refused", "Translated", "codes_of", "translate"]


@dataclass(frozen=True, slots=True)
class Speech:
    """How a dialect is read, and what its fault codes mean."""

    read: Callable[[str, object, Hearing], Iterator[Item | Refused]]
    codes: Mapping[str, str]


def _no_topic(tail: str, body: object, hearing: Hearing) -> Iterator[Item | Refused]:
    """For a dialect that has no topics but the platform's."""
    raise BadPayload(reason=Reject.BAD_TOPIC, value=tail)


SPOKEN: Final[Mapping[Dialect, Speech]] = {
    Dialect.HOUQI: Speech(houqi.read, houqi.CODES),
    Dialect.SONGJIANG: Speech(songjiang.read, songjiang.CODES),
    Dialect.LINGANG: Speech(lingang.read, lingang.CODES),
    Dialect.CHONGQING: Speech(_no_topic, chongqing.CODES),
}


def translate(
    dialect: str,
    tail: str,
    body: object,
    *,
    vendor: str,
    their_codes: Mapping[tuple[str, str], str],
    told: Occurrences,
    at: datetime,
) -> Translated:
    """What a message of a dialect other than the platform's says; `at` is the receiving time. Raises BadPayload for all of it."""
    items: list[Item] = []
    refused: list[Refused] = []
    for word in SPOKEN[Dialect(dialect)].read(tail, body, Hearing(vendor, their_codes, told, at)):
        if isinstance(word, Item):
            items.append(word)
        else:
            refused.append(word)
    return Translated(tuple(items), tuple(refused))


def codes_of(dialect: str) -> Mapping[str, str]:
    """The canonical code of every fault code of a dialect, verbatim; a vendor's own rows of vendor_code_map come before it."""
    return SHANGHAI_CODES if dialect == Dialect.PLATFORM else SPOKEN[Dialect(dialect)].codes
