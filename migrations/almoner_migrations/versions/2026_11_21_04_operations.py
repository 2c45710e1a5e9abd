"""Registered operations, and the rules that ask for them."""

from __future__ import annotations

from alembic import op

from almoner_migrations.isolation import isolate

revision = "20261121_04"
down_revision = "20261121_03"
branch_labels = None
depends_on = None

REGISTERED_OPERATION = """
create table almoner.registered_operation (
    tenant_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    digest varchar not null,
    text varchar not null,
    name varchar not null,
    registered_at timestamptz not null,
    withdrawn_at timestamptz,
    constraint registered_operation_pkey primary key (tenant_id, id),
    constraint registered_operation_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id),
    constraint registered_operation_tenant_id_client_id_digest_key unique (tenant_id, client_id, digest),
    constraint registered_operation_digest_check
        check (digest = encode(sha256(convert_to(text, 'UTF8')), 'hex'))
);
"""

OPERATION_RULE = """
create table almoner.operation_rule (
    tenant_id uuid not null,
    id uuid not null,
    client_id uuid,
    registered_only boolean not null,
    constraint operation_rule_pkey primary key (tenant_id, id),
    constraint operation_rule_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id),
    constraint operation_rule_tenant_id_client_id_key unique nulls not distinct (tenant_id, client_id)
);
"""


def upgrade() -> None:
    op.execute(REGISTERED_OPERATION)
    # What a client trusts under a digest is never rewritten, nor given to another client.
    isolate("registered_operation", rights="select, insert, update (name, withdrawn_at)")
    op.execute(OPERATION_RULE)
    isolate("operation_rule", rights="select, insert, update (registered_only)")
