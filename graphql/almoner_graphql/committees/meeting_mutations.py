"""The life of a meeting until its agenda is published, and questions from the public to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

import strawberry

from almoner.committees import tables
from almoner.committees.cancel_meeting import cancel_meeting
from almoner.committees.give_notice import give_notice
from almoner.committees.plan_meeting import change_meeting, plan_meeting
from almoner.committees.public_questions import answer_question, record_question
from almoner.committees.publish_agenda import publish_agenda
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.committees.meeting_payloads import MeetingPayload, PublicQuestionPayload
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.planner.executor import reading
from almoner_graphql.problems import attempt
from almoner_graphql.scalars import day

MeetingId = Annotated[strawberry.ID, strawberry.argument(description="The meeting's id.")]
Title = Annotated[str, strawberry.argument(description="What it is called: at most 200 characters.")]
HeldOn = Annotated[date, strawberry.argument(description="The day, in the agency's time zone.")]
BeginsAt = Annotated[
    str, strawberry.argument(description="When it begins, as clocks in the agency's time zone show it: `13:00`.")
]
Minutes = Annotated[int, strawberry.argument(description="How long it is to last, in minutes: 1 to 1440.")]
Venue = Annotated[str, strawberry.argument(description="Where: at most 500 characters.")]
IsPublic = Annotated[
    bool,
    strawberry.argument(
        description="Everybody may attend; a meeting that is not public is for administration and planning."
    ),
]
SecondTime = Annotated[
    bool | None,
    strawberry.argument(
        description=(
            "For a time that comes twice because clocks are put back that day: the second one, or the first. It says "
            "nothing of any other time."
        )
    ),
]
StaysTitle = Annotated[str | None, strawberry.argument(description="Its title; it stays if this is not given.")]
StaysDay = Annotated[date | None, strawberry.argument(description="Its day; it stays if this is not given.")]
StaysTime = Annotated[str | None, strawberry.argument(description="When it begins; it stays if this is not given.")]
StaysMinutes = Annotated[int | None, strawberry.argument(description="How long; it stays if this is not given.")]
StaysVenue = Annotated[str | None, strawberry.argument(description="Where; it stays if this is not given.")]
StaysPublic = Annotated[bool | None, strawberry.argument(description="Whether public; it stays if this is not given.")]


@strawberry.type(description="Mutations of meetings.")
class MeetingMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Plan a meeting of a committee. A time that clocks skip on that day is refused, and so is one that comes "
            "twice unless `secondTime` says which. Needs `meeting:plan`."
        )
    )
    async def plan_meeting(
        self,
        info: Info,
        *,
        committee: Annotated[strawberry.ID, strawberry.argument(description="The committee's id.")],
        title: Title,
        held_on: HeldOn,
        begins_at: BeginsAt,
        minutes_allotted: Minutes,
        venue: Venue,
        is_public: IsPublic,
        second_time: SecondTime = None,
    ) -> MeetingPayload:
        async def plan(scope: TenantScope) -> tables.Meeting:
            return await plan_meeting(
                scope,
                row_id_of("Committee", committee),
                title=title,
                held_on=day(held_on, "heldOn"),
                begins_at=begins_at,
                minutes_allotted=minutes_allotted,
                venue=venue,
                is_public=is_public,
                second_time=second_time,
            )

        return await _meeting(info.context, plan)

    @mutation(description="Change what was planned, as long as notice is not given. Needs `meeting:plan`.")
    async def change_meeting(
        self,
        info: Info,
        *,
        id: MeetingId,
        title: StaysTitle = None,
        held_on: StaysDay = None,
        begins_at: StaysTime = None,
        minutes_allotted: StaysMinutes = None,
        venue: StaysVenue = None,
        is_public: StaysPublic = None,
        second_time: SecondTime = None,
    ) -> MeetingPayload:
        async def change(scope: TenantScope) -> tables.Meeting:
            return await change_meeting(
                scope,
                row_id_of("Meeting", id),
                title=title,
                held_on=None if held_on is None else day(held_on, "heldOn"),
                begins_at=begins_at,
                minutes_allotted=minutes_allotted,
                venue=venue,
                is_public=is_public,
                second_time=second_time,
            )

        return await _meeting(info.context, change)

    @mutation(description="Call a meeting off that is not open yet. Needs `meeting:cancel`.")
    async def cancel_meeting(
        self, info: Info, id: MeetingId, reason: Annotated[str, strawberry.argument(description="Why; it is kept.")]
    ) -> MeetingPayload:
        async def cancel(scope: TenantScope) -> tables.Meeting:
            return await cancel_meeting(scope, row_id_of("Meeting", id), reason=reason)

        return await _meeting(info.context, cancel)

    @mutation(
        description=(
            "Give notice of a meeting, in time by the committee's rules; of a public one to everybody. Needs "
            "`meeting:give_notice`."
        )
    )
    async def give_notice(
        self,
        info: Info,
        id: MeetingId,
        urgent_reason: Annotated[
            str | None,
            strawberry.argument(description="Why notice comes late: where it does, and the rules allow it. Published."),
        ] = None,
    ) -> MeetingPayload:
        async def give(scope: TenantScope) -> tables.Meeting:
            return await give_notice(scope, row_id_of("Meeting", id), urgent_reason=urgent_reason)

        return await _meeting(info.context, give)

    @mutation(
        description=(
            "Publish the agenda of a meeting with its papers; they stay as they are from then on. Everything that is "
            "missing comes back in one answer, item by item, and nothing is published then. Needs "
            "`meeting:publish_agenda`."
        )
    )
    async def publish_agenda(self, info: Info, id: MeetingId) -> MeetingPayload:
        async def publish(scope: TenantScope) -> tables.Meeting:
            return await publish_agenda(scope, row_id_of("Meeting", id))

        return await _meeting(info.context, publish)

    @mutation(
        description=(
            "Record a question from the public: before a meeting, or there, once its formal part is closed. Needs "
            "`public_question:record`."
        )
    )
    async def record_question(
        self,
        info: Info,
        meeting: MeetingId,
        asked_by: Annotated[
            str, strawberry.argument(description="The name that the asker gives, which is published with the answer.")
        ],
        text: Annotated[str, strawberry.argument(description="The question: at most 5,000 characters.")],
    ) -> PublicQuestionPayload:
        async def record(scope: TenantScope) -> tables.PublicQuestion:
            return await record_question(scope, row_id_of("Meeting", meeting), asked_by=asked_by, text=text)

        return await _question(info.context, record)

    @mutation(
        description=(
            "Answer a question from the public; in a public meeting both are published by it. Needs "
            "`public_question:answer`."
        )
    )
    async def answer_question(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The question's id.")],
        answer: Annotated[str, strawberry.argument(description="The answer: at most 5,000 characters.")],
    ) -> PublicQuestionPayload:
        async def give(scope: TenantScope) -> tables.PublicQuestion:
            return await answer_question(scope, row_id_of("PublicQuestion", id), answer=answer)

        return await _question(info.context, give)


async def _meeting(context: Context, verb: Callable[[TenantScope], Awaitable[tables.Meeting]]) -> MeetingPayload:
    row, problems = await attempt(context, verb)
    if row is None:
        return MeetingPayload(meeting=None, problems=problems)
    return reading(MeetingPayload, meeting=row.id)


async def _question(
    context: Context, verb: Callable[[TenantScope], Awaitable[tables.PublicQuestion]]
) -> PublicQuestionPayload:
    row, problems = await attempt(context, verb)
    if row is None:
        return PublicQuestionPayload(public_question=None, problems=problems)
    return reading(PublicQuestionPayload, public_question=row.id)
