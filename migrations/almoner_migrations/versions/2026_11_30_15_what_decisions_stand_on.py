"""A vote carries one decision, and what decisions use of a delegation is found quickly.

Where a vote has carried several this is refused, and names the vote: which of them it has carried, people must say.
"""

from __future__ import annotations

from alembic import op

revision = "20261130_15"
down_revision = "20261122_14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Have the database keep it."""
    op.execute("alter table almoner.decision add constraint decision_tenant_id_vote_id_key unique (tenant_id, vote_id)")
    op.execute(
        "create index decision_tenant_id_delegation_item_id_idx on almoner.decision (tenant_id, delegation_item_id)"
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("drop index almoner.decision_tenant_id_delegation_item_id_idx")
    op.execute("alter table almoner.decision drop constraint decision_tenant_id_vote_id_key")
