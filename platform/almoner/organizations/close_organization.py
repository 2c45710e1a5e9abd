"""Letting an organization go, and taking it back."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.invitations import withdraw_all_at
from almoner.authorization.permissions import Permission
from almoner.authorization.roles import end_all_at
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason
from almoner.organizations.keep import keep_organization
from almoner.organizations.tables import Organization


async def close_organization(scope: TenantScope, organization_id: UUID, *, reason: str) -> Organization:
    """Let an organization take no part any more: all roles there end, and all invitations to them.

    What belongs to it stays, and is seen by those who see all.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `organization:close` for it, or `role_assignment:end` for a role there.
        Invalid: no reason.
        Conflict: it is closed already.
    """
    organization = await _changeable(scope, organization_id, reason)
    if organization.closed_at is not None:
        raise Conflict("This organization is closed already.", code="ORGANIZATION_CLOSED")
    await end_all_at(scope, organization, reason=reason)
    await withdraw_all_at(scope, organization)
    organization.closed_at = scope.now()
    organization.closed_by = scope.viewer.subject_id
    organization.close_reason = reason.strip()
    scope.record("organization.closed", organization, reason=organization.close_reason)
    return organization


async def reopen_organization(scope: TenantScope, organization_id: UUID, *, reason: str) -> Organization:
    """Let a closed organization take part again. Roles there must be given anew.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `organization:close` for it.
        Invalid: no reason.
        Conflict: it is not closed.
    """
    organization = await _changeable(scope, organization_id, reason)
    if organization.closed_at is None:
        raise Conflict("This organization is not closed.", code="ORGANIZATION_OPEN")
    organization.closed_at = organization.closed_by = organization.close_reason = None
    scope.record("organization.reopened", organization, reason=reason.strip())
    return organization


async def _changeable(scope: TenantScope, organization_id: UUID, reason: str) -> Organization:
    organization = await keep_organization(scope, organization_id)
    scope.require(Permission.ORGANIZATION_CLOSE, organization)
    require_reason(reason)
    return organization
