"""`TenantScope`: what every verb holds. There is no way to a tenant's rows without one.

It stands at the bottom of the house, so it reaches authorization, journal and jobs through three small protocols;
`almoner/wiring.py` joins the implementations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from almoner.core.clock import Clock
from almoner.core.errors import Denied, NotFound
from almoner.core.tables import TenantTable
from almoner.core.viewer import Viewer

__all__ = ["Authorizer", "Outbox", "Recorder", "TenantScope", "Viewer"]

Row = TypeVar("Row", bound=TenantTable)


class Authorizer(Protocol):
    """Answers what a viewer may do, and which rows and fields it sees."""

    def allows(self, viewer: Viewer, permission: str, row: TenantTable | None) -> bool:
        """May the viewer do this, to this row if there is one?"""

    def rows(self, viewer: Viewer, permission: str, table: type[TenantTable]) -> ColumnElement[bool]:
        """The rows of the table for which the viewer holds the permission, as an SQL predicate."""


class Recorder(Protocol):
    """Writes the journal."""

    def record(self, scope: TenantScope, action: str, subject: TenantTable, detail: dict[str, Any]) -> None:
        """Add an entry to the scope's transaction."""


class Outbox(Protocol):
    """Takes work for later."""

    async def enqueue(
        self,
        scope: TenantScope,
        kind: str,
        subject: TenantTable,
        parameters: dict[str, Any],
        run_at: datetime | None = None,
    ) -> Any:
        """Add a job row to the scope's transaction and return it; it is due at once, or at that instant."""


@dataclass(slots=True)
class TenantScope:
    """One transaction of one tenant, by one viewer."""

    session: AsyncSession
    viewer: Viewer
    request_id: str
    clock: Clock
    authorizer: Authorizer
    recorder: Recorder
    outbox: Outbox
    _now: datetime | None = field(default=None, init=False)

    @property
    def tenant_id(self) -> UUID:
        """The tenant of everything in this scope."""
        return self.viewer.tenant_id

    def now(self) -> datetime:
        """The instant of this operation: the same at each call, so that all its rows agree."""
        if self._now is None:
            self._now = self.clock()
        return self._now

    async def find(self, table: type[Row], row_id: UUID, *, lock: bool = False) -> Row | None:
        """The row with that id in this tenant, or None; `lock` holds it until the transaction ends."""
        query = select(table).where(
            col(table.tenant_id) == self.tenant_id,
            col(table.id) == row_id,
        )
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self.session.execute(query)).scalar_one_or_none()

    async def get(self, table: type[Row], row_id: UUID, permission: str, *, lock: bool = False) -> Row:
        """The row with that id that the viewer may view.

        Args:
            permission: the permission to view such a row; without it the row does not exist for this viewer.

        Raises:
            NotFound: no such row in this tenant, or none that the viewer may know of.
        """
        row = await self.find(table, row_id, lock=lock)
        if row is None or not self.allows(permission, row):
            raise NotFound("There is nothing with this id.")
        return row

    def allows(self, permission: str, row: TenantTable | None = None) -> bool:
        """Whether the viewer holds the permission (for this row, if one is given)."""
        return self.authorizer.allows(self.viewer, permission, row)

    def require(self, permission: str, row: TenantTable | None = None) -> None:
        """Insist on a permission.

        Raises:
            Denied: the viewer does not hold it.
        """
        if not self.allows(permission, row):
            raise Denied(f"This needs the permission {permission}, which you do not hold here.")

    def rows(self, permission: str, table: type[TenantTable]) -> ColumnElement[bool]:
        """Which rows of a table the viewer holds the permission for: tenant and scopes, as one SQL predicate."""
        return self.authorizer.rows(self.viewer, permission, table)

    def record(self, action: str, subject: TenantTable, **detail: Any) -> None:
        """Write to the journal what happened, in this transaction."""
        self.recorder.record(self, action, subject, detail)

    async def enqueue(self, kind: str, subject: TenantTable, **parameters: Any) -> Any:
        """Put a job for a worker into this transaction."""
        return await self.outbox.enqueue(self, kind, subject, parameters)

    async def enqueue_at(self, run_at: datetime, kind: str, subject: TenantTable, **parameters: Any) -> Any:
        """The same for a job that no worker is to start before an instant."""
        return await self.outbox.enqueue(self, kind, subject, parameters, run_at)
