"""Who is kept from a private item is kept from referrals, declared interests and ballots about it, too.

Who is in the room of a public meeting is public from its opening. The quorum was public with its meeting before, so the
column that says since when goes.
"""

from __future__ import annotations

from alembic import op

revision = "20261130_16"
down_revision = "20261130_15"
branch_labels = None
depends_on = None

COLUMNS = """
alter table almoner.referral add barred uuid[] not null default '{}';
alter table almoner.conflict_declaration add barred uuid[] not null default '{}';
alter table almoner.ballot add barred uuid[] not null default '{}';
alter table almoner.referral alter barred drop default;
alter table almoner.conflict_declaration alter barred drop default;
alter table almoner.ballot alter barred drop default;
"""

# What the rows belong to knows already who is kept from it. Nobody is kept from what they have said themselves.
KNOWN = """
update almoner.referral own set barred = decision.barred
    from almoner.decision
    where decision.tenant_id = own.tenant_id and decision.id = own.decision_id and decision.barred <> '{}';
update almoner.conflict_declaration own set barred = array_remove(item.barred, own.subject_id)
    from almoner.agenda_item item
    where item.tenant_id = own.tenant_id and item.id = own.item_id and item.barred <> '{}';
update almoner.ballot own set barred = array_remove(vote.barred, own.subject_id)
    from almoner.vote
    where vote.tenant_id = own.tenant_id and vote.id = own.vote_id and vote.barred <> '{}';
"""
IN_THE_ROOM = """
update almoner.attendance own set public_at = meeting.opened_at
    from almoner.meeting
    where meeting.tenant_id = own.tenant_id and meeting.id = own.meeting_id and meeting.is_public
    and meeting.opened_at is not null and own.public_at is null;
"""
READ_AND_WRITTEN = (
    *("referral", "decision", "conflict_declaration", "agenda_item", "ballot", "vote", "attendance", "meeting"),
)


def upgrade() -> None:
    """Add the columns, and fill them; take the other one away."""
    op.execute(COLUMNS)
    op.execute("alter table almoner.quorum_change drop public_at")
    # Forced, row-level security hides all rows from the tables' owner as well.
    for table in READ_AND_WRITTEN:
        op.execute(f"alter table almoner.{table} no force row level security")
    op.execute(KNOWN)
    op.execute(IN_THE_ROOM)
    for table in READ_AND_WRITTEN:
        op.execute(f"alter table almoner.{table} force row level security")
