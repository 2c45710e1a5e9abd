"""Committees, and what they are made of, in the schema."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import func

from almoner.authorization.permissions import Permission
from almoner.committees import tables
from almoner.organizations.tables import Organization as OrganizationTable
from almoner_graphql.committees.enums import (
    CommitteeRelationKind,
    ExcludedSeats,
    ExclusionKind,
    SeatRole,
    SeatStandsFor,
    SeatVote,
)
from almoner_graphql.committees.rules import CommitteeRules
from almoner_graphql.committees.sources import its, parts, seats_filled, seen_with, subject
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import computed, many, one, reads, same

if TYPE_CHECKING:
    from almoner_graphql.committees.committee import Committee

#: Where `Committee` is, which these types lead back to.
OF_COMMITTEE = "almoner_graphql.committees.committee"
SEEN_WITH_COMMITTEE = seen_with(tables.Committee, "committee_id", Permission.COMMITTEE_VIEW)


@reads()
@strawberry.type(description="An organization as committees name it: everybody who sees what names it sees this.")
class Party:
    """Read from `organization`."""

    code: str = computed(lambda organization: organization.code, description="What people call it by.")
    name: str = computed(lambda organization: organization.name, description="Its name.")


def party(column: str, *, description: str) -> Party:
    """A field with the organization that a column names, which a foreign key sees to."""
    return one(its(OrganizationTable, column), always=True, description=description)  # type: ignore[no-any-return]


def party_if_any(column: str, *, description: str) -> Party | None:
    """The same for a column that may be null."""
    return one(its(OrganizationTable, column), description=description)  # type: ignore[no-any-return]


@reads(tables.CommitteeRelation, visible=SEEN_WITH_COMMITTEE)
@strawberry.type(description="What a committee is to another organization.")
class CommitteeRelation(Node):
    """Read from `committee_relation`."""

    kind: CommitteeRelationKind = strawberry.field(description="What it is.")
    other: Party = party("other_id", description="To whom.")
    ended_at: datetime | None = strawberry.field(description="Since when it is so no more; null while it is.")


@reads(tables.CommitteeBody, visible=SEEN_WITH_COMMITTEE)
@strawberry.type(description="A body that a committee is made of.")
class CommitteeBody(Node):
    """Read from `committee_body`."""

    body: Party = party("body_id", description="The body.")
    weight: Decimal = strawberry.field(description="What its members count in weighted votes.")
    since_on: date = strawberry.field(description="The first day.")
    until_on: date | None = strawberry.field(description="The first day on which it is not any more; null if open.")


@reads(tables.TermsApproval)
@strawberry.type(description="A body's approval of terms of reference.")
class TermsApproval:
    """Read from `terms_approval`, and seen by who sees the terms."""

    body: Party = party("body_id", description="The body.")
    approved_on: date = strawberry.field(description="The day of its decision.")
    reference: str = strawberry.field(description="Where its decision is written down.")


@reads(tables.TermsOfReference, view=Permission.TERMS_OF_REFERENCE_VIEW)
@strawberry.type(description="A version of what a committee is for, and of the rules that it works by.")
class TermsOfReference(Node):
    """Read from `terms_of_reference`."""

    number: int = strawberry.field(description="From 1.")
    text: str = strawberry.field(description="What the committee is for.")
    rules: CommitteeRules = same(description="The rules.")
    drafted_at: datetime = strawberry.field(description="When this version was drafted.")
    in_force_at: datetime | None = strawberry.field(
        description="Since when it is in force; null while bodies are asked."
    )
    approvals: list[TermsApproval] = many(
        parts(tables.TermsApproval, "terms_id", order="approved_on"), description="Which bodies have approved it."
    )


@reads(tables.Seat, visible=SEEN_WITH_COMMITTEE)
@strawberry.type(description="A category of seats.")
class Seat(Node):
    """Read from `seat`."""

    title: str = strawberry.field(description="What it is called; unique in the committee.")
    minimum: int = strawberry.field(description="How many people hold one at least.")
    maximum: int | None = strawberry.field(description="How many at most; null: as many as you like.")
    vote: SeatVote = strawberry.field(description="Whether they vote.")
    drawn_from: str = strawberry.field(description="Where they come from.")
    stands_for: SeatStandsFor = strawberry.field(description="For whom they sit.")
    role: SeatRole = strawberry.field(description="The role that an appointment gives.")
    closed_at: datetime | None = strawberry.field(description="Since when nobody is appointed any more; null if open.")
    filled: int = computed(seats_filled, description="How many people hold one today, by the agency's calendar.")
    lacking: int = computed(
        lambda seat: func.greatest(seat.minimum - seats_filled(seat), 0),
        always=True,  # the minimum and the count are never null
        description="How many are missing today from the minimum.",
    )


@reads(tables.Appointment, view=Permission.APPOINTMENT_VIEW)
@strawberry.type(description="Somebody holds a seat.")
class Appointment(Node):
    """Read from `appointment`."""

    committee: Annotated[Committee, strawberry.lazy(OF_COMMITTEE)] | None = one(
        its(tables.Committee, "committee_id"), description="The committee."
    )
    subject: strawberry.ID = computed(subject("subject_id"), description="The account's id, as in `viewer`.")
    name: str = strawberry.field(description="As minutes name them.")
    seat: Seat = one(
        its(tables.Seat, "seat_id"),
        always=True,  # a foreign key sees to it that there is one
        description="The seat.",
    )
    body: Party | None = party_if_any("body_id", description="The body that they come from; null for none.")
    affiliations: list[str] | None = computed(
        lambda appointment: appointment.affiliations,
        permission=Permission.APPOINTMENT_AFFILIATIONS_VIEW,
        description="What ties them to others, as codes of exclusions; null without `appointment.affiliations:view`.",
    )
    begins_on: date = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(description="The first day on which they do not hold it; null if open.")
    appointed_by: str = strawberry.field(description="Who appointed them.")
    ended_at: datetime | None = strawberry.field(description="When it was ended before its time; null if it was not.")
    end_reason: str | None = computed(
        lambda appointment: appointment.end_reason,
        permission=Permission.APPOINTMENT_END_REASON_VIEW,
        description="Why; null without `appointment.end_reason:view`.",
    )


@reads(tables.Exclusion, visible=SEEN_WITH_COMMITTEE)
@strawberry.type(description="A rule about who may not hold a seat, or sit in for who does.")
class Exclusion(Node):
    """Read from `exclusion`."""

    kind: ExclusionKind = strawberry.field(description="What keeps somebody from it.")
    seats: ExcludedSeats = strawberry.field(description="Which seats it is about.")
    affiliation: str | None = strawberry.field(description="The affiliation, if it is one.")
    other: Party | None = party_if_any("other_id", description="The other committee, if it is one.")
    reason: str = strawberry.field(description="Why.")
    lifted_at: datetime | None = strawberry.field(description="Since when it does not count; null while it does.")


@reads(tables.Interest, view=Permission.INTEREST_VIEW)
@strawberry.type(description="An entry of the standing register of interests.")
class Interest(Node):
    """Read from `interest`."""

    subject: strawberry.ID = computed(subject("subject_id"), description="Whose it is, as in `viewer`.")
    text: str = strawberry.field(description="The interest.")
    declared_at: datetime = strawberry.field(description="Since when it stands there.")
    ended_at: datetime | None = strawberry.field(description="Since when it is not true any more; null while it is.")
