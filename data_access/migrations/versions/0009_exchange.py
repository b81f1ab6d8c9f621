"""Vendors' dialects, and what other platforms gave us."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add vendors' dialect and secret, the map of their identifiers and their tokens; make the tables of the exchange."""
    op.execute("ALTER TABLE vendors ADD COLUMN dialect TEXT NOT NULL DEFAULT 'platform', ADD COLUMN secret_hash TEXT")
    op.execute(
        "CREATE TABLE vendor_device_map (vendor TEXT NOT NULL, their_id TEXT NOT NULL, code TEXT NOT NULL, "
        "CONSTRAINT vendor_device_map_pkey PRIMARY KEY (vendor, their_id))"
    )
    op.execute(
        "CREATE TABLE vendor_tokens (digest TEXT NOT NULL, vendor TEXT NOT NULL, expires_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "CONSTRAINT vendor_tokens_pkey PRIMARY KEY (digest))"
    )
    op.execute("CREATE INDEX vendor_tokens_vendor_idx ON vendor_tokens (vendor)")
    op.execute(
        "CREATE TABLE exchange_records (source TEXT NOT NULL, resource TEXT NOT NULL, key TEXT NOT NULL, "
        "modified_at TIMESTAMP WITH TIME ZONE NOT NULL, received_at TIMESTAMP WITH TIME ZONE NOT NULL, body JSONB NOT NULL, "
        "CONSTRAINT exchange_records_pkey PRIMARY KEY (source, resource, key))"
    )
    op.execute(
        "CREATE TABLE exchange_feeds (source TEXT NOT NULL, resource TEXT NOT NULL, tried_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "last_ok_at TIMESTAMP WITH TIME ZONE, last_record_at TIMESTAMP WITH TIME ZONE, cursor_at TIMESTAMP WITH TIME ZONE, "
        "lag_seconds DOUBLE PRECISION, pulled BIGINT NOT NULL DEFAULT 0, rejected BIGINT NOT NULL DEFAULT 0, "
        "failures INTEGER NOT NULL DEFAULT 0, last_error TEXT, CONSTRAINT exchange_feeds_pkey PRIMARY KEY (source, resource))"
    )
