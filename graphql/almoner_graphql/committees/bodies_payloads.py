"""What mutations of committees, seats and appointments answer."""

from __future__ import annotations

import strawberry

from almoner.committees import tables
from almoner_graphql.committees.bodies import (
    Appointment,
    CommitteeBody,
    CommitteeRelation,
    Exclusion,
    Interest,
    Seat,
    TermsOfReference,
)
from almoner_graphql.committees.committee import Committee
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem

_AS_IT_IS = "As it is now; null if this was refused."
_WHY = "Why this was refused; empty if it was not."


@reads()
@strawberry.type(description="What became of a change of a committee.")
class CommitteePayload:
    """The committee, or problems."""

    committee: Committee | None = one(given_row(tables.Committee, "committee"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of a change of what a committee is to others.")
class CommitteeRelationPayload:
    """The relation, or problems."""

    relation: CommitteeRelation | None = one(given_row(tables.CommitteeRelation, "relation"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of a change of the bodies that a committee is made of.")
class CommitteeBodyPayload:
    """The membership, or problems."""

    membership: CommitteeBody | None = one(given_row(tables.CommitteeBody, "membership"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of a change of a seat.")
class SeatPayload:
    """The seat, or problems."""

    seat: Seat | None = one(given_row(tables.Seat, "seat"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of a change of an exclusion.")
class ExclusionPayload:
    """The exclusion, or problems."""

    exclusion: Exclusion | None = one(given_row(tables.Exclusion, "exclusion"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of a version of terms of reference.")
class TermsOfReferencePayload:
    """The version, or problems."""

    terms: TermsOfReference | None = one(given_row(tables.TermsOfReference, "terms"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of a change of an appointment.")
class AppointmentPayload:
    """The appointment, or problems."""

    appointment: Appointment | None = one(given_row(tables.Appointment, "appointment"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)


@reads()
@strawberry.type(description="What became of an entry of the register of interests.")
class InterestPayload:
    """The entry, or problems."""

    interest: Interest | None = one(given_row(tables.Interest, "interest"), description=_AS_IT_IS)
    problems: list[Problem] = many(no_rows, description=_WHY)
