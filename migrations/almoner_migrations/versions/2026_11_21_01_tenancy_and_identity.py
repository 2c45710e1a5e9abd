"""Tenants, programs, periods, accounts and roles."""

from __future__ import annotations

from alembic import op

from almoner_migrations.isolation import isolate

revision = "20261121_01"
down_revision = None
branch_labels = None
depends_on = None

# A missing setting raises, and so does the empty string that a pooled session keeps after `SET LOCAL`: no tenant never
# reads as "no rows".
CURRENT_TENANT = """
create function almoner.current_tenant() returns uuid
    language sql stable parallel safe
    return current_setting('almoner.tenant_id')::uuid;
"""

TENANT = """
create table almoner.tenant (
    id uuid not null,
    code varchar not null,
    name varchar not null,
    time_zone varchar not null,
    constraint tenant_pkey primary key (id),
    constraint tenant_code_key unique (code)
);
"""

PROGRAM = """
create table almoner.program (
    tenant_id uuid not null,
    id uuid not null,
    code varchar not null,
    name varchar not null,
    constraint program_pkey primary key (tenant_id, id),
    constraint program_tenant_id_code_key unique (tenant_id, code),
    constraint program_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

PERIOD = """
create table almoner.period (
    tenant_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    label varchar not null,
    begin_on date not null,
    until_on date not null,
    constraint period_pkey primary key (tenant_id, id),
    constraint period_tenant_id_program_id_fkey foreign key (tenant_id, program_id)
        references almoner.program (tenant_id, id),
    constraint period_tenant_id_program_id_label_key unique (tenant_id, program_id, label),
    constraint period_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

ACCOUNT = """
create table almoner.account (
    tenant_id uuid not null,
    id uuid not null,
    email varchar not null,
    name varchar not null,
    password_hash varchar not null,
    disabled_at timestamptz,
    constraint account_pkey primary key (tenant_id, id),
    constraint account_tenant_id_email_key unique (tenant_id, email),
    constraint account_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

SERVICE_ACCOUNT = """
create table almoner.service_account (
    tenant_id uuid not null,
    id uuid not null,
    name varchar not null,
    secret_hash varchar not null,
    disabled_at timestamptz,
    constraint service_account_pkey primary key (tenant_id, id),
    constraint service_account_tenant_id_name_key unique (tenant_id, name),
    constraint service_account_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

ROLE_ASSIGNMENT = """
create table almoner.role_assignment (
    tenant_id uuid not null,
    id uuid not null,
    subject_id uuid not null,
    role varchar not null,
    reason varchar not null,
    valid_from timestamptz not null,
    valid_until timestamptz,
    constraint role_assignment_pkey primary key (tenant_id, id),
    constraint role_assignment_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index role_assignment_tenant_id_subject_id_idx on almoner.role_assignment (tenant_id, subject_id);
"""


def upgrade() -> None:
    op.execute("grant usage on schema almoner to almoner_app")
    op.execute(CURRENT_TENANT)
    op.execute(TENANT)
    op.execute("grant select, insert on almoner.tenant to almoner_app")
    op.execute(PROGRAM)
    isolate("program")
    op.execute(PERIOD)
    isolate("period")
    op.execute(ACCOUNT)
    isolate("account")
    op.execute(SERVICE_ACCOUNT)
    isolate("service_account")
    op.execute(ROLE_ASSIGNMENT)
    isolate("role_assignment")
