"""Reading policies, their versions, and who holds what."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.authorizer import policy_of
from almoner.authorization.document import Change, PolicyDocument, difference
from almoner.authorization.permissions import Permission
from almoner.authorization.stored import document_at
from almoner.authorization.tables import BreakGlass, Invitation, PolicyVersion, RoleAssignment
from almoner.core.errors import NotFound
from almoner.core.paging import Page, read_page
from almoner.core.scope import TenantScope


async def policy_versions(scope: TenantScope, *, first: int | None, after: str | None) -> Page[PolicyVersion]:
    """The versions of the tenant's policy, newest first.

    Raises:
        Denied: the viewer lacks `policy:view`.
        Invalid: a bad page size or cursor.
    """
    scope.require(Permission.POLICY_VIEW)
    where = [scope.rows(Permission.POLICY_VIEW, PolicyVersion)]
    return await read_page(scope.session, PolicyVersion, where=where, first=first, after=after, newest_first=True)


async def policy_document(scope: TenantScope, number: int | None = None) -> PolicyDocument:
    """The tenant's own part of the policy: now, or at a version.

    Raises:
        Denied: the viewer lacks `policy:view`.
        NotFound: there is no such version.
    """
    scope.require(Permission.POLICY_VIEW)
    now = policy_of(scope)
    if number is None or number == now.number:
        return now.document
    if not 0 <= number <= now.number:
        raise NotFound(f"There is no version {number} of the policy.")
    return await document_at(scope.session, scope.tenant_id, number)


async def policy_difference(scope: TenantScope, before: int, after: int) -> list[Change]:
    """What leads from one version to another, in either direction.

    Raises:
        Denied, NotFound: as above.
    """
    return difference(await policy_document(scope, before), await policy_document(scope, after))


async def role_assignments(
    scope: TenantScope, *, first: int | None, after: str | None, subject_id: UUID | None = None
) -> Page[RoleAssignment]:
    """Who was given which role, newest first, ended ones too; of one subject if it is given.

    Raises:
        Invalid: a bad page size or cursor.
    """
    where = [scope.rows(Permission.ROLE_ASSIGNMENT_VIEW, RoleAssignment)]
    if subject_id is not None:
        where.append(col(RoleAssignment.subject_id) == subject_id)
    return await read_page(scope.session, RoleAssignment, where=where, first=first, after=after, newest_first=True)


async def invitations(scope: TenantScope, *, first: int | None, after: str | None) -> Page[Invitation]:
    """The invitations that the viewer may see, newest first.

    Raises:
        Invalid: a bad page size or cursor.
    """
    where = [scope.rows(Permission.ROLE_ASSIGNMENT_VIEW, Invitation)]
    return await read_page(scope.session, Invitation, where=where, first=first, after=after, newest_first=True)


async def broken_glasses(scope: TenantScope, *, open_only: bool = False) -> Sequence[BreakGlass]:
    """Who broke the glass, newest first; only what still waits for its review if so wanted."""
    query = select(BreakGlass).where(scope.rows(Permission.BREAK_GLASS_VIEW, BreakGlass))
    if open_only:
        query = query.where(col(BreakGlass.reviewed_at).is_(None))
    return (await scope.session.execute(query.order_by(col(BreakGlass.id).desc()))).scalars().all()
