"""Putting a motion to the vote, and counting."""

from __future__ import annotations

from fractions import Fraction
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import hold_item
from almoner.committees.close_meeting import insist_on_no_open_vote
from almoner.committees.conflicts import consequence_of
from almoner.committees.counting import count
from almoner.committees.declare_conflict import send_out
from almoner.committees.majorities import OF_A_SHARE, may_be_asked_for
from almoner.committees.moments import insist_on_agenda, insist_on_formal_part, insist_on_session
from almoner.committees.presence import insist_on_no_interest, insist_on_quorum
from almoner.committees.publicity import is_out_of_place
from almoner.committees.read import get_meeting, rules_of
from almoner.committees.rules import Rules
from almoner.committees.tables import AgendaItem, ConflictDeclaration, Meeting, Vote
from almoner.committees.words import Majority
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank

MAX_MOTION = 4_000
MAX_SHARE = 20  # characters, as in rules


async def open_vote(
    scope: TenantScope, item_id: UUID, *, motion: str, majority: Majority | None = None, share: str | None = None
) -> Vote:
    """Put a motion about an agenda item to the vote. Whoever was told to leave for the item leaves now.

    Args:
        majority, share: instead of those of the rules, if they ask for no less: see `majorities.may_be_asked_for`. The
            share is a text, `2/3` or `0.75`.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `vote:open` for it.
        Invalid: no motion, a share that is none, or a majority that is less strict than the rules'.
        Conflict: the meeting is not in session, its formal part is closed, another vote is open, the item was
            withdrawn or is kept for public meetings and this is none, the viewer has an interest in it, or the
            meeting is inquorate for it.
    """
    meeting, item = await hold_item(scope, item_id)
    scope.require(Permission.VOTE_OPEN, item)
    rules = await rules_of(scope, item.committee_id)
    wanted, part = _asked(rules, motion, majority, share)
    await _insist_on_moment(scope, meeting, item, rules)
    await _send_out(scope, meeting, item)
    await insist_on_quorum(scope, meeting, item)
    vote = Vote(
        tenant_id=scope.tenant_id,
        committee_id=item.committee_id,
        meeting_id=meeting.id,
        item_id=item.id,
        motion=motion.strip(),
        majority=wanted,
        majority_share=str(part) if wanted in OF_A_SHARE else None,
        opened_by=scope.viewer.subject_id,
        opened_at=scope.now(),
        barred=list(item.barred),
    )
    scope.session.add(vote)
    scope.record("vote.opened", vote, majority=wanted.value)
    return vote


async def close_vote(scope: TenantScope, vote_id: UUID) -> Vote:
    """Close a vote and count it. If the meeting is inquorate for the item by now, it has no result.

    No ballot is taken while it is closed: whoever casts one shares the vote's row, and closing waits for them all.

    Raises:
        NotFound: no such vote that the viewer may see.
        Denied: the viewer lacks `vote:close` for it.
        Conflict: it is closed already, or the meeting is not in session.
    """
    seen = await scope.get(Vote, vote_id, Permission.VOTE_VIEW)
    meeting = await get_meeting(scope, seen.meeting_id, lock=True)
    vote = await scope.get(Vote, vote_id, Permission.VOTE_VIEW, lock=True)
    scope.require(Permission.VOTE_CLOSE, vote)
    if vote.closed_at is not None:
        raise Conflict("This vote is closed already.", code="VOTE_CLOSED")
    insist_on_session(meeting)
    await count(scope, meeting, vote)
    scope.record("vote.closed", vote, carried=vote.is_carried)
    return vote


async def _insist_on_moment(scope: TenantScope, meeting: Meeting, item: AgendaItem, rules: Rules) -> None:
    insist_on_session(meeting)
    insist_on_formal_part(meeting)
    insist_on_agenda(item)
    await insist_on_no_open_vote(scope, meeting)
    if is_out_of_place(rules, item.matter, meeting_is_public=meeting.is_public, is_private=item.is_private):
        message = f"The committee deliberates and decides on {item.matter} in public only, and not as a private item."
        raise Conflict(message, code="PUBLIC_MATTER")
    await insist_on_no_interest(scope, item)


def _asked(rules: Rules, motion: str, majority: Majority | None, share: str | None) -> tuple[Majority, Fraction]:
    """The majority and the share that are to count.

    Raises:
        Invalid: as above.
    """
    problems = []
    if is_blank(motion) or len(motion.strip()) > MAX_MOTION:
        problems.append(Problem("MOTION_MISSING", f"Give the motion, in at most {MAX_MOTION} characters.", ("motion",)))
    wanted = majority or rules.majority
    part = rules.majority_share if share is None else _share(share)
    if part is None or (share is not None and wanted not in OF_A_SHARE):
        names = " and ".join(kind for kind in Majority if kind in OF_A_SHARE)
        message = f'A share is a text above 0 and up to 1, "2/3" or "0.75"; {names} have one.'
        problems.append(Problem("BAD_SHARE", message, ("share",)))
    elif not may_be_asked_for(wanted, part, rules.majority, rules.majority_share):
        asks = f" of {rules.majority_share}" if rules.majority in OF_A_SHARE else ""
        message = f"The rules ask for {rules.majority}{asks}: ask for UNANIMOUS or for more of the same."
        problems.append(Problem("MAJORITY_TOO_LOW", message, ("majority",)))
    if problems or part is None:
        raise Invalid(problems)
    return wanted, part


def _share(text: str) -> Fraction | None:
    try:
        found = Fraction(text) if len(text) <= MAX_SHARE else Fraction(0)
    except (ValueError, ZeroDivisionError):
        return None
    return found if 0 < found <= 1 else None


async def _send_out(scope: TenantScope, meeting: Meeting, item: AgendaItem) -> None:
    """Those leave who were told to before the meeting was in session, or who came back."""
    query = select(col(ConflictDeclaration.subject_id), col(ConflictDeclaration.ruling)).where(
        col(ConflictDeclaration.tenant_id) == scope.tenant_id, col(ConflictDeclaration.item_id) == item.id
    )
    declared = await scope.session.execute(query)
    await send_out(scope, meeting, frozenset(who for who, ruling in declared if not consequence_of(ruling).stays))
