"""Tables, one module per noun; `metadata` knows them all."""

from __future__ import annotations

from data_access.tables.accounts import accounts, audit_log, sessions, sign_in_failures
from data_access.tables.alarms import alarms
from data_access.tables.back_tests import back_tests
from data_access.tables.base import metadata
from data_access.tables.chunks import compactions, reading_chunks, reading_rollups
from data_access.tables.equipment import equipment
from data_access.tables.exchange import exchange_feeds, exchange_records
from data_access.tables.organizations import organizations
from data_access.tables.outages import outage_members, outages
from data_access.tables.platform import data_versions, deployments, ingest_leases, ingest_marks, rule_settings
from data_access.tables.quarantine import quarantine, quarantine_counts, unknown_keys
from data_access.tables.sites import sites
from data_access.tables.streets import streets
from data_access.tables.telemetry import equipment_states, events, readings, statistics
from data_access.tables.truth import alarm_verdicts, demo_truths, missed_occurrences
from data_access.tables.vendors import vendor_code_map, vendor_device_map, vendor_minutes, vendor_tokens, vendors
from data_access.tables.work_orders import notifications, work_order_events, work_orders

__all__ = [
    "accounts",
    "alarm_verdicts",
    "alarms",
    "audit_log",
    "back_tests",
    "compactions",
    "data_versions",
    "demo_truths",
    "deployments",
    "equipment",
    "equipment_states",
    "events",
    "exchange_feeds",
    "exchange_records",
    "ingest_leases",
    "ingest_marks",
    "metadata",
    "missed_occurrences",
    "notifications",
    "organizations",
    "outage_members",
    "outages",
    "quarantine",
    "quarantine_counts",
    "reading_chunks",
    "reading_rollups",
    "readings",
    "rule_settings",
    "sessions",
    "sign_in_failures",
    "sites",
    "statistics",
    "streets",
    "unknown_keys",
    "vendor_code_map",
    "vendor_device_map",
    "vendor_minutes",
    "vendor_tokens",
    "vendors",
    "work_order_events",
    "work_orders",
]
