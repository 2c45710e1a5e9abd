"""Reminders of last days: jobs for later, which remind those who have the task then; and what the reminded do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from almoner.authorization.authorizer import PolicyAuthorizer, policy_of
from almoner.authorization.permissions import Permission
from almoner.authorization.standing import parse_standing, read_standing
from almoner.authorization.tables import RoleAssignment
from almoner.committees.deadlines import last_day, reminded_at
from almoner.committees.read import hold, rules_if_any, rules_of, time_zone_of
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting, Paper, Reminder
from almoner.committees.tasks import Asker, tasks_of
from almoner.committees.words import CommitteeTaskKind, ReminderKind
from almoner.core.errors import NotFound
from almoner.core.ids import new_id
from almoner.core.scope import TenantScope
from almoner.core.tables import INSTANT
from almoner.core.viewer import Viewer
from almoner.jobs.tables import Job
from almoner.jobs.verbs import stop_jobs_of

REMIND = "committees.remind"
#: Between the two reminders of a last day there is more time than this, and less between two runs of one job.
AGAIN_AFTER = timedelta(days=1)
#: The task that a reminder is of, and the permission without which nobody has it.
TASK_OF: dict[ReminderKind, tuple[CommitteeTaskKind, Permission]] = {
    ReminderKind.NOTICE_DUE: (CommitteeTaskKind.GIVE_NOTICE, Permission.MEETING_GIVE_NOTICE),
    ReminderKind.PUBLICATION_DUE: (CommitteeTaskKind.PUBLISH_AGENDA, Permission.MEETING_PUBLISH_AGENDA),
    ReminderKind.PAPER_DUE: (CommitteeTaskKind.COMPLETE_PAPER, Permission.PAPER_WRITE),
}
_STILL_TO_DO = {
    MeetingStatus.PLANNED: tuple(ReminderKind),
    MeetingStatus.NOTICE_GIVEN: (ReminderKind.PUBLICATION_DUE, ReminderKind.PAPER_DUE),
}


async def schedule_reminders(scope: TenantScope, meeting: Meeting) -> list[Job]:
    """Ask for the reminders of a meeting that is planned or changed, in place of those that were asked for before.

    Of each last day there are two, at 9:00 by the tenant's clocks; what is past already is left out. A meeting whose
    agenda is published, or that is called off, has none; nor has any without terms of reference in force.
    """
    await stop_jobs_of(scope, meeting, kind=REMIND)
    kinds = _STILL_TO_DO.get(MeetingStatus(meeting.status), ())
    rules = await rules_if_any(scope, meeting.committee_id) if kinds else None
    if rules is None:
        return []
    zone = await time_zone_of(scope)
    due = [(kind, last_day(kind, meeting.held_on, rules, is_public=meeting.is_public)) for kind in kinds]
    return [
        await scope.enqueue_at(at, REMIND, meeting, reminder=kind.value, due_on=due_on.isoformat())
        for kind, due_on in due
        for at in reminded_at(due_on, zone)
        if at > scope.now()
    ]


async def reschedule_reminders(scope: TenantScope, committee_id: UUID) -> None:
    """Ask for the reminders of all of a committee's meetings anew: by other rules, last days are others."""
    query = (
        select(Meeting)
        .where(
            col(Meeting.tenant_id) == scope.tenant_id,
            col(Meeting.committee_id) == committee_id,
            col(Meeting.status).in_(_STILL_TO_DO),
        )
        .order_by(col(Meeting.id))
        .with_for_update(key_share=True)
    )
    for meeting in (await scope.session.execute(query)).scalars().all():
        await schedule_reminders(scope, meeting)


async def remind(scope: TenantScope, meeting_id: UUID, kind: ReminderKind, due_on: date) -> int:
    """Remind those who still have the task of a last day; how many reminders there are more.

    Nothing happens if the last day is another one by now: whoever changed that has asked for other reminders. Who was
    reminded within a day is not again, so a job that runs twice reminds once; of a last day that was moved, again.
    Asked for by a job, so by nobody who would need a permission.
    """
    meeting = await hold(scope, Meeting, meeting_id)
    if meeting is None or kind not in _STILL_TO_DO.get(MeetingStatus(meeting.status), ()):
        return 0
    rules = await rules_of(scope, meeting.committee_id)
    if last_day(kind, meeting.held_on, rules, is_public=meeting.is_public) != due_on:
        return 0
    written = 0
    for subject_id in await _candidates(scope, meeting, kind):
        for paper_id in await _tasks(scope, await _viewer(scope, subject_id), meeting, kind):
            written += await _write(scope, meeting, kind, due_on, subject_id=subject_id, paper_id=paper_id)
    return written


async def _candidates(scope: TenantScope, meeting: Meeting, kind: ReminderKind) -> Sequence[UUID]:
    """The authors of papers, or who holds a role at the committee or at the tenant; the task select decides."""
    if kind == ReminderKind.PAPER_DUE:
        authors = select(col(Paper.author_id)).where(*_of_meeting(scope, meeting)).distinct()
        return sorted((await scope.session.execute(authors)).scalars())
    held = (
        col(RoleAssignment.tenant_id) == scope.tenant_id,
        col(RoleAssignment.ended_at).is_(None),
        or_(
            col(RoleAssignment.organization_id).is_(None),
            col(RoleAssignment.organization_id) == meeting.committee_id,
        ),
    )
    roles = (await scope.session.execute(select(col(RoleAssignment.role)).where(*held).distinct())).scalars().all()
    giving = [role for role in roles if await _gives(scope, role, TASK_OF[kind][1])]
    query = select(col(RoleAssignment.subject_id)).where(*held, col(RoleAssignment.role).in_(giving)).distinct()
    return sorted((await scope.session.execute(query)).scalars())


async def _gives(scope: TenantScope, role: str, permission: Permission) -> bool:
    profile = await policy_of(scope).profile_soon(frozenset({role}))
    return permission in profile.rights


async def _viewer(scope: TenantScope, subject_id: UUID) -> Viewer:
    """Somebody else, with the roles that they hold now."""
    policy = policy_of(scope)
    standing = parse_standing(await read_standing(scope.session, scope.tenant_id, subject_id, scope.now()))
    profile = await policy.profile_soon(standing.roles)
    return Viewer(scope.tenant_id, subject_id, "account", standing.held, profile, policy.version)


async def _tasks(scope: TenantScope, viewer: Viewer, meeting: Meeting, kind: ReminderKind) -> list[UUID | None]:
    """The papers that somebody is to be reminded of; None for what is about the meeting itself."""
    authorizer = PolicyAuthorizer()
    asker = Asker(
        literal(viewer.tenant_id),
        literal(viewer.subject_id),
        literal(scope.now(), INSTANT),
        lambda permission, row: authorizer.rows(viewer, permission, row),
    )
    tasks = tasks_of(asker).subquery("tasks")
    wanted = TASK_OF[kind][0]
    found = select(tasks.c.about_id).where(tasks.c.kind == wanted.value).order_by(tasks.c.place)
    if kind != ReminderKind.PAPER_DUE:
        return [None for _ in (await scope.session.execute(found.where(tasks.c.about_id == meeting.id))).all()]
    papers = select(col(Paper.id)).where(*_of_meeting(scope, meeting))
    return [*(await scope.session.execute(found.where(tasks.c.about_id.in_(papers)))).scalars()]


def _of_meeting(scope: TenantScope, meeting: Meeting) -> tuple[ColumnElement[bool], ...]:
    return col(Paper.tenant_id) == scope.tenant_id, col(Paper.meeting_id) == meeting.id


async def _write(
    scope: TenantScope, meeting: Meeting, kind: ReminderKind, due_on: date, *, subject_id: UUID, paper_id: UUID | None
) -> int:
    """Write a reminder in place of an earlier one, unless that is of these hours and this last day; 1 if written."""
    statement = insert(Reminder).values(
        tenant_id=scope.tenant_id,
        id=new_id(),
        committee_id=meeting.committee_id,
        meeting_id=meeting.id,
        paper_id=paper_id,
        subject_id=subject_id,
        kind=kind.value,
        due_on=due_on,
        reminded_at=scope.now(),
    )
    moved = statement.on_conflict_do_update(
        index_elements=["tenant_id", "subject_id", "kind", "meeting_id", "paper_id"],
        set_={"id": statement.excluded.id, "due_on": due_on, "reminded_at": scope.now(), "seen_at": None},
        where=or_(col(Reminder.due_on) != due_on, col(Reminder.reminded_at) < scope.now() - AGAIN_AFTER),
    ).returning(col(Reminder.id))
    return len((await scope.session.execute(moved)).all())


async def mark_reminder_seen(scope: TenantScope, reminder_id: UUID) -> Reminder:
    """Say that a reminder of one's own was seen; the first time counts.

    Raises:
        NotFound: the viewer has no such reminder.
    """
    reminder = await scope.find(Reminder, reminder_id, lock=True)
    if reminder is None or reminder.subject_id != scope.viewer.subject_id:
        raise NotFound("There is nothing with this id.")
    if reminder.seen_at is None:
        reminder.seen_at = scope.now()
    return reminder
