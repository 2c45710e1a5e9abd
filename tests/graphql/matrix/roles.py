"""Organizations, who holds which role, invitations and emergencies."""

from __future__ import annotations

from datetime import timedelta

from tests.authorization.listing import role_assignments
from tests.graphql.matrix.world import (
    ACTUARY,
    ADMINISTRATOR,
    AUDITOR,
    DENIED,
    EMPTY,
    NOBODY,
    NOT_FOUND,
    OWN,
    PROBLEMS,
    Row,
    World,
    administrators,
)

from almoner.authorization.break_glass import break_glass
from almoner.authorization.invitations import invite
from almoner.authorization.roles import assign_role
from almoner.core.ids import global_id
from almoner.organizations.close_organization import close_organization
from almoner.organizations.create_organization import create_organization

ID_AND_REASON = '(id: $id, reason: "r")'
TO_REVIEWER = 'role: "reviewer", reason: "r"'
LATER = '"2999-01-01T00:00:00Z"'


async def admit(world: World) -> None:
    row = await world.tenant.do(ADMINISTRATOR, create_organization, kind="ACO", code="A0001", name="An ACO")
    world.ids["organization"] = global_id("Organization", row.id)
    world.ids["place"] = row


async def let_go(world: World) -> None:
    await admit(world)
    await world.tenant.do(ADMINISTRATOR, close_organization, world.ids["place"].id, reason="r")


async def give(world: World) -> None:
    someone = world.tenant.identities[NOBODY].subject_id
    row = await world.tenant.do(ADMINISTRATOR, assign_role, someone, "reviewer", reason="r")
    world.ids["assignment"] = global_id("RoleAssignment", row.id)


async def find_own(world: World) -> None:
    subject = world.tenant.identities[ACTUARY].subject_id
    (row,) = await world.tenant.do(ADMINISTRATOR, role_assignments, subject_id=subject)
    world.ids["own"] = global_id("RoleAssignment", row.id)


async def ask_in(world: World) -> None:
    soon = world.tenant.house.clock() + timedelta(days=7)
    row = await world.tenant.do(ADMINISTRATOR, invite, "a@b.example", "reviewer", reason="r", expires_at=soon)
    world.ids["invitation"] = global_id("Invitation", row.id)


async def look_at_the_clock(world: World) -> None:
    world.ids["soon"] = (world.tenant.house.clock() + timedelta(hours=1)).isoformat()


async def smash(world: World) -> None:
    soon = world.tenant.house.clock() + timedelta(hours=1)
    row = await world.tenant.do(ACTUARY, break_glass, ADMINISTRATOR, reason="r", until_at=soon)
    world.ids["emergency"] = global_id("BreakGlass", row.id)


ROWS = [
    Row(
        "query",
        "organization",
        "(id: $id)",
        "{ id }",
        AUDITOR,
        NOBODY,
        NOT_FOUND,
        NOT_FOUND,
        admit,
        about="organization",
    ),
    Row("query", "organizations", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY, admit),
    # Everybody sees their own; somebody without a role has none.
    Row("query", "roleAssignments", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, OWN),
    Row("query", "invitations", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY, ask_in),
    Row("query", "breakGlasses", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY, smash),
    administrators("createOrganization", '(kind: ACO, code: "A0001", name: "An ACO")', OWN),
    administrators("renameOrganization", '(id: $id, name: "x")', prepare=admit, about="organization"),
    administrators("closeOrganization", ID_AND_REASON, prepare=admit, about="organization"),
    administrators("reopenOrganization", ID_AND_REASON, prepare=let_go, about="organization"),
    administrators("assignRole", f"(subject: $id, {TO_REVIEWER})", "UNKNOWN_SUBJECT", about="subject"),
    administrators("endRoleAssignment", ID_AND_REASON, prepare=give, about="assignment"),
    Row(
        "mutation",
        "delegateRole",
        f'(assignment: $id, subject: $subject, validUntil: {LATER}, reason: "r")',
        PROBLEMS,
        ACTUARY,
        AUDITOR,
        NOT_FOUND,
        NOT_FOUND,
        find_own,
        about="own",
    ),
    administrators("inviteToRole", f'(email: "a@b.example", {TO_REVIEWER}, expiresAt: {LATER})', OWN),
    administrators("withdrawInvitation", "(id: $id)", prepare=ask_in, about="invitation"),
    Row(
        "mutation",
        "breakGlass",
        '(role: "program_administrator", reason: "r", untilAt: $soon)',
        PROBLEMS,
        ACTUARY,
        AUDITOR,
        DENIED,
        OWN,
        look_at_the_clock,
    ),
    administrators("reviewBreakGlass", '(id: $id, justified: true, finding: "f")', prepare=smash, about="emergency"),
]
