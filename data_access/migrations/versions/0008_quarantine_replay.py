"""Refused messages can be found by reason and vendor, and offered again; every one is counted, kept or not."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """The state of a replay, the counts by minute, and the indexes to browse by; what stands in quarantine is counted once."""
    op.execute(
        "ALTER TABLE quarantine ADD COLUMN replay_requested_at TIMESTAMP WITH TIME ZONE, ADD COLUMN replay_requested_by TEXT, "
        "ADD COLUMN replayed_at TIMESTAMP WITH TIME ZONE, ADD COLUMN outcome TEXT, ADD COLUMN outcome_reason TEXT, "
        "ADD COLUMN outcome_detail TEXT"
    )
    op.execute("CREATE INDEX quarantine_vendor_received_at_idx ON quarantine (vendor, received_at DESC)")
    op.execute("CREATE INDEX quarantine_reason_received_at_idx ON quarantine (reason, received_at DESC)")
    op.execute(
        "CREATE INDEX quarantine_replay_idx ON quarantine (received_at, id) WHERE replay_requested_at IS NOT NULL AND replayed_at IS NULL"
    )
    op.execute(
        "CREATE TABLE quarantine_counts (vendor TEXT NOT NULL, reason TEXT NOT NULL, minute TIMESTAMP WITH TIME ZONE NOT NULL, "
        "count BIGINT NOT NULL, kept BIGINT DEFAULT '0' NOT NULL, kept_bytes BIGINT DEFAULT '0' NOT NULL, "
        "CONSTRAINT quarantine_counts_pkey PRIMARY KEY (vendor, reason, minute)) WITH (fillfactor = 50)"
    )
    op.execute("CREATE INDEX quarantine_counts_minute_idx ON quarantine_counts (minute)")
    op.execute(
        "INSERT INTO quarantine_counts SELECT coalesce(v.name, ''), q.reason, date_trunc('minute', q.received_at), count(*), count(*), "
        "sum(octet_length(q.payload)) FROM quarantine q LEFT JOIN vendors v ON v.name = q.vendor GROUP BY 1, 2, 3"
    )
