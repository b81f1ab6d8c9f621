"""Tables, one module per noun; `metadata` knows them all."""

from __future__ import annotations

from data_access.tables.accounts import accounts, audit_log, saved_filters, sessions, sign_in_failures
from data_access.tables.alarms import alarms
from data_access.tables.back_tests import back_tests
from data_access.tables.base import metadata
from data_access.tables.chunks import compactions, reading_chunks, reading_rollups
from data_access.tables.deadlines import calendar_days, deadlines, plan_tasks
from data_access.tables.dispatch import duty_shifts, licences, response_teams
from data_access.tables.equipment import equipment
from data_access.tables.exchange import exchange_feeds, exchange_records
from data_access.tables.notifications import (
    device_commands,
    notification_addresses,
    notification_messages,
    notifications,
    order_copies,
    publicity,
)
from data_access.tables.organizations import organizations
from data_access.tables.outages import outage_members, outages
from data_access.tables.photos import order_photos
from data_access.tables.platform import data_versions, deployments, ingest_leases, ingest_marks, rule_settings
from data_access.tables.quarantine import quarantine, quarantine_counts, unknown_keys
from data_access.tables.ratings import citizen_ratings, rating_links
from data_access.tables.seats import drills, seat_calls
from data_access.tables.sites import sites
from data_access.tables.streets import streets
from data_access.tables.telemetry import equipment_states, events, readings, statistics
from data_access.tables.truth import alarm_verdicts, demo_truths, missed_occurrences
from data_access.tables.vendors import vendor_code_map, vendor_device_map, vendor_minutes, vendor_tokens, vendors
from data_access.tables.work_orders import incident_groups, incident_sources, work_order_events, work_orders

__all__ = [
    "accounts",
    "alarm_verdicts",
    "alarms",
    "audit_log",
    "back_tests",
    "calendar_days",
    "citizen_ratings",
    "compactions",
    "data_versions",
    "deadlines",
    "demo_truths",
    "deployments",
    "device_commands",
    "drills",
    "duty_shifts",
    "equipment",
    "equipment_states",
    "events",
    "exchange_feeds",
    "exchange_records",
    "incident_groups",
    "incident_sources",
    "ingest_leases",
    "ingest_marks",
    "licences",
    "metadata",
    "missed_occurrences",
    "notification_addresses",
    "notification_messages",
    "notifications",
    "order_copies",
    "order_photos",
    "organizations",
    "outage_members",
    "outages",
    "plan_tasks",
    "publicity",
    "quarantine",
    "quarantine_counts",
    "rating_links",
    "reading_chunks",
    "reading_rollups",
    "readings",
    "response_teams",
    "rule_settings",
    "saved_filters",
    "seat_calls",
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
