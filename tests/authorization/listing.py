"""What a viewer sees of who holds what, asked through the scope as verbs ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.authorization.tables import BreakGlass, Invitation, PolicyVersion, RoleAssignment
from almoner.core.scope import TenantScope
from almoner.journal.tables import JournalEntry

#: All that the public of an agency may do, of rows that are public.
PUBLIC = [
    "action:view",
    "agenda_item:view",
    "appointment:view",
    "attendance:view",
    "committee:view",
    "committee_delegation:view",
    "decision:view",
    "meeting:view",
    "minutes:view",
    "minutes_entry:view",
    "paper:view",
    "public_question:view",
    "rate_development:view",
    "referral:view",
    "terms_of_reference:view",
    "vote:view",
]


async def seen(scope: TenantScope, table: type[Any], permission: Permission, *where: Any) -> Sequence[Any]:
    """The rows of a table that the viewer may see, newest first."""
    query = select(table).where(scope.rows(permission, table), *where).order_by(col(table.id).desc())
    return (await scope.session.execute(query)).scalars().all()


async def policy_versions(scope: TenantScope) -> Sequence[PolicyVersion]:
    return await seen(scope, PolicyVersion, Permission.POLICY_VIEW)


async def role_assignments(scope: TenantScope, *, subject_id: UUID | None = None) -> Sequence[RoleAssignment]:
    where = () if subject_id is None else (col(RoleAssignment.subject_id) == subject_id,)
    return await seen(scope, RoleAssignment, Permission.ROLE_ASSIGNMENT_VIEW, *where)


async def invitations(scope: TenantScope) -> Sequence[Invitation]:
    return await seen(scope, Invitation, Permission.ROLE_ASSIGNMENT_VIEW)


async def broken_glasses(scope: TenantScope, *, open_only: bool = False) -> Sequence[BreakGlass]:
    where = (col(BreakGlass.reviewed_at).is_(None),) if open_only else ()
    return await seen(scope, BreakGlass, Permission.BREAK_GLASS_VIEW, *where)


async def journal(scope: TenantScope, *, subject_id: UUID) -> Sequence[JournalEntry]:
    scope.require(Permission.JOURNAL_ENTRY_VIEW)
    return await seen(scope, JournalEntry, Permission.JOURNAL_ENTRY_VIEW, col(JournalEntry.subject_id) == subject_id)
