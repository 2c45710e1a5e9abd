"""Founding a committee."""

from __future__ import annotations

from almoner.authorization.document import OrganizationKind
from almoner.authorization.permissions import Permission
from almoner.committees.tables import Committee
from almoner.committees.words import CommitteeKind
from almoner.core.scope import TenantScope
from almoner.organizations.create_organization import create_organization


async def create_committee(
    scope: TenantScope, *, kind: CommitteeKind, code: str, name: str, can_decide: bool, is_public: bool
) -> Committee:
    """Found a committee, and admit the organization that it is.

    Args:
        can_decide: it is a legal entity that decides; otherwise it notes, endorses, recommends and refers.
        is_public: everybody may know of it.

    Raises:
        Denied: the viewer lacks `committee:create` or `organization:create`.
        Invalid, Conflict: see `create_organization`.
    """
    scope.require(Permission.COMMITTEE_CREATE)
    organization = await create_organization(scope, kind=OrganizationKind.COMMITTEE, code=code, name=name)
    committee = Committee(
        tenant_id=scope.tenant_id,
        id=organization.id,
        kind=kind,
        can_decide=can_decide,
        public_at=scope.now() if is_public else None,
    )
    scope.session.add(committee)
    await scope.session.flush()
    scope.record("committee.created", committee, kind=kind, can_decide=can_decide, is_public=is_public)
    return committee
