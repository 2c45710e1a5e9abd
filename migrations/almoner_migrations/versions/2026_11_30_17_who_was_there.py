"""Which seats exclusions are about; who was in the room for a seat, time by time; minutes written by hand."""

from __future__ import annotations

from alembic import op

revision = "20261130_17"
down_revision = "20261130_16"
branch_labels = None
depends_on = None

COLUMNS = """
alter table almoner.exclusion add seats varchar not null default 'VOTING';
alter table almoner.exclusion alter seats drop default;
alter table almoner.attendance_span add substitute varchar, add substitute_id uuid;
alter table almoner.minutes_entry add written_at timestamptz;
"""

# What is known: one substitute for each attendance, and the journal's word for what the secretary wrote.
KNOWN = """
update almoner.attendance_span span set substitute = attendance.substitute, substitute_id = attendance.substitute_id
    from almoner.attendance
    where attendance.tenant_id = span.tenant_id and attendance.id = span.attendance_id
        and attendance.substitute is not null;
update almoner.minutes_entry entry set written_at = journal.at
    from (
        select tenant_id, subject_id, max(at) as at from almoner.journal_entry
        where action = 'minutes_entry.written' group by tenant_id, subject_id
    ) journal
    where journal.tenant_id = entry.tenant_id and journal.subject_id = entry.id;
"""
READ = ("attendance", "attendance_span", "minutes_entry", "journal_entry")


def upgrade() -> None:
    """Add the columns, and fill them from what is known."""
    op.execute(COLUMNS)
    # Security is forced upon the owner, too, who would find nothing.
    for table in READ:
        op.execute(f"alter table almoner.{table} no force row level security")
    op.execute(KNOWN)
    for table in READ:
        op.execute(f"alter table almoner.{table} force row level security")
