"""Votes, decisions, minutes, actions, referrals, calendars and reminders."""

from __future__ import annotations

from alembic import op

from almoner_migrations.changes import tell_changes
from almoner_migrations.isolation import isolate

revision = "20261122_14"
down_revision = "20261122_13"
branch_labels = None
depends_on = None

CALENDAR_FEED = """
create table almoner.calendar_feed (
    tenant_id uuid not null,
    id uuid not null,
    subject_id uuid not null,
    digest varchar not null,
    created_at timestamptz not null,
    closed_at timestamptz,
    constraint calendar_feed_pkey primary key (tenant_id, id),
    constraint calendar_feed_tenant_id_digest_key unique (tenant_id, digest),
    constraint calendar_feed_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index calendar_feed_tenant_id_subject_id_created_at_idx
    on almoner.calendar_feed (tenant_id, subject_id, created_at);
"""

MINUTES = """
create table almoner.minutes (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    status varchar not null,
    drafted_at timestamptz not null,
    circulated_at timestamptz,
    approved_at timestamptz,
    public_at timestamptz,
    constraint minutes_pkey primary key (tenant_id, id),
    constraint minutes_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint minutes_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint minutes_tenant_id_meeting_id_key unique (tenant_id, meeting_id),
    constraint minutes_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index minutes_tenant_id_committee_id_status_idx on almoner.minutes (tenant_id, committee_id, status);
"""

ACTION = """
create table almoner.action (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    item_id uuid,
    reference varchar not null,
    subject varchar not null,
    owner varchar not null,
    owner_id uuid,
    status varchar not null,
    due_on date not null,
    raised_on date not null,
    closed_on date,
    public_at timestamptz,
    barred uuid[] not null,
    constraint action_pkey primary key (tenant_id, id),
    constraint action_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint action_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint action_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.agenda_item (tenant_id, id),
    constraint action_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index action_tenant_id_committee_id_status_due_on_id_idx
    on almoner.action (tenant_id, committee_id, status, due_on, id);
create index action_tenant_id_meeting_id_idx on almoner.action (tenant_id, meeting_id);
create index action_tenant_id_committee_id_id_idx on almoner.action (tenant_id, committee_id, id);
create index action_tenant_id_committee_id_due_on_id_idx on almoner.action (tenant_id, committee_id, due_on, id);
create index action_tenant_id_committee_id_raised_on_closed_on_idx
    on almoner.action (tenant_id, committee_id, raised_on, closed_on);
create index action_tenant_id_owner_id_status_idx on almoner.action (tenant_id, owner_id, status);
"""

MINUTES_ENTRY = """
create table almoner.minutes_entry (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    minutes_id uuid not null,
    item_id uuid,
    position integer not null,
    heading varchar not null,
    text varchar not null,
    is_private boolean not null,
    public_at timestamptz,
    barred uuid[] not null,
    constraint minutes_entry_pkey primary key (tenant_id, id),
    constraint minutes_entry_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint minutes_entry_tenant_id_minutes_id_fkey foreign key (tenant_id, minutes_id)
        references almoner.minutes (tenant_id, id),
    constraint minutes_entry_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.agenda_item (tenant_id, id),
    constraint minutes_entry_tenant_id_minutes_id_position_key unique (tenant_id, minutes_id, position),
    constraint minutes_entry_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

VOTE = """
create table almoner.vote (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    item_id uuid not null,
    motion varchar not null,
    majority varchar not null,
    majority_share varchar,
    opened_by uuid not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    votes_for numeric,
    votes_against numeric,
    abstentions numeric,
    is_carried boolean,
    lacking jsonb not null,
    public_at timestamptz,
    barred uuid[] not null,
    constraint vote_pkey primary key (tenant_id, id),
    constraint vote_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint vote_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint vote_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.agenda_item (tenant_id, id),
    constraint vote_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index vote_open_idx on almoner.vote (tenant_id, meeting_id) where closed_at is null;
create index vote_tenant_id_item_id_idx on almoner.vote (tenant_id, item_id);
create index vote_tenant_id_meeting_id_opened_at_idx on almoner.vote (tenant_id, meeting_id, opened_at);
"""

ACTION_UPDATE = """
create table almoner.action_update (
    tenant_id uuid not null,
    id uuid not null,
    action_id uuid not null,
    text varchar not null,
    status varchar not null,
    reported_by uuid not null,
    reported_at timestamptz not null,
    constraint action_update_pkey primary key (tenant_id, id),
    constraint action_update_tenant_id_action_id_fkey foreign key (tenant_id, action_id)
        references almoner.action (tenant_id, id),
    constraint action_update_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index action_update_tenant_id_action_id_reported_at_idx
    on almoner.action_update (tenant_id, action_id, reported_at);
"""

BALLOT = """
create table almoner.ballot (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    vote_id uuid not null,
    appointment_id uuid not null,
    subject_id uuid not null,
    choice varchar not null,
    weight numeric,
    cast_at timestamptz not null,
    constraint ballot_pkey primary key (tenant_id, id),
    constraint ballot_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint ballot_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint ballot_tenant_id_vote_id_fkey foreign key (tenant_id, vote_id)
        references almoner.vote (tenant_id, id),
    constraint ballot_tenant_id_appointment_id_fkey foreign key (tenant_id, appointment_id)
        references almoner.appointment (tenant_id, id),
    constraint ballot_tenant_id_vote_id_appointment_id_key unique (tenant_id, vote_id, appointment_id),
    constraint ballot_tenant_id_vote_id_subject_id_key unique (tenant_id, vote_id, subject_id),
    constraint ballot_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

DECISION = """
create table almoner.decision (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    item_id uuid not null,
    number integer not null,
    kind varchar not null,
    text varchar not null,
    vote_id uuid,
    delegation_item_id uuid,
    amount numeric,
    declared_by uuid not null,
    decided_at timestamptz not null,
    public_at timestamptz,
    barred uuid[] not null,
    constraint decision_pkey primary key (tenant_id, id),
    constraint decision_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint decision_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint decision_tenant_id_item_id_fkey foreign key (tenant_id, item_id)
        references almoner.agenda_item (tenant_id, id),
    constraint decision_tenant_id_vote_id_fkey foreign key (tenant_id, vote_id)
        references almoner.vote (tenant_id, id),
    constraint decision_tenant_id_delegation_item_id_fkey foreign key (tenant_id, delegation_item_id)
        references almoner.delegation_item (tenant_id, id),
    constraint decision_tenant_id_committee_id_number_key unique (tenant_id, committee_id, number),
    constraint decision_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index decision_tenant_id_item_id_idx on almoner.decision (tenant_id, item_id);
create index decision_tenant_id_committee_id_decided_at_id_idx
    on almoner.decision (tenant_id, committee_id, decided_at, id);
create index decision_tenant_id_meeting_id_idx on almoner.decision (tenant_id, meeting_id);
"""

MINUTES_AMENDMENT = """
create table almoner.minutes_amendment (
    tenant_id uuid not null,
    id uuid not null,
    entry_id uuid not null,
    amended_by uuid not null,
    amended_at timestamptz not null,
    was varchar not null,
    text varchar not null,
    reason varchar not null,
    constraint minutes_amendment_pkey primary key (tenant_id, id),
    constraint minutes_amendment_tenant_id_entry_id_fkey foreign key (tenant_id, entry_id)
        references almoner.minutes_entry (tenant_id, id),
    constraint minutes_amendment_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index minutes_amendment_tenant_id_entry_id_amended_at_idx
    on almoner.minutes_amendment (tenant_id, entry_id, amended_at);
"""

REMINDER = """
create table almoner.reminder (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    meeting_id uuid not null,
    paper_id uuid,
    subject_id uuid not null,
    kind varchar not null,
    due_on date not null,
    reminded_at timestamptz not null,
    seen_at timestamptz,
    constraint reminder_pkey primary key (tenant_id, id),
    constraint reminder_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint reminder_tenant_id_meeting_id_fkey foreign key (tenant_id, meeting_id)
        references almoner.meeting (tenant_id, id),
    constraint reminder_tenant_id_paper_id_fkey foreign key (tenant_id, paper_id)
        references almoner.paper (tenant_id, id),
    constraint reminder_tenant_id_subject_id_kind_meeting_id_paper_id_key
        unique nulls not distinct (tenant_id, subject_id, kind, meeting_id, paper_id),
    constraint reminder_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index reminder_tenant_id_subject_id_reminded_at_idx on almoner.reminder (tenant_id, subject_id, reminded_at);
"""

DECISION_BODY = """
create table almoner.decision_body (
    tenant_id uuid not null,
    id uuid not null,
    decision_id uuid not null,
    body_id uuid not null,
    adoption_id uuid,
    constraint decision_body_pkey primary key (tenant_id, id),
    constraint decision_body_tenant_id_decision_id_fkey foreign key (tenant_id, decision_id)
        references almoner.decision (tenant_id, id),
    constraint decision_body_tenant_id_body_id_fkey foreign key (tenant_id, body_id)
        references almoner.organization (tenant_id, id),
    constraint decision_body_tenant_id_adoption_id_fkey foreign key (tenant_id, adoption_id)
        references almoner.delegation_adoption (tenant_id, id),
    constraint decision_body_tenant_id_decision_id_body_id_key unique (tenant_id, decision_id, body_id),
    constraint decision_body_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

RECOMMENDATION = """
create table almoner.recommendation (
    tenant_id uuid not null,
    id uuid not null,
    paper_id uuid not null,
    position integer not null,
    text varchar not null,
    answer varchar,
    answer_text varchar,
    answered_at timestamptz,
    decision_id uuid,
    withdrawn_at timestamptz,
    constraint recommendation_pkey primary key (tenant_id, id),
    constraint recommendation_tenant_id_paper_id_fkey foreign key (tenant_id, paper_id)
        references almoner.paper (tenant_id, id),
    constraint recommendation_tenant_id_decision_id_fkey foreign key (tenant_id, decision_id)
        references almoner.decision (tenant_id, id),
    constraint recommendation_tenant_id_paper_id_position_key unique (tenant_id, paper_id, position),
    constraint recommendation_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index recommendation_tenant_id_decision_id_idx on almoner.recommendation (tenant_id, decision_id);
"""

REFERRAL = """
create table almoner.referral (
    tenant_id uuid not null,
    id uuid not null,
    committee_id uuid not null,
    decision_id uuid not null,
    to_id uuid not null,
    reason varchar not null,
    referred_at timestamptz not null,
    answer varchar,
    answered_by uuid,
    answered_at timestamptz,
    public_at timestamptz,
    constraint referral_pkey primary key (tenant_id, id),
    constraint referral_tenant_id_committee_id_fkey foreign key (tenant_id, committee_id)
        references almoner.committee (tenant_id, id),
    constraint referral_tenant_id_decision_id_fkey foreign key (tenant_id, decision_id)
        references almoner.decision (tenant_id, id),
    constraint referral_tenant_id_to_id_fkey foreign key (tenant_id, to_id)
        references almoner.committee (tenant_id, id),
    constraint referral_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index referral_tenant_id_committee_id_referred_at_idx
    on almoner.referral (tenant_id, committee_id, referred_at);
create index referral_tenant_id_decision_id_idx on almoner.referral (tenant_id, decision_id);
create index referral_tenant_id_to_id_referred_at_idx on almoner.referral (tenant_id, to_id, referred_at);
"""

TABLES = {
    "calendar_feed": CALENDAR_FEED,
    "minutes": MINUTES,
    "action": ACTION,
    "minutes_entry": MINUTES_ENTRY,
    "vote": VOTE,
    "action_update": ACTION_UPDATE,
    "ballot": BALLOT,
    "decision": DECISION,
    "minutes_amendment": MINUTES_AMENDMENT,
    "reminder": REMINDER,
    "decision_body": DECISION_BODY,
    "recommendation": RECOMMENDATION,
    "referral": REFERRAL,
}
#: Whoever follows a meeting hears of these, too.
OF_A_MEETING = ("vote", "ballot", "decision", "minutes", "action")


def upgrade() -> None:
    """Make the tables and guard them."""
    for table, statements in TABLES.items():
        op.execute(statements)
        isolate(table)
    for table in OF_A_MEETING:
        tell_changes(table, "meeting", "meeting_id")
