"""Indexes for the filters, orders and scopes of lists; each ends in the id, so that a page is read in order."""

from __future__ import annotations

from alembic import op

revision = "20261121_05"
down_revision = "20261121_04"
branch_labels = None
depends_on = None

ADDED = (
    ("rate_development", "status"),
    ("rate_development", "submitted_at"),
    ("rate_development", "name"),
    ("rate_development", "submitted_by"),
    ("job", "subject_id"),
    ("job", "requested_at"),
    ("job", "requested_by"),
    ("journal_entry", "subject_id"),
    ("journal_entry", "actor_id"),
    ("journal_entry", "action"),
    ("journal_entry", "at"),
)
#: Ids are unique whatever their type: a subject is found by its id alone.
REPLACED = ("job", "journal_entry")


def upgrade() -> None:
    """Add them, and drop what they replace."""
    for table, column in ADDED:
        op.execute(f"create index {table}_tenant_id_{column}_id_idx on almoner.{table} (tenant_id, {column}, id)")
    for table in REPLACED:
        op.execute(f"drop index almoner.{table}_tenant_id_subject_type_subject_id_idx")


def downgrade() -> None:
    """The other way round."""
    for table in REPLACED:
        op.execute(
            f"create index {table}_tenant_id_subject_type_subject_id_idx "
            f"on almoner.{table} (tenant_id, subject_type, subject_id)"
        )
    for table, column in ADDED:
        op.execute(f"drop index almoner.{table}_tenant_id_{column}_id_idx")
