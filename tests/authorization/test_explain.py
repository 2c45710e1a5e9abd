"""Why somebody may or may not: right, complete, and never more than the asker may know."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from tests.authorization.listing import role_assignments

from almoner.authorization.delegate import delegate_role
from almoner.authorization.explain import explain_access
from almoner.authorization.permissions import Permission
from almoner.authorization.roles import assign_role, end_role_assignment
from almoner.core.errors import Invalid, NotFound
from almoner.organizations.create_organization import create_organization
from almoner.organizations.tables import Organization
from almoner.rates.tables import RateDevelopment

pytestmark = pytest.mark.anyio
ADMIN = "program_administrator"
VIEW = Permission.RATE_DEVELOPMENT_VIEW


async def make(scope, person, published=None):
    row = RateDevelopment(
        tenant_id=scope.tenant_id, name="x", submitted_by=person, submitted_at=scope.now(), published_at=published
    )
    scope.session.add(row)
    await scope.session.flush()
    return row


async def test_an_allowed_act_names_role_grant_and_fact(tenant):
    machine = tenant.identities["integrator"].subject_id

    async def ask(scope):
        return await explain_access(scope, machine, VIEW, await make(scope, machine), view=VIEW)

    found = await tenant.do(ADMIN, ask)
    assert found.allowed
    assert [(each.role, each.grant.scope, each.says) for each in found.because] == [
        ("integrator", "assigned", "the row names the subject")
    ]
    assert found.nearest == found.other_roles == ()


async def test_a_refused_act_names_the_nearest_grants_and_what_they_lack(tenant):
    machine = tenant.identities["integrator"].subject_id

    async def ask(scope):
        return await explain_access(scope, machine, VIEW, await make(scope, scope.viewer.subject_id), view=VIEW)

    found = await tenant.do("auditor", ask)
    assert (found.allowed, found.because) == (False, ())
    assert [(each.grant.scope, each.says) for each in found.nearest] == [("assigned", "the row names somebody else")]
    assert "actuary" in found.other_roles
    # Somebody who may not read the policy is not told which roles would do.
    assert (await tenant.do(ADMIN, ask)).other_roles == ()


async def test_an_organizations_row_is_explained_by_where_the_role_is_held(tenant):
    here, there = [
        await tenant.do(ADMIN, create_organization, kind="ACO", code=code, name="x") for code in ("A0001", "A0002")
    ]
    someone = tenant.identities["nobody"].subject_id
    await tenant.do(ADMIN, assign_role, someone, "cms_liaison", reason="x", at=here)

    async def ask(scope, organization):
        row = await scope.get(Organization, organization.id, Permission.ORGANIZATION_VIEW)
        return await explain_access(
            scope, someone, Permission.ORGANIZATION_VIEW, row, view=Permission.ORGANIZATION_VIEW
        )

    found = await tenant.do(ADMIN, ask, here)
    assert [(each.role, each.grant.role, each.organization_id) for each in found.because] == [
        ("cms_liaison", "aco_contact", here.id)
    ]
    refused = await tenant.do(ADMIN, ask, there)
    assert [each.says for each in refused.nearest] == ["the row belongs to another organization, or to none"]


async def test_a_delegated_role_explains_itself_until_its_source_ends(tenant):
    owner, someone = (tenant.identities[who].subject_id for who in ("actuary", "nobody"))
    certify, tomorrow = Permission.RATE_DEVELOPMENT_CERTIFY, tenant.house.clock() + timedelta(days=1)
    own = (await tenant.do(ADMIN, role_assignments, subject_id=owner))[0]
    await tenant.do("actuary", delegate_role, own.id, someone, valid_until=tomorrow, reason="on leave")
    found = await tenant.do("nobody", explain_access, someone, certify)
    assert [(each.assignment_kind, each.valid_until) for each in found.because] == [("DELEGATED", tomorrow)]
    await tenant.do(ADMIN, end_role_assignment, own.id, reason="left")
    assert not (await tenant.do("nobody", explain_access, someone, certify)).allowed


async def test_everybody_asks_about_oneself_and_few_about_others(tenant):
    me, other = (tenant.identities[who].subject_id for who in ("actuary", "auditor"))
    own = await tenant.do("actuary", explain_access, me, Permission.RATE_DEVELOPMENT_CERTIFY)
    assert own.allowed
    assert (await tenant.do("actuary", explain_access, me, Permission.POLICY_CHANGE)).other_roles == ()
    with pytest.raises(NotFound):
        await tenant.do("actuary", explain_access, other, VIEW)
    with pytest.raises(NotFound):
        await tenant.do(ADMIN, explain_access, tenant.id, VIEW)
    with pytest.raises(Invalid):
        await tenant.do("actuary", explain_access, me, "moon:view")


async def test_a_row_that_the_asker_may_not_see_does_not_exist(tenant):
    async def ask(scope):
        row = await make(scope, tenant.identities["actuary"].subject_id)
        return await explain_access(scope, scope.viewer.subject_id, VIEW, row, view=VIEW)

    with pytest.raises(NotFound):
        await tenant.do("integrator", ask)


async def test_the_explanation_agrees_with_the_decision(tenant):
    dice = random.Random(3)

    async def ask(scope, who, permission):
        people = [each.subject_id for each in tenant.identities.values()]
        row = await make(scope, dice.choice(people), dice.choice((None, scope.now())))
        subject = tenant.identities[who].subject_id
        found = await explain_access(scope, subject, permission, row, view=VIEW)
        return found, row

    for who in tenant.identities:
        for permission in Permission:
            found, row = await tenant.do("auditor", ask, who, permission)
            async with tenant.house.scope(tenant.identities[who], "test") as scope:
                assert found.allowed == scope.allows(permission, row)
            assert bool(found.because) or not found.allowed
