"""Inviting somebody to a role, and how the owner of the address comes by it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.graphql.role_calls import ACTUARY, ADMIN, AUDITOR, NOBODY, Callers

from almoner.authorization.change import apply_policy_change, preview_policy_change
from almoner.authorization.document import Change, Grant
from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio

ADA, PASSWORD = "ada@aco.example", "an entirely new one"
LOGIN = """mutation ($tenant: String!, $email: String!, $password: String!) {
    login(tenant: $tenant, email: $email, password: $password) { accessToken problems { code } } }"""
SET = "mutation ($token: String!, $password: String!) { setPassword(token: $token, password: $password) { changed } }"
ACCOUNT = 'mutation { inviteAccount(email: "ada@aco.example", name: "Ada") { account { id } token problems { code } } }'
ME = "{ viewer { roles assignments { nodes { role kind state assignedBy organization { code } } } } }"
OPEN = "{ invitations(filter: {state: {eq: OPEN}}) { nodes { email role } } }"


@pytest.fixture
def callers(ask, tenant) -> Callers:
    return Callers(ask, tenant)


async def invite(callers, send, *, by=ADMIN, **changes):
    given = {"email": ADA, "role": "reviewer", "reason": "new", "expiresAt": callers.later(days=7), **changes}
    return await send(by, "inviteToRole", **given)


async def make_account(callers, *, tenant=None):
    """What `setPassword` takes, for a new account of Ada's."""
    return (await callers.read(ADMIN, ACCOUNT))["inviteAccount"]["token"]


async def come_in(callers, token):
    done = (await callers.ask(SET, {"token": token, "password": PASSWORD})).json()
    assert done["data"]["setPassword"] == {"changed": True}
    return await login(callers, ADA, PASSWORD)


async def login(callers, email, password="correct horse battery staple"):
    given = {"tenant": callers.tenant.code, "email": email, "password": password}
    payload = (await callers.ask(LOGIN, given)).json()["data"]["login"]
    assert payload["problems"] == []
    return (await callers.ask(ME, token=payload["accessToken"])).json()["data"]["viewer"]


async def states(callers):
    found = await callers.read(ADMIN, "{ invitations { nodes { role state assignment { role } } } }")
    return [(node["role"], node["state"], node["assignment"]) for node in found["invitations"]["nodes"]]


async def journal_of(callers, action):
    query = text("select detail from almoner.journal_entry where action = :action order by id")
    async with callers.tenant.house.database.tenant_transaction(callers.tenant.id) as session:
        return list((await session.execute(query, {"action": action})).scalars())


async def test_who_is_invited_has_the_role_as_soon_as_the_account_is_theirs(callers):
    place = await callers.organization()
    made = await invite(callers, callers.done, email=" Ada@ACO.example ", role="aco_executive", organization=place)
    assert (made["email"], made["state"], made["organization"]) == (ADA, "OPEN", {"code": "A0001"})
    assert (await callers.read(ADMIN, OPEN))["invitations"]["nodes"] == [{"email": ADA, "role": "aco_executive"}]
    token = await make_account(callers)
    assert (await states(callers)) == [("aco_executive", "OPEN", None)]
    viewer = await come_in(callers, token)
    assert viewer["roles"] == ["aco_executive"]
    assert viewer["assignments"]["nodes"] == [
        {
            "role": "aco_executive",
            "kind": "INVITED",
            "state": "HELD",
            "assignedBy": callers.subject(ADMIN),
            "organization": {"code": "A0001"},
        }
    ]
    assert await states(callers) == [("aco_executive", "TAKEN_UP", {"role": "aco_executive"})]
    (told,) = await journal_of(callers, "role.invitation_taken_up")
    assert told["role"] == "aco_executive"


async def test_who_has_an_account_takes_it_up_at_the_next_sign_in(callers):
    await invite(callers, callers.done, email="nobody@agency.example", role="reviewer")
    await invite(callers, callers.done, email="nobody@agency.example", role="integrator")
    assert (await callers.read(NOBODY, "{ viewer { roles } }"))["viewer"]["roles"] == []
    assert (await login(callers, "nobody@agency.example"))["roles"] == ["integrator", "reviewer"]
    assert (await login(callers, "nobody@agency.example"))["roles"] == ["integrator", "reviewer"]
    assert [state for _role, state, _made in await states(callers)] == ["TAKEN_UP", "TAKEN_UP"]


async def test_two_sign_ins_at_once_take_it_up_once(callers):
    await invite(callers, callers.done, email="nobody@agency.example")
    found = await asyncio.gather(*(login(callers, "nobody@agency.example") for _ in range(2)))
    assert [len(viewer["assignments"]["nodes"]) for viewer in found] == [1, 1]


async def test_another_address_and_another_agency_get_nothing(callers, other_tenant, ask):
    await invite(callers, callers.done, email="somebody.else@agency.example")
    await invite(Callers(ask, other_tenant), Callers(ask, other_tenant).done, email="nobody@agency.example")
    assert (await login(callers, "nobody@agency.example"))["roles"] == []


async def test_an_expired_or_withdrawn_invitation_gives_nothing(callers):
    withdrawn = await invite(callers, callers.done, role="integrator")
    gone = await callers.done(ADMIN, "withdrawInvitation", id=withdrawn["id"])
    assert gone["state"] == "WITHDRAWN"
    await invite(callers, callers.done, expiresAt=callers.later(hours=1))
    token = await make_account(callers)
    clock = callers.tenant.house.clock
    callers.tenant.house.clock = lambda: clock() + timedelta(hours=2)
    assert (await come_in(callers, token))["roles"] == []
    assert {state for _role, state, _made in await states(callers)} == {"EXPIRED", "WITHDRAWN"}


async def test_what_rules_refuse_keeps_nobody_out_and_is_told_to_the_journal(callers):
    place = await callers.organization()
    await invite(callers, callers.done, role="auditor", email="actuary@agency.example")
    await invite(callers, callers.done, role="reviewer", email="actuary@agency.example")
    await invite(
        callers, callers.done, role="cms_liaison", email="program_administrator@agency.example", organization=place
    )
    assert (await login(callers, "actuary@agency.example"))["roles"] == ["actuary", "reviewer"]
    # Who invited themselves gets nothing by it.
    assert (await login(callers, "program_administrator@agency.example"))["roles"] == [ADMIN]
    told = await journal_of(callers, "role.invitation_refused")
    assert [(each["role"], each["codes"]) for each in told] == [
        ("auditor", "ROLES_SEPARATED"),
        ("cms_liaison", "SEPARATION_OF_DUTIES"),
    ]
    assert len((await callers.read(ADMIN, OPEN))["invitations"]["nodes"]) == 2


async def test_it_is_taken_up_under_the_policy_of_that_moment(callers):
    await invite(callers, callers.done)
    await callers.appoint(AUDITOR, "integrator")
    await callers.appoint(NOBODY, "policy_administrator")
    grant = Grant("reviewer", "rate_development", "view", "any", "allow", "test")
    preview = await callers.tenant.do(NOBODY, preview_policy_change, [Change("add", grant)])
    await callers.tenant.do(NOBODY, apply_policy_change, preview.id, reason="test")
    assert (await come_in(callers, await make_account(callers)))["roles"] == ["reviewer"]


async def test_a_closed_organization_takes_its_invitations_along(callers):
    place = await callers.organization()
    await invite(callers, callers.done, role="cms_liaison", organization=place)
    await callers.done(ADMIN, "closeOrganization", id=place, reason="gone")
    assert (await come_in(callers, await make_account(callers)))["roles"] == []
    closed = await invite(callers, callers.refused, role="cms_liaison", organization=place)
    assert closed == [("ORGANIZATION_CLOSED", "organization")]


async def test_a_bad_invitation_is_refused(callers):
    async def refused(**changes):
        return await invite(callers, callers.refused, **changes)

    for email in ("nobody", "", "a@b@c", "a b@c", f"{'a' * 65}@b", "x" * 10_000):
        assert await refused(email=email) == [("BAD_EMAIL", "email")]
    assert await refused(email="a\0@b") == [("TEXT_NOT_STORABLE", "")]
    assert await refused(role="emperor", reason=" ") == [("UNKNOWN_ROLE", "role"), ("REASON_MISSING", "reason")]
    assert await refused(expiresAt="2000-01-01T00:00:00Z") == [("PERIOD_ORDER", "expiresAt")]
    assert await refused(validUntil="2000-01-01T00:00:00Z") == [("PERIOD_ORDER", "validUntil")]
    assert await refused(expiresAt="next week") == [("INSTANT_MALFORMED", "expiresAt")]
    assert await refused(role="aco_executive") == [("ORGANIZATION_MISSING", "organization")]
    assert await refused(organization=global_id("Organization", new_id())) == [("NOT_FOUND", "organization")]
    assert await refused(by=ACTUARY) == [("DENIED", "")]
    assert await refused(role="policy_administrator") == [("DENIED", "")]


async def test_an_invitation_that_is_closed_cannot_be_withdrawn(callers, other_tenant, ask):
    made = await invite(callers, callers.done, email="nobody@agency.example")
    stranger = Callers(ask, other_tenant)
    assert await stranger.refused(ADMIN, "withdrawInvitation", id=made["id"]) == [("NOT_FOUND", "")]
    assert await callers.refused(ACTUARY, "withdrawInvitation", id=made["id"]) == [("NOT_FOUND", "")]
    assert await callers.refused(AUDITOR, "withdrawInvitation", id=made["id"]) == [("DENIED", "")]
    await login(callers, "nobody@agency.example")
    assert await callers.refused(ADMIN, "withdrawInvitation", id=made["id"]) == [("INVITATION_CLOSED", "")]
