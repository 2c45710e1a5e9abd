"""What happens in a meeting: opening and closing, attendance, interests, votes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Concatenate, ParamSpec
from uuid import UUID

import strawberry

from almoner.committees import attendance, tables, votes
from almoner.committees import cast_ballot as ballots
from almoner.committees import close_meeting as closing
from almoner.committees import declare_conflict as interests
from almoner.committees import open_meeting as opening
from almoner.committees.substitutes import Substitute
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.authorization.arguments import subject_of
from almoner_graphql.committees.enums import BallotChoice, ConflictRuling, Majority
from almoner_graphql.committees.meeting_payloads import MeetingPayload
from almoner_graphql.committees.session_payloads import (
    AttendancePayload,
    BallotPayload,
    ConflictDeclarationPayload,
    SubstituteInput,
    VotePayload,
)
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.problems import answered, attempt

P = ParamSpec("P")
MeetingId = Annotated[strawberry.ID, strawberry.argument(description="The meeting's id.")]
ItemId = Annotated[strawberry.ID, strawberry.argument(description="The agenda item's id.")]
VoteId = Annotated[strawberry.ID, strawberry.argument(description="The vote's id.")]
AppointmentId = Annotated[
    strawberry.ID, strawberry.argument(description="Whose attendance: an appointment that holds on the meeting's day.")
]
SitsIn = Annotated[SubstituteInput | None, strawberry.argument(description="Who sits in for them, if somebody does.")]


@strawberry.type(description="Mutations of what happens in a meeting.")
class SessionMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Open a meeting whose agenda is published, on its day or later. It opens even if it is inquorate: nothing "
            "binding can be done in it then. Needs `meeting:open`."
        )
    )
    async def open_meeting(self, info: Info, id: MeetingId) -> MeetingPayload:
        return await _meeting(info.context, id, opening.open_meeting)

    @mutation(
        description=(
            "Close the formal part of a meeting: from now on only questions from the public are taken. No vote may be "
            "open. Needs `meeting:close`."
        )
    )
    async def close_formal_part(self, info: Info, id: MeetingId) -> MeetingPayload:
        return await _meeting(info.context, id, closing.close_formal_part)

    @mutation(
        description=(
            "Close a meeting: everybody leaves, and of a public meeting attendance, quorum, votes and decisions become "
            "public, but those of private items. No vote may be open. Needs `meeting:close`."
        )
    )
    async def close_meeting(self, info: Info, id: MeetingId) -> MeetingPayload:
        return await _meeting(info.context, id, closing.close_meeting)

    @mutation(
        description=(
            "Record that somebody will not come, and who sits in for them; again, to name somebody else. Needs "
            "`attendance:record`."
        )
    )
    async def record_apologies(
        self, info: Info, meeting: MeetingId, appointment: AppointmentId, substitute: SitsIn = None
    ) -> AttendancePayload:
        return await _attendance(
            info.context, meeting, appointment, attendance.record_apologies, substitute=_substitute(substitute)
        )

    @mutation(
        description=(
            "Record that somebody has come, or their substitute: the one given here, or named with the apologies. Once "
            "the agenda is published, from the meeting's day on. Needs `attendance:record`."
        )
    )
    async def record_arrival(
        self,
        info: Info,
        meeting: MeetingId,
        appointment: AppointmentId,
        substitute: SitsIn = None,
        in_person: Annotated[
            bool,
            strawberry.argument(description="The holder has come after all, and nobody sits in for them any more."),
        ] = False,
    ) -> AttendancePayload:
        return await _attendance(
            info.context,
            meeting,
            appointment,
            attendance.record_arrival,
            substitute=_substitute(substitute),
            in_person=in_person,
        )

    @mutation(
        description=(
            "Record that somebody, or their substitute, has left; before the opening, they have not attended. Needs "
            "`attendance:record`."
        )
    )
    async def record_departure(self, info: Info, meeting: MeetingId, appointment: AppointmentId) -> AttendancePayload:
        return await _attendance(info.context, meeting, appointment, attendance.record_departure)

    @mutation(
        description=(
            "Declare an interest of one's own in an agenda item. Until the chair rules one does not vote on it; who "
            "may rule leaves for it at once. Needs `conflict_declaration:declare`."
        )
    )
    async def declare_conflict(
        self,
        info: Info,
        item: ItemId,
        text: Annotated[str, strawberry.argument(description="Which interest: 1 to 2,000 characters; minutes say it.")],
    ) -> ConflictDeclarationPayload:
        async def declare(scope: TenantScope) -> tables.ConflictDeclaration:
            return await interests.declare_conflict(scope, row_id_of("AgendaItem", item), text=text)

        return answered(ConflictDeclarationPayload, "declaration", *await attempt(info.context, declare))

    @mutation(
        description=(
            "Say what follows from an interest, once. Who is to leave is recorded as gone at once if the meeting is in "
            "session, else when a vote on the item opens. Nobody rules on their own. Needs `conflict_declaration:rule`."
        )
    )
    async def rule_on_conflict(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The declaration's id.")],
        ruling: Annotated[ConflictRuling, strawberry.argument(description="What they may do.")],
    ) -> ConflictDeclarationPayload:
        async def rule(scope: TenantScope) -> tables.ConflictDeclaration:
            return await interests.rule_on_conflict(scope, row_id_of("ConflictDeclaration", id), ruling)

        return answered(ConflictDeclarationPayload, "declaration", *await attempt(info.context, rule))

    @mutation(
        description=(
            "Put a motion about an agenda item to the vote, in a quorate meeting in session. The rules say which "
            "majority carries it; a stricter one can be asked for. Needs `vote:open`."
        )
    )
    async def open_vote(
        self,
        info: Info,
        item: ItemId,
        motion: Annotated[str, strawberry.argument(description="What is voted on: 1 to 4,000 characters.")],
        majority: Annotated[
            Majority | None,
            strawberry.argument(
                description=(
                    "Instead of the rules': UNANIMOUS, the same with no smaller share, or for MAJORITY a SHARE of more "
                    "than half."
                )
            ),
        ] = None,
        share: Annotated[
            str | None, strawberry.argument(description='Of SHARE and WEIGHTED, if not the rules\': "2/3" or "0.75".')
        ] = None,
    ) -> VotePayload:
        async def put(scope: TenantScope) -> tables.Vote:
            return await votes.open_vote(
                scope, row_id_of("AgendaItem", item), motion=motion, majority=majority, share=share
            )

        return answered(VotePayload, "vote", *await attempt(info.context, put))

    @mutation(
        description=(
            "Vote, for oneself or for whom one sits in for. The first ballot stands: a second one is told "
            "`ALREADY_VOTED`, whatever it says. Needs `ballot:cast`."
        )
    )
    async def cast_ballot(
        self,
        info: Info,
        vote: VoteId,
        choice: Annotated[BallotChoice, strawberry.argument(description="What one votes.")],
    ) -> BallotPayload:
        async def cast(scope: TenantScope) -> tables.Ballot:
            return await ballots.cast_ballot(scope, row_id_of("Vote", vote), choice)

        return answered(BallotPayload, "ballot", *await attempt(info.context, cast))

    @mutation(
        description=(
            "Close a vote and count it. If the meeting has lost its quorum there is no result, and `lacking` says what "
            "was missing. Needs `vote:close`."
        )
    )
    async def close_vote(self, info: Info, id: VoteId) -> VotePayload:
        async def close(scope: TenantScope) -> tables.Vote:
            return await votes.close_vote(scope, row_id_of("Vote", id))

        return answered(VotePayload, "vote", *await attempt(info.context, close))


async def _meeting(
    context: Context, id_: str, verb: Callable[[TenantScope, UUID], Awaitable[tables.Meeting]]
) -> MeetingPayload:
    async def step(scope: TenantScope) -> tables.Meeting:
        return await verb(scope, row_id_of("Meeting", id_))

    return answered(MeetingPayload, "meeting", *await attempt(context, step))


async def _attendance(
    context: Context,
    meeting: str,
    appointment: str,
    verb: Callable[Concatenate[TenantScope, UUID, UUID, P], Awaitable[tables.Attendance]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> AttendancePayload:
    async def record(scope: TenantScope) -> tables.Attendance:
        return await verb(scope, row_id_of("Meeting", meeting), row_id_of("Appointment", appointment), *args, **kwargs)

    return answered(AttendancePayload, "attendance", *await attempt(context, record))


def _substitute(given: SubstituteInput | None) -> Substitute | None:
    return None if given is None else Substitute(given.name, subject_of(given.account) if given.account else None)
