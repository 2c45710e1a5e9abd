"""Meetings: agendas, papers, questions from the public, who attends, conflicts, quorum."""

from __future__ import annotations

from alembic import op

from almoner_migrations.changes import tell_changes
from almoner_migrations.isolation import isolate

revision = "20261122_13"
down_revision = "20261122_12"
branch_labels = None
depends_on = None

MEETING = """
create table almoner.meeting (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    status varchar not null,
    title varchar not null,
    held_on date not null,
    starts_at timestamptz not null,
    minutes_allotted integer not null,
    venue varchar not null,
    is_public boolean not null,
    urgent_reason varchar,
    notice_given_at timestamptz,
    agenda_published_at timestamptz,
    public_at timestamptz,
    opened_at timestamptz,
    formal_part_closed_at timestamptz,
    closed_at timestamptz,
    is_quorate boolean,
    cancelled_at timestamptz,
    cancel_reason varchar,
    approved_in_id uuid,
    constraint meeting_pkey primary key (tenant_id, id),
    constraint meeting_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint meeting_tenant_id_approved_in_id_fkey foreign key (tenant_id, approved_in_id)
        references almoner.meeting (tenant_id, id),
    constraint meeting_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index meeting_tenant_id_committee_id_starts_at_id_idx
    on almoner.meeting (tenant_id, committee_id, starts_at, id);
create index meeting_tenant_id_starts_at_id_idx on almoner.meeting (tenant_id, starts_at, id);
create index meeting_tenant_id_status_id_idx on almoner.meeting (tenant_id, status, id);
"""

PAPER_DOCUMENT = """
create table almoner.paper_document (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    digest varchar not null,
    name varchar not null,
    media_type varchar not null,
    size integer not null,
    content bytea not null,
    uploaded_by uuid not null,
    uploaded_at timestamptz not null,
    constraint paper_document_pkey primary key (tenant_id, id),
    constraint paper_document_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint paper_document_same_file_key unique (tenant_id, committee_id, digest, name, media_type),
    constraint paper_document_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

AGENDA_ITEM = """
create table almoner.agenda_item (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    section varchar not null,
    position integer not null,
    number varchar,
    title varchar not null,
    minutes_allotted integer,
    owner varchar not null,
    action varchar not null,
    format varchar not null,
    matter varchar,
    is_private boolean not null,
    withdrawn_at timestamptz,
    public_at timestamptz,
    barred uuid[] not null,
    constraint agenda_item_pkey primary key (tenant_id, id),
    constraint agenda_item_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint agenda_item_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint agenda_item_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index agenda_item_tenant_id_meeting_id_position_idx on almoner.agenda_item (tenant_id, meeting_id, position);
"""

PUBLIC_QUESTION = """
create table almoner.public_question (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    asked varchar not null,
    asked_by varchar not null,
    text varchar not null,
    asked_at timestamptz not null,
    answer varchar,
    answered_at timestamptz,
    public_at timestamptz,
    constraint public_question_pkey primary key (tenant_id, id),
    constraint public_question_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint public_question_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint public_question_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index public_question_tenant_id_meeting_id_asked_at_idx
    on almoner.public_question (tenant_id, meeting_id, asked_at);
"""

QUORUM_CHANGE = """
create table almoner.quorum_change (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    at timestamptz not null,
    is_quorate boolean not null,
    voting_members integer not null,
    bodies integer not null,
    lacking jsonb not null,
    public_at timestamptz,
    constraint quorum_change_pkey primary key (tenant_id, id),
    constraint quorum_change_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint quorum_change_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint quorum_change_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index quorum_change_tenant_id_meeting_id_at_id_idx on almoner.quorum_change (tenant_id, meeting_id, at, id);
"""

ATTENDANCE = """
create table almoner.attendance (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    appointment_id uuid not null,
    apologies_at timestamptz,
    substitute varchar,
    substitute_id uuid,
    is_present boolean not null,
    public_at timestamptz,
    constraint attendance_pkey primary key (tenant_id, id),
    constraint attendance_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint attendance_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint attendance_tenant_id_appointment_id_fkey foreign key (tenant_id, appointment_id)
        references almoner.appointment (tenant_id, id),
    constraint attendance_tenant_id_meeting_id_appointment_id_key unique (tenant_id, meeting_id, appointment_id),
    constraint attendance_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

CONFLICT_DECLARATION = """
create table almoner.conflict_declaration (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    item_id uuid not null,
    appointment_id uuid not null,
    subject_id uuid not null,
    text varchar not null,
    declared_at timestamptz not null,
    ruling varchar,
    ruled_by uuid,
    ruled_at timestamptz,
    constraint conflict_declaration_pkey primary key (tenant_id, id),
    constraint conflict_declaration_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint conflict_declaration_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint conflict_declaration_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.agenda_item (tenant_id, id),
    constraint conflict_declaration_tenant_id_appointment_id_fkey foreign key (tenant_id, appointment_id)
        references almoner.appointment (tenant_id, id),
    constraint conflict_declaration_tenant_id_item_id_subject_id_key unique (tenant_id, item_id, subject_id),
    constraint conflict_declaration_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index conflict_declaration_tenant_id_meeting_id_idx on almoner.conflict_declaration (tenant_id, meeting_id);
"""

PAPER = """
create table almoner.paper (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    item_id uuid not null,
    author_id uuid not null,
    title varchar not null,
    dated_on date,
    lead_authors jsonb not null,
    contributors jsonb not null,
    purposes jsonb not null,
    executive_summary varchar,
    next_steps varchar,
    equality_impact varchar,
    engagement varchar,
    financial_implications varchar,
    risk_identified boolean,
    risk varchar,
    authorised_by varchar,
    delegation_item_id uuid,
    asks_bodies jsonb not null,
    document_id uuid,
    withdrawn_at timestamptz,
    public_at timestamptz,
    barred uuid[] not null,
    constraint paper_pkey primary key (tenant_id, id),
    constraint paper_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint paper_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint paper_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.agenda_item (tenant_id, id),
    constraint paper_tenant_id_delegation_item_id_fkey foreign key (tenant_id, delegation_item_id)
        references almoner.delegation_item (tenant_id, id),
    constraint paper_tenant_id_document_id_fkey foreign key (tenant_id, document_id)
        references almoner.paper_document (tenant_id, id),
    constraint paper_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index paper_tenant_id_author_id_idx on almoner.paper (tenant_id, author_id);
create index paper_tenant_id_document_id_idx on almoner.paper (tenant_id, document_id);
create index paper_tenant_id_item_id_idx on almoner.paper (tenant_id, item_id);
create index paper_tenant_id_meeting_id_idx on almoner.paper (tenant_id, meeting_id);
"""

ATTENDANCE_SPAN = """
create table almoner.attendance_span (
    tenant_id uuid not null,
    id uuid not null,
    attendance_id uuid not null,
    arrived_at timestamptz not null,
    left_at timestamptz,
    constraint attendance_span_pkey primary key (tenant_id, id),
    constraint attendance_span_tenant_id_attendance_id_fkey foreign key (tenant_id, attendance_id)
        references almoner.attendance (tenant_id, id),
    constraint attendance_span_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index attendance_span_tenant_id_attendance_id_arrived_at_idx
    on almoner.attendance_span (tenant_id, attendance_id, arrived_at);
"""

TABLES = {
    "meeting": MEETING,
    "paper_document": PAPER_DOCUMENT,
    "agenda_item": AGENDA_ITEM,
    "public_question": PUBLIC_QUESTION,
    "quorum_change": QUORUM_CHANGE,
    "attendance": ATTENDANCE,
    "conflict_declaration": CONFLICT_DECLARATION,
    "paper": PAPER,
    "attendance_span": ATTENDANCE_SPAN,
}
#: Whoever follows a meeting hears of these, too.
OF_A_MEETING = ("agenda_item", "paper", "public_question", "attendance", "quorum_change", "conflict_declaration")


def upgrade() -> None:
    """Make the tables and guard them."""
    for table, statements in TABLES.items():
        op.execute(statements)
        isolate(table)
    tell_changes("meeting", "meeting")
    for table in OF_A_MEETING:
        tell_changes(table, "meeting", "meeting_id")
