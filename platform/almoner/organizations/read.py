"""Finding organizations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.errors import NotFound
from almoner.core.scope import TenantScope
from almoner.organizations.tables import Organization


async def organization_with_code(scope: TenantScope, code: str) -> Organization | None:
    """The organization with that code, whoever asks: for verbs that have checked who does."""
    query = select(Organization).where(col(Organization.tenant_id) == scope.tenant_id, col(Organization.code) == code)
    return (await scope.session.execute(query)).scalar_one_or_none()


async def get_organization(scope: TenantScope, organization_id: UUID) -> Organization:
    """An organization.

    Raises:
        NotFound: none that the viewer may see.
    """
    return await scope.get(Organization, organization_id, Permission.ORGANIZATION_VIEW)


async def find_organization(scope: TenantScope, code: str) -> Organization:
    """The organization with that code.

    Raises:
        NotFound: none that the viewer may see.
    """
    found = await organization_with_code(scope, code)
    if found is None or not scope.allows(Permission.ORGANIZATION_VIEW, found):
        raise NotFound(f"There is no organization {code}.", code="ORGANIZATION_NOT_FOUND")
    return found


async def organizations(scope: TenantScope, *, kind: str | None = None) -> Sequence[Organization]:
    """The organizations that the viewer may see, by code; of one kind if it is given."""
    query = select(Organization).where(scope.rows(Permission.ORGANIZATION_VIEW, Organization))
    if kind is not None:
        query = query.where(col(Organization.kind) == kind)
    return (await scope.session.execute(query.order_by(col(Organization.code)))).scalars().all()
