"""Holding an organization as it is while a verb gives roles at it or changes it."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.core.errors import NotFound
from almoner.core.scope import TenantScope
from almoner.organizations.tables import Organization


async def keep_organization(scope: TenantScope, organization_id: UUID) -> Organization:
    """An organization that the viewer may see, which nobody else changes or closes until the transaction ends.

    Raises:
        NotFound: none that the viewer may see.
    """
    return await scope.get(Organization, organization_id, Permission.ORGANIZATION_VIEW, lock=True)


async def keep_place(scope: TenantScope, organization_id: UUID) -> Organization:
    """The same for whoever asks: for verbs about what is held at it already.

    Raises:
        NotFound: there is none.
    """
    found = await scope.find(Organization, organization_id, lock=True)
    if found is None:
        raise NotFound("There is no such organization.")
    return found
