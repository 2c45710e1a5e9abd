"""Giving roles and taking them away: where, until when, by whom, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.authorization.listing import invitations, role_assignments

from almoner.authorization.delegate import delegate_role
from almoner.authorization.invitations import invite, take_up_invitation, withdraw_invitation
from almoner.authorization.permissions import Permission
from almoner.authorization.roles import assign_role, end_role_assignment
from almoner.core.errors import Conflict, Denied, Invalid, NotFound
from almoner.core.ids import new_id
from almoner.organizations.create_organization import create_organization
from almoner.organizations.read import find_organization, get_organization, organizations

pytestmark = pytest.mark.anyio
ADMIN = "program_administrator"


@pytest.fixture
async def acos(tenant):
    """Two ACOs."""
    return [
        await tenant.do(ADMIN, create_organization, kind="ACO", code=code, name=f"ACO {code}")
        for code in ("A0001", "A0002")
    ]


async def give(tenant, who, role, by=ADMIN, **more):
    return await tenant.do(by, assign_role, tenant.identities[who].subject_id, role, reason="test", **more)


async def codes(awaitable, error):
    with pytest.raises(error) as caught:
        await awaitable
    return [problem.code for problem in caught.value.problems]


async def may(tenant, who, permission, row=None):
    async with tenant.house.scope(tenant.identities[who], "test") as scope:
        return scope.allows(permission, row)


async def now(tenant):
    return tenant.house.clock()


async def test_a_role_at_an_organization_reaches_its_rows_only(tenant, acos):
    await give(tenant, "nobody", "aco_executive", at=acos[0])
    assert [each.code for each in await tenant.do("nobody", organizations)] == ["A0001"]
    assert (await tenant.do("nobody", find_organization, "A0001")).id == acos[0].id
    with pytest.raises(NotFound):
        await tenant.do("nobody", get_organization, acos[1].id)
    # An executive designates the contacts of the own ACO, and of no other.
    await give(tenant, "actuary", "cms_liaison", by="nobody", at=acos[0])
    assert await codes(give(tenant, "actuary", "cms_liaison", by="nobody", at=acos[1]), Denied) == ["DENIED"]
    assert await codes(give(tenant, "actuary", "auditor", by="nobody"), Denied) == ["DENIED"]
    assert len(await tenant.do("nobody", role_assignments)) == 2


@pytest.mark.parametrize(
    ("role", "more", "code"),
    [
        ("emperor", {}, "UNKNOWN_ROLE"),
        ("worker", {}, "ROLE_NOT_GIVEN"),
        ("aco_contact", {}, "ROLE_NOT_GIVEN"),
        ("aco_executive", {}, "ORGANIZATION_MISSING"),
        ("reviewer", {"at": 0}, "ORGANIZATION_NOT_WANTED"),
        ("rbha_submitter", {"at": 0}, "ORGANIZATION_KIND_DIFFERS"),
        ("reviewer", {"valid_until": timedelta(seconds=-1)}, "PERIOD_ORDER"),
    ],
)
async def test_a_bad_assignment_is_refused_and_changes_nothing(tenant, acos, role, more, code):
    before = len(await tenant.do(ADMIN, role_assignments))
    if "at" in more:
        more = {"at": acos[more["at"]]}
    if "valid_until" in more:
        more = {"valid_until": await now(tenant) + more["valid_until"]}
    assert await codes(give(tenant, "nobody", role, **more), Invalid) == [code]
    assert len(await tenant.do(ADMIN, role_assignments)) == before


async def test_a_role_for_nobody_or_without_a_reason_is_refused(tenant):
    unknown = tenant.do(ADMIN, assign_role, new_id(), "reviewer", reason=" ")
    assert await codes(unknown, Invalid) == ["REASON_MISSING", "UNKNOWN_SUBJECT"]


async def test_a_role_is_held_once_at_a_time(tenant, acos):
    end = await now(tenant) + timedelta(days=1)
    await give(tenant, "nobody", "cms_liaison", at=acos[0], valid_until=end)
    assert await codes(give(tenant, "nobody", "cms_liaison", at=acos[0]), Invalid) == ["ROLE_HELD_ALREADY"]
    await give(tenant, "nobody", "cms_liaison", at=acos[0], valid_from=end)
    await give(tenant, "nobody", "cms_liaison", at=acos[1])


async def test_separated_roles_are_for_different_people_of_one_organization(tenant, acos):
    await give(tenant, "nobody", "authorized_to_sign_primary", at=acos[0])
    secondary = give(tenant, "nobody", "authorized_to_sign_secondary", at=acos[0])
    assert await codes(secondary, Invalid) == ["ROLES_SEPARATED"]
    await give(tenant, "nobody", "authorized_to_sign_secondary", at=acos[1])
    assert await codes(give(tenant, "actuary", "auditor"), Invalid) == ["ROLES_SEPARATED"]


async def test_nobody_gives_oneself_a_role_or_makes_administrators_by_a_detour(tenant):
    assert await codes(give(tenant, ADMIN, "reviewer"), Denied) == ["SEPARATION_OF_DUTIES"]
    assert await codes(give(tenant, "nobody", "policy_administrator"), Denied) == ["DENIED"]
    for who in ("actuary", "auditor", "integrator", "nobody"):
        assert await codes(give(tenant, ADMIN, "reviewer", by=who), Denied) == ["DENIED"]


async def test_a_role_holds_from_and_until(tenant, monkeypatch):
    begin = await now(tenant) + timedelta(days=1)
    await give(tenant, "nobody", "reviewer", valid_from=begin, valid_until=begin + timedelta(days=1))
    clock = tenant.house.clock
    found = []
    for moment in (timedelta(0), timedelta(days=1, minutes=1), timedelta(days=2, minutes=1)):
        tenant.house.clock = lambda moment=moment: clock() + moment
        found.append(await may(tenant, "nobody", Permission.PROGRAM_VIEW))
    assert found == [False, True, False]


async def test_a_role_that_was_taken_away_is_gone_at_once_and_keeps_its_reason(tenant):
    given = await give(tenant, "nobody", "reviewer")
    assert await may(tenant, "nobody", Permission.PROGRAM_VIEW)
    ended = await tenant.do(ADMIN, end_role_assignment, given.id, reason="left")
    assert (ended.end_reason, ended.ended_by) == ("left", tenant.identities[ADMIN].subject_id)
    assert not await may(tenant, "nobody", Permission.PROGRAM_VIEW)
    again = tenant.do(ADMIN, end_role_assignment, given.id, reason="left")
    assert await codes(again, Conflict) == ["ASSIGNMENT_ENDED"]


async def test_who_may_not_see_an_assignment_cannot_end_it(tenant, other_tenant):
    given = await give(tenant, "nobody", "reviewer")
    assert await codes(tenant.do("actuary", end_role_assignment, given.id, reason="x"), NotFound) == ["NOT_FOUND"]
    assert await codes(tenant.do("auditor", end_role_assignment, given.id, reason="x"), Denied) == ["DENIED"]
    stranger = other_tenant.do(ADMIN, end_role_assignment, given.id, reason="x")
    assert await codes(stranger, NotFound) == ["NOT_FOUND"]
    await tenant.do("nobody", end_role_assignment, given.id, reason="I give it up")


async def test_the_last_administrator_of_the_policy_cannot_leave(tenant):
    async def appoint(who):
        async with tenant.house.operator_scope(tenant.id, "test") as scope:
            return await assign_role(scope, tenant.identities[who].subject_id, "policy_administrator", reason="test")

    staff = tenant.identities["policy_administrator"].subject_id
    (before,) = await tenant.do(ADMIN, role_assignments, subject_id=staff)
    second = await appoint("integrator")
    await tenant.do("policy_administrator", end_role_assignment, before.id, reason="done")
    last = tenant.do("integrator", end_role_assignment, second.id, reason="done")
    assert await codes(last, Conflict) == ["LAST_ADMINISTRATOR"]


async def test_an_invitation_becomes_an_assignment_once(tenant, acos):
    soon = await now(tenant) + timedelta(days=7)
    invitation = await tenant.do(
        ADMIN, invite, " Ada@ACO.example ", "aco_executive", at=acos[0], reason="new", expires_at=soon
    )
    assert invitation.email == "ada@aco.example"
    someone = tenant.identities["nobody"].subject_id

    async def take(scope):
        return await take_up_invitation(scope, invitation.id, someone, at=acos[0])

    made = await tenant.do("nobody", take)
    assert (made.kind, made.assigned_by) == ("INVITED", tenant.identities[ADMIN].subject_id)
    assert await codes(tenant.do("nobody", take), Conflict) == ["INVITATION_CLOSED"]
    assert await codes(tenant.do(ADMIN, withdraw_invitation, invitation.id), Conflict) == ["INVITATION_CLOSED"]
    assert [each.code for each in await tenant.do("nobody", organizations)] == ["A0001"]
    assert len(await tenant.do("nobody", invitations)) == 1


async def test_an_invitation_that_expired_or_was_withdrawn_is_not_taken_up(tenant):
    clock, someone = tenant.house.clock, tenant.identities["nobody"].subject_id
    soon = clock() + timedelta(days=7)
    made = [await tenant.do(ADMIN, invite, "a@b.example", "reviewer", reason="x", expires_at=soon) for _ in range(2)]
    await tenant.do(ADMIN, withdraw_invitation, made[0].id)
    assert await codes(tenant.do("nobody", take_up_invitation, made[0].id, someone), Conflict) == ["INVITATION_CLOSED"]
    tenant.house.clock = lambda: clock() + timedelta(days=8)
    expired = tenant.do("nobody", take_up_invitation, made[1].id, someone)
    assert await codes(expired, Conflict) == ["INVITATION_EXPIRED"]
    tenant.house.clock = clock
    me = tenant.identities[ADMIN].subject_id
    assert await codes(tenant.do("nobody", take_up_invitation, made[1].id, me), Denied) == ["SEPARATION_OF_DUTIES"]
    tenant.house.clock = lambda: clock() + timedelta(days=8)
    bad = tenant.do(ADMIN, invite, "nobody", "emperor", reason="", expires_at=soon)
    assert await codes(bad, Invalid) == ["UNKNOWN_ROLE", "BAD_EMAIL", "REASON_MISSING", "PERIOD_ORDER"]
    assert await codes(
        tenant.do("actuary", invite, "a@b.example", "reviewer", reason="x", expires_at=soon), Denied
    ) == ["DENIED"]


async def own_assignment(tenant, who):
    subject = tenant.identities[who].subject_id
    return (await tenant.do(ADMIN, role_assignments, subject_id=subject))[0]


async def test_a_delegated_role_ends_with_the_delegators_own(tenant):
    own, tomorrow = await own_assignment(tenant, "actuary"), await now(tenant) + timedelta(days=1)
    someone = tenant.identities["nobody"].subject_id
    made = await tenant.do("actuary", delegate_role, own.id, someone, valid_until=tomorrow, reason="on leave")
    assert made.kind == "DELEGATED"
    assert await may(tenant, "nobody", Permission.RATE_DEVELOPMENT_CERTIFY)
    await tenant.do(ADMIN, end_role_assignment, own.id, reason="left")
    assert not await may(tenant, "nobody", Permission.RATE_DEVELOPMENT_CERTIFY)


async def test_a_delegation_ends_by_the_clock_or_is_taken_back(tenant):
    clock, someone = tenant.house.clock, tenant.identities["nobody"].subject_id
    own, tomorrow = await own_assignment(tenant, "actuary"), clock() + timedelta(days=1)
    made = await tenant.do("actuary", delegate_role, own.id, someone, valid_until=tomorrow, reason="on leave")
    tenant.house.clock = lambda: clock() + timedelta(days=2)
    assert not await may(tenant, "nobody", Permission.RATE_DEVELOPMENT_CERTIFY)
    tenant.house.clock = clock
    await tenant.do("actuary", end_role_assignment, made.id, reason="back again")
    assert not await may(tenant, "nobody", Permission.RATE_DEVELOPMENT_CERTIFY)


async def test_what_one_does_not_hold_cannot_be_delegated(tenant):
    tomorrow = await now(tenant) + timedelta(days=1)
    own, admins = await own_assignment(tenant, "actuary"), await own_assignment(tenant, ADMIN)
    nobody, integrator = (tenant.identities[who].subject_id for who in ("nobody", "integrator"))

    def delegate(who, source, to, until=tomorrow, reason="x"):
        return tenant.do(who, delegate_role, source.id, to, valid_until=until, reason=reason)

    assert await codes(delegate("actuary", admins, nobody), NotFound) == ["NOT_FOUND"]
    auditors = await own_assignment(tenant, "auditor")
    assert await codes(delegate("auditor", auditors, nobody), Denied) == ["DENIED"]
    oneself = delegate("actuary", own, tenant.identities["actuary"].subject_id)
    assert await codes(oneself, Invalid) == ["DELEGATION_TO_ONESELF"]
    assert await codes(delegate("actuary", own, tenant.identities["auditor"].subject_id), Invalid) == [
        "ROLES_SEPARATED"
    ]
    assert await codes(delegate("actuary", own, nobody, reason=" "), Invalid) == ["REASON_MISSING"]
    past = await now(tenant) - timedelta(days=1)
    assert await codes(delegate("actuary", own, nobody, until=past), Invalid) == ["PERIOD_ORDER"]
    passed_on = await delegate("actuary", own, nobody)
    assert await codes(delegate("nobody", passed_on, integrator), Denied) == ["NOT_YOURS_TO_DELEGATE"]


async def test_rows_from_before_are_kept_as_held_at_the_tenant(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(
            text(
                "insert into almoner.role_assignment (tenant_id, id, subject_id, role, reason, valid_from) "
                "values (:tenant, gen_random_uuid(), :subject, 'reviewer', 'old', now() - interval '1 day')"
            ),
            {"tenant": tenant.id, "subject": tenant.identities["nobody"].subject_id},
        )
    assert await may(tenant, "nobody", Permission.PROGRAM_VIEW)


async def test_an_organization_is_refused_clearly(tenant, acos):
    def create(kind="RBHA", code="NARBHA", name="x", who=ADMIN):
        return tenant.do(who, create_organization, kind=kind, code=code, name=name)

    assert await codes(create(kind="CLUB", code="!", name=" "), Invalid) == [
        "UNKNOWN_ORGANIZATION_KIND",
        "BAD_ORGANIZATION_CODE",
        "NAME_MISSING",
    ]
    assert await codes(create(code="A0001"), Conflict) == ["ORGANIZATION_EXISTS"]
    assert await codes(create(who="actuary"), Denied) == ["DENIED"]
    assert await codes(tenant.do("nobody", find_organization, "A0001"), NotFound) == ["ORGANIZATION_NOT_FOUND"]
    assert [each.code for each in await tenant.do(ADMIN, organizations, kind="RBHA")] == []
