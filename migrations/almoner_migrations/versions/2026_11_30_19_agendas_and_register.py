"""What an agenda item brings beside papers; the last day, refusals and withdrawals of the register of delegations."""

from __future__ import annotations

from alembic import op

from almoner_migrations.isolation import isolate

revision = "20261130_19"
down_revision = "20261130_18"
branch_labels = None
depends_on = None

AGENDA_ITEM = """
alter table almoner.agenda_item
    add column minutes_of_id uuid,
    add column carries_id uuid,
    add column reviews_actions boolean not null default false,
    add constraint agenda_item_tenant_id_minutes_of_id_fkey foreign key (tenant_id, minutes_of_id)
        references almoner.meeting (tenant_id, id),
    add constraint agenda_item_tenant_id_carries_id_fkey foreign key (tenant_id, carries_id)
        references almoner.agenda_item (tenant_id, id);
create index agenda_item_tenant_id_carries_id_idx on almoner.agenda_item (tenant_id, carries_id);
create index recommendation_open_idx on almoner.recommendation (tenant_id, paper_id)
    where withdrawn_at is null and (answer is null or answer = 'DEFERRED');
alter table almoner.agenda_item alter column reviews_actions drop default;
"""

REGISTER = """
alter table almoner.committee_delegation add column answer_by date;
alter table almoner.delegation_item
    add column withdrawn_at timestamptz,
    add column withdraw_reason varchar;
create table almoner.delegation_refusal (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    item_id uuid not null,
    body_id uuid not null,
    reference varchar not null,
    reason varchar not null,
    declined_by uuid not null,
    declined_at timestamptz not null,
    public_at timestamptz,
    constraint delegation_refusal_pkey primary key (tenant_id, id),
    constraint delegation_refusal_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint delegation_refusal_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.delegation_item (tenant_id, id),
    constraint delegation_refusal_tenant_id_body_id_fkey foreign key (tenant_id, body_id)
        references almoner.organization (tenant_id, id),
    constraint delegation_refusal_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index delegation_refusal_tenant_id_item_id_body_id_idx
    on almoner.delegation_refusal (tenant_id, item_id, body_id);
"""


def upgrade() -> None:
    """Change the tables, and guard the new one."""
    op.execute(AGENDA_ITEM)
    op.execute(REGISTER)
    isolate("delegation_refusal")
