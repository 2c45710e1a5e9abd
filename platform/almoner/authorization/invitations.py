"""Invitations: an assignment that waits for an account to take it up. How an account comes to be is `identity`'s."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from almoner.authorization.authorizer import policy_of
from almoner.authorization.permissions import Permission
from almoner.authorization.roles import (
    Party,
    add_assignment,
    assignment_detail,
    insist_on_appointing,
    place_problems,
    settled_policy,
)
from almoner.authorization.tables import AssignmentKind, Invitation, RoleAssignment
from almoner.core.errors import REFUSALS, Conflict, Denied, Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import reason_problems

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")


async def invite(
    scope: TenantScope,
    email: str,
    role: str,
    *,
    reason: str,
    expires_at: datetime,
    at: Party | None = None,
    valid_until: datetime | None = None,
) -> Invitation:
    """Invite somebody to a role.

    Args:
        expires_at: until when it can be taken up.
        valid_until: the end of the role itself; for good if not given.

    Raises:
        Denied: as for `assign_role`.
        Invalid: no e-mail address, no such role or not held there, no reason, or instants in the wrong order.
    """
    invitation = Invitation(
        tenant_id=scope.tenant_id,
        email=email.strip().lower(),
        role=role,
        organization_id=at.id if at else None,
        reason=reason.strip(),
        invited_by=scope.viewer.subject_id,
        invited_at=scope.now(),
        valid_until=valid_until,
        expires_at=expires_at,
    )
    scope.require(Permission.ROLE_ASSIGNMENT_CREATE, invitation)
    policy = policy_of(scope)
    insist_on_appointing(scope, policy, role)
    problems = [*place_problems(policy, role, at)]
    if not _EMAIL.fullmatch(invitation.email):
        problems.append(Problem("BAD_EMAIL", "Give an e-mail address.", ("email",)))
    problems += reason_problems(invitation.reason, "Say why the role is given.")
    if expires_at <= scope.now():
        problems.append(Problem("PERIOD_ORDER", "An invitation ends after it begins.", ("expiresAt",)))
    if valid_until is not None and valid_until <= scope.now():
        problems.append(Problem("PERIOD_ORDER", "A role ends after it begins.", ("validUntil",)))
    if problems:
        raise Invalid(problems)
    scope.session.add(invitation)
    await scope.session.flush()
    scope.record("role.invited", invitation, role=role, reason=invitation.reason)
    return invitation


async def withdraw_invitation(scope: TenantScope, invitation_id: UUID) -> Invitation:
    """Take an invitation back.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `role_assignment:end` there.
        Conflict: it was taken up or withdrawn.
    """
    invitation = await scope.get(Invitation, invitation_id, Permission.ROLE_ASSIGNMENT_VIEW, lock=True)
    scope.require(Permission.ROLE_ASSIGNMENT_END, invitation)
    _insist_on_open(invitation)
    _withdraw(scope, invitation)
    return invitation


async def take_up_invitation(
    scope: TenantScope, invitation_id: UUID, subject_id: UUID, *, at: Party | None = None
) -> RoleAssignment:
    """Make an invitation the assignment of an account.

    The caller has proved that the account belongs to the invited address, and holds the scope that it acts in; the
    right to give the role was the inviter's.

    Args:
        at: the invitation's organization, if it has one.

    Raises:
        NotFound: no such invitation.
        Denied: one has invited oneself.
        Invalid: the role is not there any more, or the account may not hold it beside its others.
        Conflict: it was taken up, was withdrawn or has expired.
    """
    policy = await settled_policy(scope)
    invitation = await scope.find(Invitation, invitation_id, lock=True)
    if invitation is None or (at.id if at else None) != invitation.organization_id:
        raise NotFound("There is no such invitation.")
    _insist_on_open(invitation)
    if invitation.invited_by == subject_id:
        raise Denied("You cannot give yourself a role: another person has to.", code="SEPARATION_OF_DUTIES")
    if invitation.expires_at <= scope.now():
        raise Conflict("This invitation has expired; ask for another.", code="INVITATION_EXPIRED")
    assignment = RoleAssignment(
        tenant_id=scope.tenant_id,
        subject_id=subject_id,
        role=invitation.role,
        reason=invitation.reason,
        valid_from=scope.now(),
        valid_until=invitation.valid_until,
        organization_id=invitation.organization_id,
        kind=AssignmentKind.INVITED,
        assigned_by=invitation.invited_by,
    )
    await add_assignment(scope, policy, assignment, at)
    invitation.taken_up_at = scope.now()
    invitation.assignment_id = assignment.id
    scope.record("role.invitation_taken_up", assignment, **assignment_detail(assignment))
    return assignment


async def open_invitations(scope: TenantScope, email: str) -> Sequence[Invitation]:
    """The invitations for an address that can be taken up now, oldest first."""
    query = select(Invitation).where(
        col(Invitation.tenant_id) == scope.tenant_id,
        col(Invitation.email) == email.strip().lower(),
        *_open_now(scope),
    )
    return (await scope.session.execute(query.order_by(col(Invitation.id)))).scalars().all()


async def take_up_all(
    scope: TenantScope, email: str, subject_id: UUID, places: Mapping[UUID, Party]
) -> list[RoleAssignment]:
    """Take up what an address is invited to, for an account that has just proved that it belongs to it.

    What cannot be taken up keeps nobody out: it stays open and is tried again at the next sign-in, until it expires or
    is withdrawn. The journal says why (`role.invitation_refused`).

    Args:
        places: the organizations of the address's invitations, by id.
    """
    made = []
    for invitation in await open_invitations(scope, email):
        place = places.get(invitation.organization_id) if invitation.organization_id else None
        try:
            made.append(await take_up_invitation(scope, invitation.id, subject_id, at=place))
        except REFUSALS as refused:
            codes = ",".join(problem.code for problem in refused.problems)
            scope.record("role.invitation_refused", invitation, role=invitation.role, codes=codes)
    return made


async def withdraw_all_at(scope: TenantScope, place: Party) -> None:
    """Take all invitations to roles at an organization back.

    Raises:
        Denied: the viewer lacks `role_assignment:end` there.
    """
    query = select(Invitation).where(
        col(Invitation.tenant_id) == scope.tenant_id, col(Invitation.organization_id) == place.id, *_open_now(scope)
    )
    for invitation in (await scope.session.execute(query.with_for_update())).scalars():
        scope.require(Permission.ROLE_ASSIGNMENT_END, invitation)
        _withdraw(scope, invitation)


def _open_now(scope: TenantScope) -> list[ColumnElement[bool]]:
    return [
        col(Invitation.taken_up_at).is_(None),
        col(Invitation.withdrawn_at).is_(None),
        col(Invitation.expires_at) > scope.now(),
    ]


def _withdraw(scope: TenantScope, invitation: Invitation) -> None:
    invitation.withdrawn_at = scope.now()
    scope.record("role.invitation_withdrawn", invitation, role=invitation.role)


def _insist_on_open(invitation: Invitation) -> None:
    if invitation.withdrawn_at is not None or invitation.taken_up_at is not None:
        raise Conflict("This invitation is not open any more.", code="INVITATION_CLOSED")
