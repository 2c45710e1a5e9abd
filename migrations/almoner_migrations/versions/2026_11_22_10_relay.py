"""What the relay may do across tenants is no more than it does: look at jobs that are under way, and mark them."""

from __future__ import annotations

from alembic import op

revision = "20261122_10"
down_revision = "20261122_09"
branch_labels = None
depends_on = None

UNDER_WAY = "state in ('QUEUED', 'RUNNING')"


def upgrade() -> None:
    """Two policies for one that let the owner do everything to every job."""
    op.execute("drop policy relay on almoner.job")
    op.execute(f"create policy relay_looks on almoner.job for select to almoner_owner using ({UNDER_WAY})")
    op.execute(
        "create policy relay_marks on almoner.job for update to almoner_owner"
        f" using ({UNDER_WAY}) with check ({UNDER_WAY})"
    )


def downgrade() -> None:
    """The other way round."""
    op.execute("drop policy relay_looks on almoner.job")
    op.execute("drop policy relay_marks on almoner.job")
    op.execute("create policy relay on almoner.job to almoner_owner using (true) with check (true)")
