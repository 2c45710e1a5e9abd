"""What verbs read of a rate development that they have found."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from almoner.core.errors import NotFound
from almoner.core.scope import TenantScope
from almoner.rates.tables import RateDevelopment, RatePackage, RateRevision


async def get_revision(scope: TenantScope, development: RateDevelopment, number: int | None) -> RateRevision:
    """A revision of a development that the viewer may see; None asks for the current one.

    Raises:
        NotFound: no revision with that number.
    """
    query = select(RateRevision).where(
        col(RateRevision.tenant_id) == scope.tenant_id,
        col(RateRevision.development_id) == development.id,
        col(RateRevision.number) == (development.revision if number is None else number),
    )
    revision = (await scope.session.execute(query)).scalar_one_or_none()
    if revision is None:
        raise NotFound(f"There is no revision {number} of this development.", code="REVISION_NOT_FOUND")
    return revision


async def package_of(scope: TenantScope, revision: RateRevision) -> dict[str, Any] | None:
    """The package of a revision of a development that the viewer may see; None while the revision waits for one."""
    query = select(RatePackage.content).where(
        col(RatePackage.tenant_id) == scope.tenant_id, col(RatePackage.revision_id) == revision.id
    )
    content: dict[str, Any] | None = (await scope.session.execute(query)).scalar_one_or_none()
    return content
