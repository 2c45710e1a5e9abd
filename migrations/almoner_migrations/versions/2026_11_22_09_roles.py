"""Organizations can be closed; indexes for the lists of organizations, roles, invitations and emergencies."""

from __future__ import annotations

from alembic import op

revision = "20261122_09"
down_revision = "20261122_08"
branch_labels = None
depends_on = None

CLOSING = """
alter table almoner.organization
    add closed_at timestamptz,
    add closed_by uuid,
    add close_reason varchar;
"""
#: Each ends in what its list is paged by, so that a page is read in order.
ADDED = (
    ("organization", "kind", "code"),
    ("organization", "name", "id"),
    ("organization", "closed_at", "code"),
    ("role_assignment", "subject_id", "id"),
    ("role_assignment", "organization_id", "id"),
    ("role_assignment", "assigned_by", "id"),
    ("role_assignment", "role", "id"),
    ("role_assignment", "kind", "id"),
    ("role_assignment", "valid_from", "id"),
    ("invitation", "email", "id"),
    ("invitation", "role", "id"),
    ("invitation", "organization_id", "id"),
    ("invitation", "invited_by", "id"),
    ("invitation", "expires_at", "id"),
    ("break_glass", "subject_id", "id"),
    ("break_glass", "reviewed_at", "id"),
)
#: Those that begin alike do the same.
REPLACED = (
    ("role_assignment", "subject_id"),
    ("role_assignment", "organization_id"),
    ("invitation", "email"),
    ("break_glass", "subject_id"),
)


def upgrade() -> None:
    """Add the columns and indexes, and drop what these replace."""
    op.execute(CLOSING)
    for table, column, key in ADDED:
        op.execute(f"create index {table}_tenant_id_{column}_{key}_idx on almoner.{table} (tenant_id, {column}, {key})")
    for table, column in REPLACED:
        op.execute(f"drop index almoner.{table}_tenant_id_{column}_idx")
