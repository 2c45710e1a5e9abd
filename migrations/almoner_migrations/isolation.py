"""What every tenant table gets, in one place: row-level security, enabled and forced, and the application's rights."""

from __future__ import annotations

from alembic import op


def isolate(table: str, *, rights: str = "select, insert, update") -> None:
    """Guard a tenant table.

    The `select` around `current_tenant()` makes PostgreSQL ask once per statement, not once per row. The policy names
    the application's role: whoever else reaches the table (its owner included, since security is forced) sees nothing.
    """
    op.execute(f"alter table almoner.{table} enable row level security, force row level security")
    op.execute(
        f"create policy tenant on almoner.{table} to almoner_app"
        " using (tenant_id = (select almoner.current_tenant()))"
        " with check (tenant_id = (select almoner.current_tenant()))"
    )
    op.execute(f"grant {rights} on almoner.{table} to almoner_app")
