"""A committee in the schema, with everything that belongs to it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from almoner.authorization.permissions import Permission
from almoner.committees import tables
from almoner.organizations.tables import Organization as OrganizationTable
from almoner_graphql.committees.bodies import (
    Appointment,
    CommitteeBody,
    CommitteeRelation,
    Exclusion,
    Interest,
    Seat,
    TermsOfReference,
)
from almoner_graphql.committees.enums import CommitteeKind
from almoner_graphql.committees.lists import (
    MEETINGS_WHERE,
    ActionFilter,
    ActionOrder,
    DecisionFilter,
    MeetingFilter,
    MeetingOrder,
)
from almoner_graphql.committees.meetings import Meeting
from almoner_graphql.committees.records import Action, Referral
from almoner_graphql.committees.session import CommitteeDelegation, Decision
from almoner_graphql.committees.sources import its, of_organization, parts, terms_in_force
from almoner_graphql.connection import Connection
from almoner_graphql.node import Node
from almoner_graphql.organizations.types import Organization
from almoner_graphql.planner.declare import computed, many, one, pages, reads


@reads(tables.Committee, view=Permission.COMMITTEE_VIEW)
@strawberry.type(description="A body that meets. It is an organization, too: people hold roles at it.")
class Committee(Node):
    """Read from `committee`, and from the organization that it is."""

    kind: CommitteeKind = strawberry.field(description="What it is.")
    code: str = computed(
        of_organization("code"),
        always=True,  # a foreign key sees to it that there is an organization
        description="What people call it by; unique in the agency.",
    )
    organization: Organization | None = one(
        its(OrganizationTable, "id"), description="The organization that it is, at which people hold roles."
    )
    name: str = computed(of_organization("name"), always=True, description="Its name.")  # the same key
    can_decide: bool = strawberry.field(
        description="It is a legal entity that decides; otherwise it notes, endorses, recommends and refers."
    )
    public_at: datetime | None = strawberry.field(description="Since when it is public; null if it is not.")
    terms: TermsOfReference | None = one(
        terms_in_force, description="The terms of reference in force; null before there are any."
    )
    terms_versions: list[TermsOfReference] = many(
        parts(tables.TermsOfReference, "committee_id", order="number"), expect=5, description="All versions of them."
    )
    bodies: list[CommitteeBody] = many(
        parts(tables.CommitteeBody, "committee_id", order="since_on"), description="The bodies that it is made of."
    )
    relations: list[CommitteeRelation] = many(
        parts(tables.CommitteeRelation, "committee_id", order="kind"), expect=3, description="What it is to others."
    )
    seats: list[Seat] = many(parts(tables.Seat, "committee_id", order="title"), description="Its seats.")
    appointments: Connection[Appointment] = pages(
        parts(tables.Appointment, "committee_id"), description="Who holds them, held them or will, as appointed."
    )
    exclusions: list[Exclusion] = many(
        parts(tables.Exclusion, "committee_id"), expect=3, description="Who may not hold a seat."
    )
    interests: Connection[Interest] = pages(
        parts(tables.Interest, "committee_id"), description="The standing register of interests."
    )
    delegations: list[CommitteeDelegation] = many(
        parts(tables.CommitteeDelegation, "committee_id", order="position"), description="The register of delegations."
    )
    meetings: Connection[Meeting] = pages(
        parts(tables.Meeting, "committee_id"),
        newest_first=True,
        filter=MeetingFilter,
        where=MEETINGS_WHERE,
        orders=MeetingOrder,
        description="Its meetings, the one that was planned last first unless ordered otherwise.",
    )
    decisions: Connection[Decision] = pages(
        parts(tables.Decision, "committee_id", order="number"),
        key="number",
        newest_first=True,
        filter=DecisionFilter,
        description="What it has decided, the latest first.",
    )
    actions: Connection[Action] = pages(
        parts(tables.Action, "committee_id"),
        filter=ActionFilter,
        orders=ActionOrder,
        description="Its actions. Those with the status OPEN, by `dueOn`, are what is to be done, overdue ones first.",
    )
    referrals: Connection[Referral] = pages(
        parts(tables.Referral, "committee_id"),
        newest_first=True,
        description="What it has referred to other committees.",
    )
    referred_to_it: Connection[Referral] = pages(
        parts(tables.Referral, "to_id"), newest_first=True, description="What was referred to it."
    )
