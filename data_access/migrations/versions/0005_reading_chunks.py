"""Old readings, a row per machine and hour; sums of hours and days."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables. Chunks are compressed already, so PostgreSQL need not try, and a piece can be read alone."""
    op.execute(
        "CREATE TABLE reading_chunks (hour TIMESTAMP WITH TIME ZONE NOT NULL, first_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "last_at TIMESTAMP WITH TIME ZONE NOT NULL, equipment_id INTEGER NOT NULL, n INTEGER NOT NULL, data BYTEA NOT NULL, "
        "CONSTRAINT reading_chunks_pkey PRIMARY KEY (equipment_id, hour) INCLUDE (first_at, last_at, n)) PARTITION BY RANGE (hour)"
    )
    op.execute("ALTER TABLE reading_chunks ALTER COLUMN data SET STORAGE EXTERNAL")
    op.execute("CREATE TABLE reading_chunks_default PARTITION OF reading_chunks DEFAULT")
    op.execute(
        "CREATE TABLE reading_rollups (since TIMESTAMP WITH TIME ZONE NOT NULL, equipment_id INTEGER NOT NULL, n INTEGER NOT NULL, "
        "span TEXT NOT NULL, data BYTEA NOT NULL, "
        "CONSTRAINT reading_rollups_pkey PRIMARY KEY (equipment_id, span, since)) PARTITION BY RANGE (since)"
    )
    op.execute("CREATE TABLE reading_rollups_default PARTITION OF reading_rollups DEFAULT")
    op.execute(
        "CREATE TABLE compactions (hour TIMESTAMP WITH TIME ZONE NOT NULL, through INTEGER NOT NULL, "
        "CONSTRAINT compactions_pkey PRIMARY KEY (hour))"
    )
    op.execute("CREATE INDEX readings_default_sampled_at_idx ON readings_default (sampled_at)")
