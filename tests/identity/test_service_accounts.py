"""Machines: rotating secrets while clients change over, and keeping machines out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from almoner.core.errors import Unauthenticated
from almoner.identity.disable import disable_service_account, enable_service_account
from almoner.identity.service_accounts import client_id_of, create_service_account, rotate_service_account

pytestmark = pytest.mark.anyio
ADMINISTRATOR = "program_administrator"


@pytest.fixture
def machine(tenant):
    return tenant.identities["integrator"].subject_id


@pytest.fixture
def sign_in(tenant):
    async def do(secret, client_id=tenant.client_id):
        return await tenant.house.sign_in_machine(client_id=client_id, secret=secret)

    return do


@pytest.fixture
def rotate(tenant, machine):
    async def do(**overlap):
        _account, secret = await tenant.do(ADMINISTRATOR, rotate_service_account, machine, overlap=timedelta(**overlap))
        return secret

    return do


async def test_an_administrator_makes_a_machine_that_signs_in(tenant, sign_in, refusal):
    async def make(scope):
        account, secret = await create_service_account(scope, name=" nightly ")
        return await client_id_of(scope, account), secret

    client_id, secret = await tenant.do(ADMINISTRATOR, make)
    assert (await sign_in(secret, client_id)).text
    assert await refusal(tenant.do(ADMINISTRATOR, make)) == "ACCOUNT_EXISTS"
    assert await refusal(tenant.do("actuary", make)) == "DENIED"
    assert await refusal(tenant.do(ADMINISTRATOR, create_service_account, name=" ")) == "NAME_MISSING"


async def test_two_secrets_overlap_for_a_while(tenant, time, sign_in, rotate, refusal, entries):
    secret = await rotate(hours=24)
    assert (await sign_in(secret)).text
    assert (await sign_in(tenant.client_secret)).text
    time.passes(hours=24)
    assert await refusal(sign_in(tenant.client_secret)) == "WRONG_CREDENTIALS"
    assert (await sign_in(secret)).text
    rotated = [detail for action, _, detail in await entries() if action == "service_account.rotated"]
    assert len(rotated) == 1
    assert secret not in str(rotated)


async def test_without_an_overlap_the_old_secret_is_worthless_at_once(tenant, sign_in, rotate, refusal):
    await rotate(hours=0)
    assert await refusal(sign_in(tenant.client_secret)) == "WRONG_CREDENTIALS"


async def test_never_more_than_two_secrets_are_good(tenant, sign_in, rotate, refusal):
    second, third = await rotate(hours=24), await rotate(hours=24)
    assert await refusal(sign_in(tenant.client_secret)) == "WRONG_CREDENTIALS"
    assert (await sign_in(second)).text
    assert (await sign_in(third)).text


async def test_a_rotation_needs_its_permission_and_a_sensible_overlap(tenant, other_tenant, machine, rotate, refusal):
    for overlap in (timedelta(days=31), timedelta(hours=-1)):
        wrong = tenant.do(ADMINISTRATOR, rotate_service_account, machine, overlap=overlap)
        assert await refusal(wrong) == "OVERLAP_OUT_OF_RANGE"
    hour = timedelta(hours=1)
    assert await refusal(tenant.do("auditor", rotate_service_account, machine, overlap=hour)) == "DENIED"
    assert await refusal(tenant.do("actuary", rotate_service_account, machine, overlap=hour)) == "NOT_FOUND"
    stranger = other_tenant.do(ADMINISTRATOR, rotate_service_account, machine, overlap=hour)
    assert await refusal(stranger) == "NOT_FOUND"


async def test_a_disabled_machine_is_out_at_once_with_all_its_secrets_and_tokens(
    tenant, machine, sign_in, rotate, refusal
):
    secret = await rotate(hours=24)
    identity = tenant.house.keys.verify((await sign_in(secret)).text, tenant.house.clock()).identity
    await tenant.do(ADMINISTRATOR, disable_service_account, machine, reason="retired")
    for each in (secret, tenant.client_secret):
        assert await refusal(sign_in(each)) == "WRONG_CREDENTIALS"
    with pytest.raises(Unauthenticated):
        async with tenant.house.scope(identity, "test"):
            pass
    assert await refusal(rotate(hours=1)) == "WRONG_STATUS"
    await tenant.do(ADMINISTRATOR, enable_service_account, machine, reason="needed after all")
    assert (await sign_in(secret)).text
