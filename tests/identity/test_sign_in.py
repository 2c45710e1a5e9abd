"""Signing in: people and machines, and every way in which it fails."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from almoner.core.errors import Conflict, Invalid, Unauthenticated
from almoner.identity.accounts import create_account

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
ADDRESS = "actuary@agency.example"


async def refusal(awaitable):
    with pytest.raises(Unauthenticated) as refused:
        await awaitable
    return [(problem.code, problem.message) for problem in refused.value.problems]


async def test_a_person_signs_in_whatever_the_case_of_the_address(tenant):
    token = await tenant.house.sign_in(tenant=tenant.code, email=ADDRESS.upper(), password=PASSWORD)
    assert tenant.house.keys.verify(token.text, tenant.house.clock()).identity == tenant.identities["actuary"]


async def test_a_machine_signs_in(tenant):
    token = await tenant.house.sign_in_machine(client_id=tenant.client_id, secret=tenant.client_secret)
    assert tenant.house.keys.verify(token.text, tenant.house.clock()).identity == tenant.identities["integrator"]


async def test_all_failures_answer_alike(tenant, other_tenant):
    house = tenant.house
    machine = tenant.identities["integrator"].subject_id
    answers = [
        await refusal(house.sign_in(tenant=tenant.code, email=ADDRESS, password="wrong password")),
        await refusal(house.sign_in(tenant=tenant.code, email="who@agency.example", password=PASSWORD)),
        await refusal(house.sign_in(tenant="no-such-tenant", email=ADDRESS, password=PASSWORD)),
        await refusal(house.sign_in_machine(client_id=tenant.client_id, secret="wrong")),
        await refusal(house.sign_in_machine(client_id=f"{tenant.code}.nonsense", secret=tenant.client_secret)),
        await refusal(house.sign_in_machine(client_id="nonsense", secret=tenant.client_secret)),
        await refusal(house.sign_in_machine(client_id=f"{other_tenant.code}.{machine}", secret=tenant.client_secret)),
    ]
    assert len({str(answer) for answer in answers}) == 1


async def test_a_disabled_account_neither_signs_in_nor_acts_with_an_old_token(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text("update almoner.account set disabled_at = now()"))
    await refusal(tenant.house.sign_in(tenant=tenant.code, email=ADDRESS, password=PASSWORD))
    acted = []

    async def act(scope):
        acted.append(scope)

    with pytest.raises(Unauthenticated):
        await tenant.do("actuary", act)
    assert acted == []


async def test_a_role_that_has_ended_gives_nothing(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text("update almoner.role_assignment set valid_until = now()"))
    async with tenant.house.scope(tenant.identities["actuary"], "test") as scope:
        assert scope.viewer.roles == frozenset()


async def test_secrets_stand_hashed(tenant):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        stored = [
            *(await session.execute(text("select password_hash from almoner.account"))).scalars(),
            *(await session.execute(text("select secret_hash from almoner.service_account"))).scalars(),
        ]
    assert stored
    assert all(value.startswith("$argon2id$") for value in stored)


async def test_all_problems_of_a_new_account_come_at_once(tenant):
    with pytest.raises(Invalid) as refused:
        async with tenant.house.operator_scope(tenant.id, "test") as scope:
            await create_account(scope, email="nobody", name=" ", password="short")
    assert [problem.code for problem in refused.value.problems] == ["BAD_EMAIL", "NAME_MISSING", "PASSWORD_TOO_SHORT"]


async def test_an_address_has_one_account(tenant):
    with pytest.raises(Conflict):
        async with tenant.house.operator_scope(tenant.id, "test") as scope:
            await create_account(scope, email=ADDRESS, name="Again", password=PASSWORD)
