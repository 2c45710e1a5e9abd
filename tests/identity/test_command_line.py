"""What the operator does about accounts at the command line."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import col, select

from almoner.cli.local import add_machine, add_organization, add_person, due_accounts, in_tenant, reset
from almoner.core.errors import AlmonerError, NotFound
from almoner.identity.account_tokens import set_password
from almoner.identity.tables import ServiceAccount
from almoner.organizations.read import organizations

pytestmark = pytest.mark.anyio
ADDRESS = "actuary@agency.example"


async def test_the_operator_resets_a_password(tenant):
    house = tenant.house
    token = await in_tenant(house, tenant.code, lambda scope: reset(scope, email=ADDRESS, reason="locked out"))
    await set_password(house, token, "an entirely new one", request_id="test")
    assert (await house.sign_in(tenant=tenant.code, email=ADDRESS, password="an entirely new one")).text
    with pytest.raises(NotFound):
        await in_tenant(house, tenant.code, lambda scope: reset(scope, email="integrator", reason="r"))


async def test_the_operator_gives_accounts_roles_at_organizations(tenant):
    async def work(scope):
        await add_organization(scope, kind="RBHA", code="NARBHA", name="NARBHA, Inc.")
        person = {"email": "ben@narbha.example", "name": "Ben", "password": "correct horse battery staple"}
        made = await add_person(scope, **person, role="rbha_submitter", at="NARBHA")
        await add_machine(scope, tenant.code, name="desk", role="rbha_submitter", at="NARBHA")
        return made

    identity = await in_tenant(tenant.house, tenant.code, work)
    async with tenant.house.scope(identity, "test") as scope:
        assert [each.code for each in await organizations(scope)] == ["NARBHA"]
        assert {each.role for each in scope.viewer.held} == {"rbha_submitter"}


@pytest.mark.parametrize(
    ("role", "at", "code"),
    [
        ("rbha_submitter", "", "ORGANIZATION_MISSING"),
        ("rbha_submitter", "nowhere", "ORGANIZATION_NOT_FOUND"),
        ("auditor", "NARBHA", "ORGANIZATION_NOT_WANTED"),
        ("cms_liaison", "NARBHA", "ORGANIZATION_KIND_DIFFERS"),
    ],
)
async def test_a_role_at_the_wrong_place_is_refused_and_leaves_no_account(tenant, role, at, code):
    async def admit(scope):
        await add_organization(scope, kind="RBHA", code="NARBHA", name="NARBHA, Inc.")

    async def work(scope):
        await add_machine(scope, tenant.code, name="desk", role=role, at=at)

    await in_tenant(tenant.house, tenant.code, admit)
    with pytest.raises(AlmonerError) as refused:
        await in_tenant(tenant.house, tenant.code, work)
    assert [problem.code for problem in refused.value.problems] == [code]
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        query = select(col(ServiceAccount.name)).where(col(ServiceAccount.tenant_id) == tenant.id)
        assert (await session.execute(query)).scalars().all() == ["integrator"]


async def test_the_operator_sees_who_is_due(tenant, time):
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        assert await due_accounts(scope, days=30) == []
    time.now = time.now.replace(year=9999, month=12, day=15, hour=19)
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        (first, *rest) = await due_accounts(scope, days=16)
    assert len(rest) == 4
    assert first == {"email": ADDRESS, "name": "actuary", "recertifyBy": str(date(9999, 12, 31))}
