"""Ground truth: what was made to go wrong, where, when and for how long, so that detection can be scored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Truth:
    """One mishap of one machine. `also` are families that it may open besides its own; times are epoch seconds."""

    id: str
    what: str
    equipment_id: int
    code: str
    family: str
    also: tuple[str, ...]
    starts_at: float
    ends_at: float
    vendor: str
    told: bool  # whether the vendor sends an event of its own

    def record(self) -> dict[str, Any]:
        """As it stands in the file: ISO times in UTC."""
        return {
            "id": self.id,
            "what": self.what,
            "equipment_id": self.equipment_id,
            "code": self.code,
            "family": self.family,
            "also": list(self.also),
            "starts_at": _iso(self.starts_at),
            "ends_at": _iso(self.ends_at),
            "seconds": round(self.ends_at - self.starts_at, 1),
            "vendor": self.vendor,
            "told": self.told,
        }


def truth_of(record: Mapping[str, Any]) -> Truth:
    """What a line of the file says."""
    starts_at, ends_at = (datetime.fromisoformat(record[key]).timestamp() for key in ("starts_at", "ends_at"))
    return Truth(
        record["id"], record["what"], record["equipment_id"], record["code"], record["family"], tuple(record["also"]), starts_at, ends_at,
        record["vendor"], record["told"],
    )  # fmt: skip


class TruthFile:
    """A JSONL file that grows line by line; without a path nothing is written."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def write(self, truth: Truth) -> None:
        """Append one line."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(truth.record(), ensure_ascii=False) + "\n")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
