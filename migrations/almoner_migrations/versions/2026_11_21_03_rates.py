"""Rate developments, their revisions and figures."""

from __future__ import annotations

from alembic import op

from almoner_migrations.isolation import isolate

revision = "20261121_03"
down_revision = "20261121_02"
branch_labels = None
depends_on = None

RATE_RULES = """
create table almoner.rate_rules (
    tenant_id uuid not null,
    id uuid not null,
    change_limit numeric not null,
    constraint rate_rules_pkey primary key (tenant_id, id),
    constraint rate_rules_tenant_id_key unique (tenant_id),
    constraint rate_rules_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

RATE_DEVELOPMENT = """
create table almoner.rate_development (
    tenant_id uuid not null,
    id uuid not null,
    name varchar not null,
    status varchar not null,
    revision integer not null,
    submitted_by uuid not null,
    submitted_at timestamptz not null,
    certified_by uuid,
    certified_at timestamptz,
    published_at timestamptz,
    withdrawn_at timestamptz,
    withdrawal_reason varchar,
    constraint rate_development_pkey primary key (tenant_id, id),
    constraint rate_development_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

RATE_REVISION = """
create table almoner.rate_revision (
    tenant_id uuid not null,
    id uuid not null,
    development_id uuid not null,
    number integer not null,
    package_digest varchar,
    submitted_by uuid,
    submitted_at timestamptz,
    unlock_reason varchar,
    calculated_at timestamptz,
    tie_exact integer,
    tie_one_unit integer,
    tie_differs integer,
    findings jsonb,
    certification jsonb,
    constraint rate_revision_pkey primary key (tenant_id, id),
    constraint rate_revision_tenant_id_development_id_fkey foreign key (tenant_id, development_id)
        references almoner.rate_development (tenant_id, id),
    constraint rate_revision_tenant_id_development_id_number_key unique (tenant_id, development_id, number),
    constraint rate_revision_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index rate_revision_tenant_id_package_digest_idx on almoner.rate_revision (tenant_id, package_digest);
"""

RATE_PACKAGE = """
create table almoner.rate_package (
    tenant_id uuid not null,
    id uuid not null,
    revision_id uuid not null,
    content jsonb not null,
    constraint rate_package_pkey primary key (tenant_id, id),
    constraint rate_package_tenant_id_revision_id_fkey foreign key (tenant_id, revision_id)
        references almoner.rate_revision (tenant_id, id),
    constraint rate_package_tenant_id_revision_id_key unique (tenant_id, revision_id),
    constraint rate_package_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

RATE_FIGURE = """
create table almoner.rate_figure (
    tenant_id uuid not null,
    id uuid not null,
    revision_id uuid not null,
    ordinal integer not null,
    exhibit varchar not null,
    rate_cell varchar,
    contractor varchar,
    line varchar not null,
    rate_column varchar,
    value numeric not null,
    display varchar not null,
    formula varchar not null,
    inputs integer[] not null,
    printed varchar,
    tie_out varchar,
    repair varchar,
    support text[],
    constraint rate_figure_pkey primary key (tenant_id, id),
    constraint rate_figure_tenant_id_revision_id_fkey foreign key (tenant_id, revision_id)
        references almoner.rate_revision (tenant_id, id),
    constraint rate_figure_tenant_id_revision_id_ordinal_key unique (tenant_id, revision_id, ordinal),
    constraint rate_figure_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""


def upgrade() -> None:
    op.execute(RATE_RULES)
    isolate("rate_rules")
    op.execute(RATE_DEVELOPMENT)
    isolate("rate_development")
    op.execute(RATE_REVISION)
    isolate("rate_revision")
    op.execute(RATE_PACKAGE)
    isolate("rate_package", rights="select, insert")
    op.execute(RATE_FIGURE)
    isolate("rate_figure", rights="select, insert")
