"""The journal, and jobs with their dispatch and notices."""

from __future__ import annotations

from alembic import op
from dramatiq_postgres.schema import generate_init_sql

from almoner_migrations.isolation import isolate

revision = "20261121_02"
down_revision = "20261121_01"
branch_labels = None
depends_on = None

JOURNAL_ENTRY = """
create table almoner.journal_entry (
    tenant_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    actor_id uuid not null,
    actor_kind varchar not null,
    action varchar not null,
    subject_type varchar not null,
    subject_id uuid not null,
    request_id varchar not null,
    policy_version varchar not null,
    detail jsonb not null,
    constraint journal_entry_pkey primary key (tenant_id, id),
    constraint journal_entry_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index journal_entry_tenant_id_subject_type_subject_id_idx
    on almoner.journal_entry (tenant_id, subject_type, subject_id);
"""

JOB = """
create table almoner.job (
    tenant_id uuid not null,
    id uuid not null,
    kind varchar not null,
    state varchar not null,
    subject_type varchar not null,
    subject_id uuid not null,
    parameters jsonb not null,
    requested_by uuid not null,
    request_id varchar not null,
    requested_at timestamptz not null,
    run_at timestamptz not null,
    dispatched_at timestamptz,
    dispatches integer not null,
    fence integer not null,
    lease_owner varchar,
    lease_until timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    cancel_requested_at timestamptz,
    done_units integer not null,
    total_units integer not null,
    phase varchar not null,
    failures integer not null,
    failure_code varchar,
    failure_message varchar,
    failure_detail varchar,
    failed_at timestamptz,
    constraint job_pkey primary key (tenant_id, id),
    constraint job_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index job_tenant_id_state_run_at_idx on almoner.job (tenant_id, state, run_at);
create index job_tenant_id_subject_type_subject_id_idx on almoner.job (tenant_id, subject_type, subject_id);
"""

# The relay serves all tenants, so this one function looks across them: it runs as the owner, for whom this one table
# has a policy, and gives away nothing but ids. A message that got lost is sent again, at growing intervals.
DISPATCH = """
create index job_due_idx on almoner.job (run_at) where state in ('QUEUED', 'RUNNING');

create policy relay on almoner.job to almoner_owner using (true) with check (true);

create function almoner.dispatch_jobs(batch integer) returns table (tenant_id uuid, id uuid, kind varchar)
    language sql security definer set search_path = almoner, pg_temp
    begin atomic
        with due as (
            select job.tenant_id, job.id
            from almoner.job
            where (
                state = 'QUEUED' and run_at <= now() and (
                    dispatched_at is null or dispatched_at < run_at
                    or dispatched_at < now() - least(
                        interval '10 seconds' * power(2, least(dispatches, 10) - 1), interval '5 minutes'
                    )
                )
            ) or (
                state = 'RUNNING' and lease_until < now()
                and (
                    dispatched_at is null or dispatched_at < lease_until
                    or dispatched_at < now() - interval '10 seconds'
                )
            )
            order by run_at
            limit batch
            for update skip locked
        )
        update almoner.job
        set dispatched_at = now(), dispatches = dispatches + 1
        from due
        where job.tenant_id = due.tenant_id and job.id = due.id
        returning job.tenant_id, job.id, job.kind;
    end;

revoke all on function almoner.dispatch_jobs from public;
grant execute on function almoner.dispatch_jobs to almoner_app;
"""

# Whoever writes a job row, its subscribers and the relay hear of it when the transaction commits.
NOTICES = """
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
    op.execute(JOURNAL_ENTRY)
    isolate("journal_entry", rights="select, insert")
    op.execute(JOB)
    isolate("job")
    op.execute(DISPATCH)
    op.execute(NOTICES)
    op.execute("create schema if not exists dramatiq")
    op.execute("grant usage on schema dramatiq to almoner_app")
    op.execute(generate_init_sql())
    op.execute("grant select, insert, update, delete on all tables in schema dramatiq to almoner_app")
    op.execute("grant usage on all sequences in schema dramatiq to almoner_app")
