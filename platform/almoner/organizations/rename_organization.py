"""Giving an organization another name."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.core.errors import Invalid
from almoner.core.scope import TenantScope
from almoner.organizations.create_organization import name_problems
from almoner.organizations.keep import keep_organization
from almoner.organizations.tables import Organization


async def rename_organization(scope: TenantScope, organization_id: UUID, *, name: str) -> Organization:
    """Give an organization another name. Its code stays: files, documents and people name it by that.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `organization:rename` for it.
        Invalid: the name is blank or too long.
    """
    organization = await keep_organization(scope, organization_id)
    scope.require(Permission.ORGANIZATION_RENAME, organization)
    if problems := name_problems(name):
        raise Invalid(problems)
    was, organization.name = organization.name, name.strip()
    scope.record("organization.renamed", organization, was=was, name=organization.name)
    return organization
