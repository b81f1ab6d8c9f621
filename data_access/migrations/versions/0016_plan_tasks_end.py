"""A task of the plan that nobody owes any more is dropped, and its clock with it."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Let a task be dropped, and find those that are owed without reading those that are not."""
    op.execute("ALTER TABLE plan_tasks ADD dropped_at TIMESTAMP WITH TIME ZONE")
    op.execute("DROP INDEX plan_tasks_due_idx")
    owed = "done_at IS NULL AND dropped_at IS NULL"
    op.execute(f"CREATE INDEX plan_tasks_due_idx ON plan_tasks (due_at) WHERE breached_at IS NULL AND {owed}")
    op.execute(f"CREATE INDEX plan_tasks_owed_idx ON plan_tasks (work_order_id) WHERE {owed}")
