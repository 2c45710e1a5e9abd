"""Questions from the public: recording and answering them."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.read import get_meeting, rules_of
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Meeting, PublicQuestion
from almoner.committees.words import PublicSpeaks, QuestionAsked
from almoner.core.errors import Conflict, Invalid
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems

MAX_NAME = 200
MAX_TEXT = 5_000
BEFOREHAND = frozenset({MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN, MeetingStatus.AGENDA_PUBLISHED})


async def record_question(scope: TenantScope, meeting_id: UUID, *, asked_by: str, text: str) -> PublicQuestion:
    """Record a question or comment from the public: before the meeting, or there, when the rules let the public speak.

    Raises:
        NotFound: no such meeting that the viewer may see.
        Denied: the viewer lacks `public_question:record` there.
        Invalid: a bad text.
        Conflict: the public speaks after the formal part, which is still going on; or the meeting is over or was
            called off.
    """
    meeting = await get_meeting(scope, meeting_id, lock=True)
    scope.require(Permission.PUBLIC_QUESTION_RECORD, meeting)
    problems = wording_problems(asked_by, MAX_NAME, ("askedBy",)) + wording_problems(text, MAX_TEXT, ("text",))
    if problems:
        raise Invalid(problems)
    question = PublicQuestion(
        tenant_id=scope.tenant_id,
        committee_id=meeting.committee_id,
        meeting_id=meeting.id,
        asked=await _when(scope, meeting),
        asked_by=asked_by.strip(),
        text=text.strip(),
        asked_at=scope.now(),
    )
    scope.session.add(question)
    await scope.session.flush()
    scope.record("public_question.recorded", question, asked=question.asked)
    return question


async def _when(scope: TenantScope, meeting: Meeting) -> QuestionAsked:
    """When a question that is recorded now was asked.

    Raises:
        Conflict: nobody may ask one now.
    """
    if meeting.status in BEFOREHAND:
        return QuestionAsked.BEFOREHAND
    if meeting.status != MeetingStatus.IN_SESSION:
        message = f"Nobody asks questions to a meeting that is {meeting.status}; take it to the next one."
        raise Conflict(message, code="WRONG_STATUS")
    rules = await rules_of(scope, meeting.committee_id)
    if meeting.formal_part_closed_at is None and rules.public_speaks == PublicSpeaks.AFTER_FORMAL_PART:
        message = "Questions from the public are taken when the formal part of the meeting is closed."
        raise Conflict(message, code="FORMAL_PART_OPEN")
    return QuestionAsked.AT_THE_MEETING


async def answer_question(scope: TenantScope, question_id: UUID, *, answer: str) -> PublicQuestion:
    """Answer a question, whenever the answer is there. In a public meeting both are published by it.

    Raises:
        NotFound: no such question that the viewer may see.
        Denied: the viewer lacks `public_question:answer` there.
        Invalid: a bad text.
        Conflict: it is answered already, or the meeting was called off.
    """
    found = await scope.get(PublicQuestion, question_id, Permission.PUBLIC_QUESTION_VIEW)
    meeting = await get_meeting(scope, found.meeting_id, lock=True)
    question = await scope.get(PublicQuestion, question_id, Permission.PUBLIC_QUESTION_VIEW, lock=True)
    scope.require(Permission.PUBLIC_QUESTION_ANSWER, question)
    problems = wording_problems(answer, MAX_TEXT, ("answer",))
    if problems:
        raise Invalid(problems)
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict("This meeting was called off; take the question to the next one.", code="WRONG_STATUS")
    if question.answered_at is not None:
        raise Conflict("This question is answered already.", code="QUESTION_ANSWERED")
    question.answer = answer.strip()
    question.answered_at = scope.now()
    if meeting.is_public:
        question.public_at = scope.now()
    scope.record("public_question.answered", question)
    return question
