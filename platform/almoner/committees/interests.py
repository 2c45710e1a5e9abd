"""The standing register of interests: members enter what is theirs, and end it."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.read import get_committee
from almoner.committees.tables import Interest
from almoner.core.errors import Conflict, Denied, Invalid
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems

MAX_INTEREST = 2_000


async def declare_interest(scope: TenantScope, committee_id: UUID, *, text: str) -> Interest:
    """Enter an interest of one's own in the register of a committee.

    Raises:
        NotFound: no such committee that the viewer may see.
        Denied: the viewer lacks `interest:declare` there, which members hold.
        Invalid: no text.
    """
    await get_committee(scope, committee_id)
    interest = Interest(
        tenant_id=scope.tenant_id,
        committee_id=committee_id,
        subject_id=scope.viewer.subject_id,
        text=text.strip(),
        declared_at=scope.now(),
    )
    scope.require(Permission.INTEREST_DECLARE, interest)
    if problems := wording_problems(text, MAX_INTEREST, ("text",)):
        raise Invalid(problems)
    scope.session.add(interest)
    await scope.session.flush()
    scope.record("interest.declared", interest, committee=str(committee_id))
    return interest


async def end_interest(scope: TenantScope, interest_id: UUID) -> Interest:
    """Say that an interest of one's own is true no more.

    Raises:
        NotFound: no such entry that the viewer may see.
        Denied: the viewer lacks `interest:declare` there, or it is somebody else's.
        Conflict: it has ended already.
    """
    interest = await scope.get(Interest, interest_id, Permission.INTEREST_VIEW, lock=True)
    scope.require(Permission.INTEREST_DECLARE, interest)
    if interest.subject_id != scope.viewer.subject_id:
        raise Denied("This is somebody else's interest: its owner ends it.", code="NOT_YOUR_INTEREST")
    if interest.ended_at is not None:
        raise Conflict("This interest has ended already.", code="INTEREST_ENDED")
    interest.ended_at = scope.now()
    scope.record("interest.ended", interest, committee=str(interest.committee_id))
    return interest
