"""The register comes in: CSV and XLSX files of equipment, checked cell by cell and written in one transaction."""

from services.registry_import.districts import District, load_district
from services.registry_import.findings import Effect, Finding, Reason, Refused
from services.registry_import.mapping import RegisterMapping
from services.registry_import.mapping import load as load_mapping
from services.registry_import.mapping import parse as parse_mapping
from services.registry_import.register import Commission, import_register
from services.registry_import.report import Outcome, summary, write_report

__all__ = [
    "Commission",
    "District",
    "Effect",
    "Finding",
    "Outcome",
    "Reason",
    "Refused",
    "RegisterMapping",
    "import_register",
    "load_district",
    "load_mapping",
    "parse_mapping",
    "summary",
    "write_report",
]
