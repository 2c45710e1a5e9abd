"""What mutations of meetings, agendas, papers and questions answer."""

from __future__ import annotations

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.meetings import AgendaItem, Meeting, Paper, PublicQuestion
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem

_NOW = "As it is now; null if this was refused."
_PROBLEMS = "Why this was refused; empty if it was not."


@reads()
@strawberry.type(description="What became of a step in the life of a meeting.")
class MeetingPayload:
    """The meeting, or problems."""

    meeting: Meeting | None = one(given_row(tables.Meeting, "meeting"), description=_NOW)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a change of an agenda.")
class AgendaItemPayload:
    """The item, or problems."""

    agenda_item: AgendaItem | None = one(given_row(tables.AgendaItem, "agenda_item"), description=_NOW)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a change of a paper.")
class PaperPayload:
    """The paper, or problems."""

    paper: Paper | None = one(given_row(tables.Paper, "paper"), description=_NOW)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a question from the public.")
class PublicQuestionPayload:
    """The question, or problems."""

    public_question: PublicQuestion | None = one(given_row(tables.PublicQuestion, "public_question"), description=_NOW)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
