"""Any table can tell of changed rows, on one channel; jobs are the first to do so."""

from __future__ import annotations

from alembic import op

from almoner_migrations.changes import tell_changes

revision = "20261122_11"
down_revision = "20261122_10"
branch_labels = None
depends_on = None

# The arguments: which table's row is told of, and the column that holds its id. A row that moves from one to another
# tells of both. PostgreSQL sends what was said several times in a transaction once.
TELL = """
create function almoner.tell_row_changed() returns trigger
    language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
    declare
        written jsonb;
        told text;
    begin
        foreach written in array array[to_jsonb(old), to_jsonb(new)] loop
            told := tg_argv[0] || ' ' || (written ->> 'tenant_id') || ' ' || (written ->> tg_argv[1]);
            if told is not null then
                perform pg_notify('almoner_row_changed', told);
            end if;
        end loop;
        return null;
    end $$;
"""

# The relay hears of jobs that are due, as before.
DUE = """
create function almoner.tell_job_due() returns trigger
    language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
    begin
        if new.state = 'QUEUED' and (tg_op = 'INSERT' or old.state <> 'QUEUED') then
            perform pg_notify('almoner_job_due', '');
        end if;
        return null;
    end $$;

create trigger job_due after insert or update on almoner.job
    for each row execute function almoner.tell_job_due();
"""

BEFORE = """
create function almoner.job_changed() returns trigger
    language plpgsql as $$
    begin
        perform pg_notify('almoner_job_changed', new.tenant_id || ' ' || new.id);
        if new.state = 'QUEUED' and (tg_op = 'INSERT' or old.state <> 'QUEUED') then
            perform pg_notify('almoner_job_due', '');
        end if;
        return null;
    end $$;

create trigger job_changed after insert or update on almoner.job
    for each row execute function almoner.job_changed();
"""


def upgrade() -> None:
    """One function for all tables instead of one for jobs."""
    op.execute("drop trigger job_changed on almoner.job")
    op.execute("drop function almoner.job_changed()")
    op.execute(TELL)
    tell_changes("job", "job")
    op.execute(DUE)


def downgrade() -> None:
    """The other way round."""
    for trigger in ("job_changed", "job_due"):
        op.execute(f"drop trigger {trigger} on almoner.job")
    for function in ("tell_row_changed", "tell_job_due"):
        op.execute(f"drop function almoner.{function}()")
    op.execute(BEFORE)
