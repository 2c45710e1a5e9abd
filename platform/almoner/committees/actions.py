"""Actions: raised by a meeting, reported about until they are closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from almoner.authorization.holders import somebody_may
from almoner.authorization.permissions import Permission
from almoner.committees.numbering import numbered
from almoner.committees.read import get_meeting, rules_of, today
from almoner.committees.rules import Rules
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Action, ActionUpdate, AgendaItem, Meeting
from almoner.committees.words import ActionStatus
from almoner.core.errors import Conflict, Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_LINE, wording_problems
from almoner.identity.subjects import subject_exists

#: What is to be done, and how far it is: a few lines.
LONGEST_SUBJECT = 2_000


@dataclass(frozen=True, slots=True)
class NewAction:
    """What somebody is to do.

    Attributes:
        owner: who is to do it, as minutes name them.
        item_id: the agenda item that it comes of, whose number is in its reference; None for none of them.
        owner_id: the owner's account, if there is one that may see the action and report about it.
    """

    subject: str
    owner: str
    due_on: date
    item_id: UUID | None = None
    owner_id: UUID | None = None


async def raise_action(scope: TenantScope, meeting_id: UUID, given: NewAction) -> Action:
    """Write down what somebody is to do: in session, or until the meeting's minutes are approved.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `action:raise` there.
        Invalid: a text is blank or too long, the day is before the meeting, the item or the account is unknown, or
            the account could not see the action or report about it.
        Conflict: the meeting has not begun, its minutes are approved, or the committee has no rules in force.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.ACTION_RAISE, meeting)
    if meeting.status not in (MeetingStatus.IN_SESSION, MeetingStatus.HELD):
        message = f"Actions are raised in session and until minutes are approved; this meeting is {meeting.status}."
        raise Conflict(message, code="ACTIONS_CLOSED")
    item = await _item(scope, meeting, given.item_id)
    action = Action(
        tenant_id=scope.tenant_id,
        committee_id=meeting.committee_id,
        meeting_id=meeting.id,
        item_id=given.item_id,
        reference="",
        subject=given.subject.strip(),
        owner=given.owner.strip(),
        owner_id=given.owner_id,
        due_on=given.due_on,
        raised_on=meeting.held_on,
        barred=[] if item is None else list(item.barred),
    )
    problems = await _problems(scope, action, is_on_agenda=item is not None)
    if problems:
        raise Invalid(problems)
    rules = await rules_of(scope, meeting.committee_id)
    n = 0 if item is None else await _number(scope, meeting, item, rules)
    action.reference = numbered(rules.action_numbers, meeting.held_on, n)
    scope.session.add(action)
    await scope.session.flush()
    scope.record("action.raised", action, reference=action.reference, due_on=str(given.due_on))
    return action


async def _problems(scope: TenantScope, action: Action, *, is_on_agenda: bool) -> list[Problem]:
    """What is wrong with an action that is not stored yet; whether its item is one of the meeting's agenda is known."""
    found = wording_problems(action.subject, LONGEST_SUBJECT, ("input", "subject"))
    found += wording_problems(action.owner, LONGEST_LINE, ("input", "owner"))
    if action.due_on < action.raised_on:
        message = "Give the day of the meeting or a later one."
        found.append(Problem("DUE_BEFORE_MEETING", message, ("input", "dueOn")))
    if action.item_id is not None and not is_on_agenda:
        found.append(Problem("UNKNOWN_ITEM", "Name an item of this meeting's agenda.", ("input", "item")))
    if action.owner_id is not None:
        found += await _owner_problems(scope, action, action.owner_id)
    return found


async def _owner_problems(scope: TenantScope, action: Action, owner_id: UUID) -> list[Problem]:
    """What keeps an account from carrying out an action: whoever owns one must find it, and say that it is done."""
    path = ("input", "ownerAccount")
    if not await subject_exists(scope, owner_id):
        return [Problem("UNKNOWN_SUBJECT", "There is no such account.", path)]
    for needed in (Permission.ACTION_VIEW, Permission.ACTION_REPORT):
        if not await somebody_may(scope, owner_id, needed, action):
            message = (
                "This account could not see the action or report about it: give it a role at the committee, or leave "
                "the account away."
            )
            return [Problem("OWNER_MAY_NOT_REPORT", message, path)]
    return []


async def _item(scope: TenantScope, meeting: Meeting, item_id: UUID | None) -> AgendaItem | None:
    """The item, if it is on the agenda of the meeting and the viewer may see it."""
    if item_id is None:
        return None
    try:
        item = await scope.get(AgendaItem, item_id, Permission.AGENDA_ITEM_VIEW)
    except NotFound:
        return None
    return item if item.meeting_id == meeting.id and item.withdrawn_at is None else None


async def _number(scope: TenantScope, meeting: Meeting, item: AgendaItem, rules: Rules) -> int:
    """The number of an item within its meeting: the one that its own number says, or else its position."""
    query = select(func.max(col(AgendaItem.position))).where(
        col(AgendaItem.tenant_id) == scope.tenant_id, col(AgendaItem.meeting_id) == meeting.id
    )
    last = int((await scope.session.execute(query)).scalar_one())
    said = (n for n in range(1, last + 1) if numbered(rules.item_numbers, meeting.held_on, n) == item.number)
    return next(said, item.position)


async def report_action(scope: TenantScope, action_id: UUID, *, text: str, status: ActionStatus) -> Action:
    """Report about an action, and close it if it is done or dropped. Closed ones stay closed.

    Raises:
        NotFound: no such action that the viewer may see.
        Denied: the viewer lacks `action:report` for it.
        Invalid: the text is blank, too long or not storable.
        Conflict: it is closed.
    """
    action = await scope.get(Action, action_id, Permission.ACTION_VIEW, lock=True)
    scope.require(Permission.ACTION_REPORT, action)
    if action.status != ActionStatus.OPEN:
        message = f"This action is {action.status} and stays so: raise another one in the next meeting."
        raise Conflict(message, code="ACTION_CLOSED")
    problems = wording_problems(text, LONGEST_SUBJECT, ("text",))
    if problems:
        raise Invalid(problems)
    update = ActionUpdate(
        tenant_id=scope.tenant_id,
        action_id=action.id,
        text=text.strip(),
        status=status,
        reported_by=scope.viewer.subject_id,
        reported_at=scope.now(),
    )
    scope.session.add(update)
    action.status = status
    if status != ActionStatus.OPEN:
        action.closed_on = await today(scope)
    scope.record("action.reported", action, status=status)
    return action
