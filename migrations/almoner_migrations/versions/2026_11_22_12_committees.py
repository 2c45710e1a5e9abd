"""Committees: what they are made of, their rules, who sits on them, what is delegated to them."""

from __future__ import annotations

from alembic import op

from almoner_migrations.isolation import isolate

revision = "20261122_12"
down_revision = "20261122_11"
branch_labels = None
depends_on = None

COMMITTEE = """
create table almoner.committee (
    tenant_id uuid not null,
    id uuid not null,
    kind varchar not null,
    can_decide boolean not null,
    public_at timestamptz,
    constraint committee_pkey primary key (tenant_id, id),
    constraint committee_tenant_id_id_fkey foreign key (tenant_id, id)
        references almoner.organization (tenant_id, id),
    constraint committee_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index committee_tenant_id_kind_id_idx on almoner.committee (tenant_id, kind, id);
"""

COMMITTEE_BODY = """
create table almoner.committee_body (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    body_id uuid not null,
    weight numeric not null,
    since_on date not null,
    until_on date,
    constraint committee_body_pkey primary key (tenant_id, id),
    constraint committee_body_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint committee_body_tenant_id_body_id_fkey foreign key (tenant_id, body_id)
        references almoner.organization (tenant_id, id),
    constraint committee_body_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index committee_body_tenant_id_committee_id_body_id_idx
    on almoner.committee_body (tenant_id, committee_id, body_id);
"""

COMMITTEE_DELEGATION = """
create table almoner.committee_delegation (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    position integer not null,
    workstream varchar not null,
    rationale varchar not null,
    impact varchar not null,
    proposed_by uuid not null,
    proposed_at timestamptz not null,
    public_at timestamptz,
    constraint committee_delegation_pkey primary key (tenant_id, id),
    constraint committee_delegation_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint committee_delegation_tenant_id_committee_id_position_key unique (tenant_id, committee_id, position),
    constraint committee_delegation_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

COMMITTEE_RELATION = """
create table almoner.committee_relation (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    kind varchar not null,
    other_id uuid not null,
    ended_at timestamptz,
    constraint committee_relation_pkey primary key (tenant_id, id),
    constraint committee_relation_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint committee_relation_tenant_id_other_id_fkey foreign key (tenant_id, other_id)
        references almoner.organization (tenant_id, id),
    constraint committee_relation_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create unique index committee_relation_now_key
    on almoner.committee_relation (tenant_id, committee_id, kind, other_id) where ended_at is null;
"""

EXCLUSION = """
create table almoner.exclusion (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    kind varchar not null,
    affiliation varchar,
    other_id uuid,
    reason varchar not null,
    lifted_at timestamptz,
    constraint exclusion_pkey primary key (tenant_id, id),
    constraint exclusion_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint exclusion_tenant_id_other_id_fkey foreign key (tenant_id, other_id)
        references almoner.committee (tenant_id, id),
    constraint exclusion_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index exclusion_tenant_id_committee_id_idx on almoner.exclusion (tenant_id, committee_id);
create index exclusion_tenant_id_other_id_idx on almoner.exclusion (tenant_id, other_id);
"""

INTEREST = """
create table almoner.interest (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    subject_id uuid not null,
    text varchar not null,
    declared_at timestamptz not null,
    ended_at timestamptz,
    constraint interest_pkey primary key (tenant_id, id),
    constraint interest_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint interest_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index interest_tenant_id_committee_id_declared_at_idx
    on almoner.interest (tenant_id, committee_id, declared_at);
create index interest_tenant_id_subject_id_idx on almoner.interest (tenant_id, subject_id);
"""

SEAT = """
create table almoner.seat (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    title varchar not null,
    minimum integer not null,
    maximum integer,
    vote varchar not null,
    drawn_from varchar not null,
    stands_for varchar not null,
    role varchar not null,
    closed_at timestamptz,
    constraint seat_pkey primary key (tenant_id, id),
    constraint seat_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint seat_tenant_id_committee_id_title_key unique (tenant_id, committee_id, title),
    constraint seat_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

TERMS_OF_REFERENCE = """
create table almoner.terms_of_reference (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    number integer not null,
    text varchar not null,
    rules jsonb not null,
    drafted_by uuid not null,
    drafted_at timestamptz not null,
    in_force_at timestamptz,
    public_at timestamptz,
    constraint terms_of_reference_pkey primary key (tenant_id, id),
    constraint terms_of_reference_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint terms_of_reference_tenant_id_committee_id_number_key unique (tenant_id, committee_id, number),
    constraint terms_of_reference_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index terms_of_reference_tenant_id_committee_id_in_force_at_idx
    on almoner.terms_of_reference (tenant_id, committee_id, in_force_at);
"""

APPOINTMENT = """
create table almoner.appointment (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    seat_id uuid not null,
    subject_id uuid not null,
    name varchar not null,
    body_id uuid,
    affiliations jsonb not null,
    begins_on date not null,
    ends_on date,
    appointed_by varchar not null,
    assignment_id uuid not null,
    ended_at timestamptz,
    end_reason varchar,
    public_at timestamptz,
    constraint appointment_pkey primary key (tenant_id, id),
    constraint appointment_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint appointment_tenant_id_seat_id_fkey foreign key (tenant_id, seat_id)
        references almoner.seat (tenant_id, id),
    constraint appointment_tenant_id_subject_id_fkey foreign key (tenant_id, subject_id)
        references almoner.account (tenant_id, id),
    constraint appointment_tenant_id_body_id_fkey foreign key (tenant_id, body_id)
        references almoner.organization (tenant_id, id),
    constraint appointment_tenant_id_assignment_id_fkey foreign key (tenant_id, assignment_id)
        references almoner.role_assignment (tenant_id, id),
    constraint appointment_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index appointment_tenant_id_committee_id_begins_on_idx
    on almoner.appointment (tenant_id, committee_id, begins_on);
create index appointment_tenant_id_seat_id_idx on almoner.appointment (tenant_id, seat_id);
create index appointment_tenant_id_subject_id_idx on almoner.appointment (tenant_id, subject_id);
"""

DELEGATION_ITEM = """
create table almoner.delegation_item (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    delegation_id uuid not null,
    position integer not null,
    matter varchar not null,
    text varchar not null,
    fund varchar,
    limit_amount numeric,
    proposed_at timestamptz not null,
    public_at timestamptz,
    constraint delegation_item_pkey primary key (tenant_id, id),
    constraint delegation_item_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint delegation_item_tenant_id_delegation_id_fkey foreign key (tenant_id, delegation_id)
        references almoner.committee_delegation (tenant_id, id),
    constraint delegation_item_tenant_id_delegation_id_position_key unique (tenant_id, delegation_id, position),
    constraint delegation_item_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

TERMS_APPROVAL = """
create table almoner.terms_approval (
    tenant_id uuid not null,
    id uuid not null,
    terms_id uuid not null,
    body_id uuid not null,
    approved_on date not null,
    reference varchar not null,
    recorded_by uuid not null,
    recorded_at timestamptz not null,
    constraint terms_approval_pkey primary key (tenant_id, id),
    constraint terms_approval_tenant_id_terms_id_fkey foreign key (tenant_id, terms_id)
        references almoner.terms_of_reference (tenant_id, id),
    constraint terms_approval_tenant_id_body_id_fkey foreign key (tenant_id, body_id)
        references almoner.organization (tenant_id, id),
    constraint terms_approval_tenant_id_terms_id_body_id_key unique (tenant_id, terms_id, body_id),
    constraint terms_approval_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

DELEGATION_ADOPTION = """
create table almoner.delegation_adoption (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    item_id uuid not null,
    body_id uuid not null,
    reference varchar not null,
    decided_on date not null,
    begins_on date not null,
    ends_on date,
    conditions varchar,
    adopted_by uuid not null,
    adopted_at timestamptz not null,
    withdrawn_at timestamptz,
    withdraw_reason varchar,
    public_at timestamptz,
    constraint delegation_adoption_pkey primary key (tenant_id, id),
    constraint delegation_adoption_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint delegation_adoption_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.delegation_item (tenant_id, id),
    constraint delegation_adoption_tenant_id_body_id_fkey foreign key (tenant_id, body_id)
        references almoner.organization (tenant_id, id),
    constraint delegation_adoption_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index delegation_adoption_tenant_id_body_id_idx on almoner.delegation_adoption (tenant_id, body_id);
create index delegation_adoption_tenant_id_item_id_body_id_idx
    on almoner.delegation_adoption (tenant_id, item_id, body_id);
"""

TABLES = {
    "committee": COMMITTEE,
    "committee_body": COMMITTEE_BODY,
    "committee_delegation": COMMITTEE_DELEGATION,
    "committee_relation": COMMITTEE_RELATION,
    "exclusion": EXCLUSION,
    "interest": INTEREST,
    "seat": SEAT,
    "terms_of_reference": TERMS_OF_REFERENCE,
    "appointment": APPOINTMENT,
    "delegation_item": DELEGATION_ITEM,
    "terms_approval": TERMS_APPROVAL,
    "delegation_adoption": DELEGATION_ADOPTION,
}


def upgrade() -> None:
    """Make the tables and guard them."""
    for table, statements in TABLES.items():
        op.execute(statements)
        isolate(table)
