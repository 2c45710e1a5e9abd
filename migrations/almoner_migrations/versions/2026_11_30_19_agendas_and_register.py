"""What brings an agenda item beside papers."""

from __future__ import annotations

from alembic import op

revision = "20261130_19"
down_revision = "20261122_14"
branch_labels = None
depends_on = None

AGENDA_ITEM = """
alter table almoner.agenda_item
    add column minutes_of_id uuid,
    add column reviews_actions boolean not null default false,
    add constraint agenda_item_tenant_id_minutes_of_id_fkey foreign key (tenant_id, minutes_of_id)
        references almoner.meeting (tenant_id, id);
alter table almoner.agenda_item alter column reviews_actions drop default;
"""


def upgrade() -> None:
    """Change the tables."""
    op.execute(AGENDA_ITEM)
