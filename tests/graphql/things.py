"""One of everything that a tenant can have, by the type's name: for tests that ask another tenant for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import circulated, entries
from tests.graphql.matrix import committee_bodies
from tests.graphql.matrix.committee_decisions import adopted
from tests.graphql.matrix.committee_records import raised
from tests.graphql.matrix.committee_session import declared
from tests.graphql.matrix.world import World

from almoner.authorization.break_glass import break_glass
from almoner.authorization.change import preview_policy_change
from almoner.authorization.document import Change, Role
from almoner.authorization.invitations import invite
from almoner.committees.calendar_feeds import create_calendar_feed
from almoner.committees.file_paper import file_paper
from almoner.committees.public_questions import record_question
from almoner.committees.referrals import refer_decision
from almoner.committees.status import MeetingStatus
from almoner.committees.votes import open_vote
from almoner.core.ids import global_id, new_id, split_global_id
from almoner.operations.documents import NewOperation
from almoner.operations.register import register_operations
from almoner.organizations.create_organization import create_organization
from almoner.tenancy.programs import create_program

ROLE = "program_administrator"


async def things_of(other_tenant, file) -> dict[str, str]:
    """Ids of one of each of a tenant's things."""
    filed = await file(other_tenant)
    program = await other_tenant.do(ROLE, create_program, code="x1", name="X")
    client = other_tenant.identities["integrator"].subject_id
    chamber = await make_chamber(other_tenant, members=1, prefix="reading-")
    held = await make_meeting(chamber, status=MeetingStatus.HELD)
    (operation,) = await other_tenant.do(ROLE, register_operations, client, [NewOperation("{ __typename }")])
    signed_in = await other_tenant.house.sign_in_machine(
        client_id=other_tenant.client_id, secret=other_tenant.client_secret
    )
    machine = other_tenant.house.keys.verify(signed_in.text, other_tenant.house.clock()).identity
    return {
        "RateDevelopment": filed.id,
        "Job": filed.job,
        "Committee": chamber.committee,
        "Meeting": held.meeting,
        "AgendaItem": global_id("AgendaItem", held.items["Vision"]),
        "Appointment": global_id("Appointment", chamber.appointments["chair"]),
        "Program": global_id("Program", program.id),
        "Subject": global_id("Subject", client),
        "RegisteredOperation": global_id("RegisteredOperation", operation.id),
        "Account": global_id("Account", other_tenant.identities["actuary"].subject_id),
        "ServiceAccount": global_id("ServiceAccount", machine.subject_id),
        "PolicyPreview": global_id("PolicyPreview", await preview_of(other_tenant)),
        "Session": global_id("Session", machine.proof.session_id),
        "CalendarFeed": global_id("CalendarFeed", await feed_of(other_tenant)),
        **await with_roles(other_tenant),
        **await with_committee(other_tenant),
        **await with_records(other_tenant),
        **await with_decisions(other_tenant),
        **await with_a_meeting(other_tenant),
        **await with_meetings(other_tenant),
    }


async def with_meetings(other_tenant) -> dict[str, str]:
    """Ids of its committee, of a meeting, and of what belongs to that."""
    chamber = await make_chamber(other_tenant, prefix="theirs-")
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=40)
    item = held.items["Vision"]
    author = other_tenant.identities["theirs-author"].subject_id
    paper = await chamber.do("secretary", file_paper, item, author_id=author, title="x")
    question = await chamber.do("secretary", record_question, held.id, asked_by="x", text="x")
    return {
        "Committee": chamber.committee,
        "Meeting": held.meeting,
        "AgendaItem": global_id("AgendaItem", item),
        "Paper": global_id("Paper", paper.id),
        "PublicQuestion": global_id("PublicQuestion", question.id),
    }


async def with_a_meeting(other_tenant) -> dict[str, str]:
    """Ids of a meeting of its committee, and of what happens in it."""
    world = World(other_tenant)
    await declared(world)
    chamber = await make_chamber(other_tenant, prefix="voting-")
    held = await make_meeting(chamber, present=("chair",))
    vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="m")
    return {
        "Meeting": world.ids["meeting"],
        "AgendaItem": world.ids["sitting_item"],
        "ConflictDeclaration": world.ids["declaration"],
        "Vote": global_id("Vote", vote.id),
    }


async def with_records(other_tenant) -> dict[str, str]:
    """Ids of the records of a committee of its."""
    world = World(other_tenant)
    await raised(world)
    chamber, held, minutes = await circulated(other_tenant, prefix="second-")
    entry = (await entries(chamber, minutes))[0]
    return {
        "Meeting": held.meeting,
        "Minutes": global_id("Minutes", minutes),
        "MinutesEntry": global_id("MinutesEntry", entry.id),
        "Action": world.ids["action"],
        "Reminder": global_id("Reminder", new_id()),
    }


async def feed_of(other_tenant) -> UUID:
    """The id of a calendar feed of somebody of its committee."""
    await make_chamber(other_tenant, prefix="calendar-")
    feed, _ = await other_tenant.do("calendar-member1", create_calendar_feed)
    return feed.id


async def with_decisions(other_tenant) -> dict[str, str]:
    """Ids of its committee, of what is delegated to it and of what it decides."""
    world = World(other_tenant)
    await adopted(world)
    names = {
        "Committee": "committee",
        "DelegationItem": "delegated",
        "DelegationAdoption": "adoption",
        "AgendaItem": "agenda_item",
        "Paper": "paper",
        "Decision": "decision",
    }
    found = {type_: world.ids[name] for type_, name in names.items()}
    chamber, scrutiny = world.ids["chamber"], world.ids["scrutinising"]
    decision = world.ids["decision_row"]
    row = await chamber.do("chair", refer_decision, decision.id, to_id=scrutiny.id, reason="r")
    return found | {"Referral": global_id("Referral", row.id)}


async def with_roles(other_tenant) -> dict[str, str]:
    """Ids of its organization, and of who holds, is invited to or took which role."""
    clock = other_tenant.house.clock
    place = await other_tenant.do(ROLE, create_organization, kind="ACO", code="A0001", name="Theirs")
    soon = clock() + timedelta(hours=1)
    invited = await other_tenant.do(ROLE, invite, "x@y.example", "cms_liaison", reason="r", expires_at=soon, at=place)
    opened = await other_tenant.do("actuary", break_glass, ROLE, reason="r", until_at=soon)
    return {
        "Organization": global_id("Organization", place.id),
        "Invitation": global_id("Invitation", invited.id),
        "BreakGlass": global_id("BreakGlass", opened.id),
        "RoleAssignment": global_id("RoleAssignment", opened.assignment_id),
    }


async def with_committee(other_tenant) -> dict[str, str]:
    """Ids of its committee, and of one of each that it is made up of."""
    world = World(other_tenant)
    parts = committee_bodies
    await parts.founded(parts.relate, parts.admit, parts.keep_out, parts.draft, parts.declare)(world)
    return {split_global_id(id_)[0]: id_ for name, id_ in world.ids.items() if name not in ("body", "other", "today")}


async def preview_of(tenant) -> UUID:
    """The id of a change that was looked at."""
    changes = [Change("add", Role("clerk", "tenant", "x"))]
    found = await tenant.do("policy_administrator", preview_policy_change, changes)
    return found.id
