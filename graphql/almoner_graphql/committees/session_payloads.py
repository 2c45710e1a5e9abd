"""What mutations of what happens in a meeting are given and answer."""

from __future__ import annotations

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.meetings import Meeting
from almoner_graphql.committees.session import Attendance, Ballot, ConflictDeclaration, Vote
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem

_AS_IT_IS = "As it is now; null if this was refused."
_PROBLEMS = "Why this was refused; empty if it was not."


@strawberry.input(description="Who sits in for somebody.")
class SubstituteInput:
    """`substitutes.Substitute`."""

    name: str = strawberry.field(description="As minutes name them: 1 to 200 characters.")
    account: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Their account, which holds a role with `ballot:cast` at the committee: needed to vote. Who sits in "
            "without one is in the room, and neither votes nor counts toward the quorum."
        ),
    )


@reads()
@strawberry.type(description="What became of a step in the life of a meeting.")
class MeetingPayload:
    """The meeting, or problems."""

    meeting: Meeting | None = one(given_row(tables.Meeting, "meeting"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of what was recorded about somebody's attendance.")
class AttendancePayload:
    """The attendance, or problems."""

    attendance: Attendance | None = one(given_row(tables.Attendance, "attendance"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a declaration of interest, or a ruling on one.")
class ConflictDeclarationPayload:
    """The declaration, or problems."""

    declaration: ConflictDeclaration | None = one(
        given_row(tables.ConflictDeclaration, "declaration"), description=_AS_IT_IS
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of the opening or closing of a vote.")
class VotePayload:
    """The vote, or problems."""

    vote: Vote | None = one(given_row(tables.Vote, "vote"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a ballot.")
class BallotPayload:
    """The ballot, or problems."""

    ballot: Ballot | None = one(given_row(tables.Ballot, "ballot"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
