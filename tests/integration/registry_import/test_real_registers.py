"""Two real registers, checked against a second reading of the same files by the csv module alone."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.registry_import import Effect, Outcome, Reason, load_mapping
from services.registry_import.__main__ import SHIPPED
from tests.integration.registry_import.conftest import Importing

Rows = Callable[[str], list[dict[str, Any]]]
BY_CODE = (
    "SELECT e.*, s.name AS site, o.name AS maker FROM equipment e "
    "LEFT JOIN sites s ON s.id = e.site_id LEFT JOIN organizations o ON o.id = e.maker_id"
)
TABLES = ("equipment", "sites", "organizations", "streets", "data_versions", "deployments", "audit_log")


class Register:
    """One file: its own rows, and what a first and a second import made of it."""

    def __init__(self, path: Path, encoding: str, separator: str, key: str, bring_in: Importing, rows: Rows) -> None:
        with path.open(encoding=encoding, newline="") as file:
            self.source = {row[key]: (number, row) for number, row in enumerate(csv.DictReader(file, delimiter=separator), 2)}
        mapping = load_mapping(SHIPPED / {"nyc_sample500": "nyc_elevators.toml"}.get(path.stem, f"{path.stem}.toml"))
        self.first: Outcome = bring_in(path.read_bytes(), mapping, kind=None)
        self.stored = {row["code"]: row for row in rows(BY_CODE)}
        before = [rows(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]
        self.second: Outcome = bring_in(path.read_bytes(), mapping, kind=None)
        self.untouched = before == [rows(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]

    def emptied(self) -> set[tuple[int | None, str]]:
        """Row and column of every cell that was left empty."""
        return {(finding.row, finding.column) for finding in self.first.findings if finding.effect is Effect.LEFT_EMPTY}

    def missing(self, header: str, column: str, *, blank: tuple[str, ...] = ("",)) -> set[tuple[int, str]]:
        """Row and column of every cell that has content in the file and none in the database."""
        return {
            (number, header)
            for code, (number, row) in self.source.items()
            if row[header].strip() not in blank and self.stored[code][column] is None
        }


@pytest.fixture
def new_york(samples: Path, bring_in: Importing, rows: Rows) -> Register:
    return Register(samples / "registers" / "nyc_sample500.csv", "utf-8", ",", "DV_DEVICE_NUMBER", bring_in, rows)


@pytest.fixture
def railway(samples: Path, bring_in: Importing, rows: Rows) -> Register:
    return Register(samples / "registers" / "db_lifts_2018.csv", "iso-8859-1", ";", "Equipment (EQ)", bring_in, rows)


@pytest.mark.parametrize(("name", "count"), [("new_york", 500), ("railway", 2630)])
def test_every_key_is_unchanged_and_a_second_import_changes_nothing(name: str, count: int, request: pytest.FixtureRequest) -> None:
    register: Register = request.getfixturevalue(name)

    assert len(register.stored) == count
    assert register.stored.keys() == register.source.keys()
    assert (register.first.inserted, register.first.refused) == (count, 0)
    assert (register.second.inserted, register.second.changed, register.second.unchanged) == (0, 0, count)
    assert register.untouched
    assert {row["street_code"] for row in register.stored.values()} == {None}


def test_new_york_is_read_exactly_or_reported(new_york: Register) -> None:
    stored = new_york.stored

    assert {"1E1217", "1E20200", "3E5036"} <= stored.keys()
    assert stored["3P11845"]["lift_height"] == pytest.approx(34 * 0.3048 + 9 * 0.0254)
    assert stored["1P19388"]["rated_speed"] == pytest.approx(2.54)
    assert stored["1P19388"]["rated_load"] == pytest.approx(907.18474)
    assert stored["3P12815"]["last_inspected_on"] == date(2015, 2, 24)
    assert (stored["3P12815"]["lng"], stored["3P12815"]["lat"]) == (-73.98464924722404, 40.691689632873214)
    columns = {
        "DV_TRAVEL_DISTANCE": "lift_height",
        "DV_SPEED_FPM": "rated_speed",
        "DV_CAPACITY_LBS": "rated_load",
        "DV_LASTPER_INSP_DATE": "last_inspected_on",
        "DV_LASTPER_INSP_DISP": "inspection_result",
        "DV_APPROVAL_DATE": "registered_on",
        "DV_MANUFACTURER": "maker",
        "LATITUDE": "lat",
    }
    lost = set().union(*(new_york.missing(header, column) for header, column in columns.items()))
    assert lost == {cell for cell in new_york.emptied() if cell[1] in columns}
    assert (234, "DV_TRAVEL_DISTANCE") in lost
    assert {(finding.raw, finding.reason) for finding in new_york.first.findings if finding.column == "DV_FLOOR_TO"} == {
        (raw, Reason.REJECTED) for raw in ("2015-01-06", "2015-01-09", "2015-02-06", "2015-02-08", "0.16")
    }


def test_the_railways_traps_are_reported_by_row_and_column(railway: Register) -> None:
    stored = railway.stored

    assert stored["10347965"]["site"] == "Ahrensburg"  # the station stands only on the row above
    assert (
        stored["10347965"]["extra"] | {"region": "01", "station_number": "00027", "platform": "Personenunterführung"}
        == stored["10347965"]["extra"]
    )
    assert stored["10347965"]["lift_height"] == pytest.approx(4.26)
    assert (stored["10499261"]["lng"], stored["10499261"]["lat"]) == (13.46978, 52.503)  # written with points among commas
    assert (stored["10571155"]["lng"], stored["10571155"]["lat"]) == (None, None)  # longitude and latitude have changed places
    columns = {
        "Baujahr (EQ)": "made_on",
        "FOERDERGESCHWINDIGKEIT": "rated_speed",
        "FOERDERHOEHE": "lift_height",
        "TRAGKRAFT": "rated_load",
        "ANZAHL_HALTESTELLEN": "stops",
        "FABRIKNUMMER": "factory_number",
        "GEOKOORDINATERECHTSWERTNEU": "lng",
        "GEOKOORDINATEHOCHWERTNEU": "lat",
        "Hersteller (EQ)": "maker",
    }
    lost = set().union(*(railway.missing(header, column, blank=("", "unbekannt", "Keine Angabe")) for header, column in columns.items()))
    assert lost == {cell for cell in railway.emptied() if cell[1] in columns}
    years = {row["Baujahr (EQ)"] for code, (_, row) in railway.source.items() if stored[code]["made_on"] is None}
    assert years == {"2019", "2020", "2021", "2022", "2023", "2024", "2025", "2026", "2027", "2028", "2999"}
    assert {row["maker"] for row in stored.values()} == {row["Hersteller (EQ)"].strip() for _, row in railway.source.values()} - {
        "",
        "unbekannt",
        "Keine Angabe",
    } | {None}
