"""Meetings count the changes of their plan, calendar feeds say whose meetings they show, and more tables tell."""

from __future__ import annotations

from alembic import op

from almoner_migrations.changes import tell_changes_through

revision = "20261130_18"
down_revision = "20261130_17"
branch_labels = None
depends_on = None

# The arguments: which table's row is told of; the column with the id of the row between; that one's table; and its
# column that holds the id of the row that is told of.
TELL = """
create function almoner.tell_row_changed_through() returns trigger
    language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
    declare
        written jsonb;
        found uuid;
        told text;
    begin
        foreach written in array array[to_jsonb(old), to_jsonb(new)] loop
            execute format('select %I from almoner.%I where tenant_id = $1 and id = $2', tg_argv[3], tg_argv[2])
                into found using (written ->> 'tenant_id')::uuid, (written ->> tg_argv[1])::uuid;
            if found is not null then
                told := tg_argv[0] || ' ' || (written ->> 'tenant_id') || ' ' || found;
                perform pg_notify('almoner_row_changed', told);
            end if;
        end loop;
        return null;
    end $$;
"""
#: Whoever follows a meeting hears of these, too: the column with the id of the row between, and its table.
OF_A_MEETING = {
    "recommendation": ("paper_id", "paper"),
    "attendance_span": ("attendance_id", "attendance"),
    "action_update": ("action_id", "action"),
}


def upgrade() -> None:
    """Add the columns, with what holds for the rows that are there."""
    op.execute(
        "alter table almoner.meeting add column revision integer not null default 0, add column changed_at timestamptz"
    )
    op.execute("alter table almoner.meeting alter column revision drop default")
    op.execute("create index meeting_tenant_id_committee_id_id_idx on almoner.meeting (tenant_id, committee_id, id)")
    op.execute("alter table almoner.calendar_feed add column shows_all boolean not null default false")
    op.execute("alter table almoner.calendar_feed alter column shows_all drop default")
    op.execute(TELL)
    for table, (key, between) in OF_A_MEETING.items():
        tell_changes_through(table, "meeting", (key, between, "meeting_id"))


def downgrade() -> None:
    """The other way round."""
    for table in OF_A_MEETING:
        op.execute(f"drop trigger meeting_changed on almoner.{table}")
    op.execute("drop function almoner.tell_row_changed_through()")
    op.execute("alter table almoner.calendar_feed drop column shows_all")
    op.execute("drop index almoner.meeting_tenant_id_committee_id_id_idx")
    op.execute("alter table almoner.meeting drop column revision, drop column changed_at")
