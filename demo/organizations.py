"""Invented units: makers, installers, maintainers with uneven shares, and the units that use the machines."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from demo import words
from demo.codes import credit_code
from demo.rows import OrganizationRow

USE_UNIT, MAINTENANCE_UNIT, MAKER, INSTALLER = "use_unit", "maintenance_unit", "maker", "installer"
_COUNTS: Final = {"maker": 22, "installer": 26, "maintainer": 46, "machine_maker": 18, "property": 96}
_STEEPNESS: Final = 0.75  # shares fall as 1 / rank^0.75: a few large units, a long tail


@dataclass(frozen=True, slots=True)
class Pool:
    """Units of one trade; the first are the largest."""

    members: tuple[OrganizationRow, ...]
    weights: tuple[float, ...]

    def one(self, rng: random.Random) -> OrganizationRow:
        """A unit, drawn by its share."""
        return rng.choices(self.members, self.weights)[0]


class Companies:
    """Founds units, each with its own name and credit code."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._names = words.pairs(rng)
        self._trades = words.trade_words(rng)
        self.all: list[OrganizationRow] = []
        self.makers = self._pool("maker", MAKER, self._trades)
        self.installers = self._pool("installer", INSTALLER, self._trades)
        self.maintainers = self._pool("maintainer", MAINTENANCE_UNIT, self._trades)
        self.machine_makers = self._pool("machine_maker", MAKER, self._trades)
        self.properties = self._pool("property", USE_UNIT, self._names)
        self.metro_operator = self.found("上海沪汀轨道交通运营有限公司", USE_UNIT)

    def found(self, name: str, kind: str) -> OrganizationRow:
        """A new unit with this name."""
        unit = OrganizationRow(len(self.all) + 1, name, credit_code(self._rng), kind)
        self.all.append(unit)
        return unit

    def owner(self, place_kind: str, site_name: str) -> OrganizationRow:
        """The unit that uses the machines of a site: the site itself, its property company or its operator."""
        if place_kind == "residential":
            return self.properties.one(self._rng)
        if place_kind == "metro":
            return self.metro_operator
        if place_kind in ("hospital", "school"):
            return self.found(f"上海市普陀区{site_name}", USE_UNIT)
        trade = "industry" if place_kind == "factory" else "management"
        return self.found(self._rng.choice(words.COMPANY[trade]).format(next(self._names)), USE_UNIT)

    def _pool(self, trade: str, kind: str, names: Iterator[str]) -> Pool:
        patterns: Sequence[str] = words.COMPANY[trade]
        members = tuple(self.found(self._rng.choice(patterns).format(next(names)), kind) for _ in range(_COUNTS[trade]))
        return Pool(members, tuple(1 / rank**_STEEPNESS for rank in range(1, len(members) + 1)))
