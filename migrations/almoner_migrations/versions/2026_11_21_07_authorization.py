"""Organizations, roles held at them, and tenants' own policies with their versions."""

from __future__ import annotations

from alembic import op

from almoner_migrations.isolation import isolate

revision = "20261121_07"
down_revision = "20261121_06"
branch_labels = None
depends_on = None

ORGANIZATION = """
create table almoner.organization (
    tenant_id uuid not null,
    id uuid not null,
    kind varchar not null,
    code varchar not null,
    name varchar not null,
    constraint organization_pkey primary key (tenant_id, id),
    constraint organization_tenant_id_code_key unique (tenant_id, code),
    constraint organization_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

# Rows that are there keep what they say: held at the tenant, given by somebody who was not written down.
ROLE_ASSIGNMENT = """
alter table almoner.role_assignment
    add organization_id uuid,
    add kind varchar not null default 'GIVEN',
    add source_id uuid,
    add assigned_by uuid,
    add ended_at timestamptz,
    add ended_by uuid,
    add end_reason varchar,
    add constraint role_assignment_tenant_id_organization_id_fkey foreign key (tenant_id, organization_id)
        references almoner.organization (tenant_id, id),
    add constraint role_assignment_tenant_id_source_id_fkey foreign key (tenant_id, source_id)
        references almoner.role_assignment (tenant_id, id);
create index role_assignment_tenant_id_organization_id_idx on almoner.role_assignment (tenant_id, organization_id);
create index role_assignment_tenant_id_source_id_idx on almoner.role_assignment (tenant_id, source_id);
"""

INVITATION = """
create table almoner.invitation (
    tenant_id uuid not null,
    id uuid not null,
    email varchar not null,
    role varchar not null,
    organization_id uuid,
    reason varchar not null,
    invited_by uuid not null,
    invited_at timestamptz not null,
    valid_until timestamptz,
    expires_at timestamptz not null,
    withdrawn_at timestamptz,
    taken_up_at timestamptz,
    assignment_id uuid,
    constraint invitation_pkey primary key (tenant_id, id),
    constraint invitation_tenant_id_organization_id_fkey foreign key (tenant_id, organization_id)
        references almoner.organization (tenant_id, id),
    constraint invitation_tenant_id_assignment_id_fkey foreign key (tenant_id, assignment_id)
        references almoner.role_assignment (tenant_id, id),
    constraint invitation_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index invitation_tenant_id_email_idx on almoner.invitation (tenant_id, email);
"""

BREAK_GLASS = """
create table almoner.break_glass (
    tenant_id uuid not null,
    id uuid not null,
    subject_id uuid not null,
    assignment_id uuid not null,
    reason varchar not null,
    opened_at timestamptz not null,
    until_at timestamptz not null,
    reviewed_at timestamptz,
    reviewed_by uuid,
    justified boolean,
    finding varchar,
    constraint break_glass_pkey primary key (tenant_id, id),
    constraint break_glass_tenant_id_assignment_id_fkey foreign key (tenant_id, assignment_id)
        references almoner.role_assignment (tenant_id, id),
    constraint break_glass_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index break_glass_tenant_id_subject_id_idx on almoner.break_glass (tenant_id, subject_id);
"""

POLICY_VERSION = """
create table almoner.policy_version (
    tenant_id uuid not null,
    id uuid not null,
    number integer not null,
    author_id uuid not null,
    reason varchar not null,
    created_at timestamptz not null,
    changes jsonb not null,
    restores integer,
    constraint policy_version_pkey primary key (tenant_id, id),
    constraint policy_version_tenant_id_number_key unique (tenant_id, number),
    constraint policy_version_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

POLICY_ITEM = """
create table almoner.policy_item (
    tenant_id uuid not null,
    id uuid not null,
    kind varchar not null,
    key varchar not null,
    content jsonb not null,
    since_version integer not null,
    until_version integer,
    constraint policy_item_pkey primary key (tenant_id, id),
    constraint policy_item_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index policy_item_tenant_id_since_version_idx on almoner.policy_item (tenant_id, since_version);
create unique index policy_item_now_key on almoner.policy_item (tenant_id, key) where until_version is null;
"""

POLICY_PREVIEW = """
create table almoner.policy_preview (
    tenant_id uuid not null,
    id uuid not null,
    base integer not null,
    changes jsonb not null,
    restores integer,
    created_by uuid not null,
    created_at timestamptz not null,
    applied_version integer,
    constraint policy_preview_pkey primary key (tenant_id, id),
    constraint policy_preview_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

# Processes hear of a new version when it is committed, and can have it ready before the next request asks.
NOTICES = """
create function almoner.policy_changed() returns trigger
    language plpgsql as $$
    begin
        perform pg_notify('almoner_policy_changed', new.tenant_id || ' ' || new.number);
        return null;
    end $$;

create trigger policy_changed after insert on almoner.policy_version
    for each row execute function almoner.policy_changed();
"""


def upgrade() -> None:
    op.execute(ORGANIZATION)
    isolate("organization")
    op.execute(ROLE_ASSIGNMENT)
    op.execute(INVITATION)
    isolate("invitation")
    op.execute(BREAK_GLASS)
    isolate("break_glass")
    op.execute(POLICY_VERSION)
    isolate("policy_version", rights="select, insert")
    op.execute(POLICY_ITEM)
    isolate("policy_item", rights="select, insert")
    # What a version says never changes; only where an item ends is written later.
    op.execute("grant update (until_version) on almoner.policy_item to almoner_app")
    op.execute(POLICY_PREVIEW)
    isolate("policy_preview")
    op.execute(NOTICES)
    op.execute("alter table almoner.job add policy_version varchar")
