"""Who may send registered operations only."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from almoner.core.errors import Denied, NotFound
from almoner.operations.read import operation_rules
from almoner.operations.rules import set_registered_only

pytestmark = pytest.mark.anyio

ADMINISTRATOR = "program_administrator"


@pytest.fixture
def held(client, tenant):
    """Whether somebody is held: the endpoint refuses a document that is not registered."""

    async def ask(who="integrator", owner=tenant):
        headers = {"Authorization": f"Bearer {owner.token(who)}"}
        body = (await client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)).json()
        codes = [error["extensions"]["code"] for error in body.get("errors", ())]
        assert codes in ([], ["REGISTERED_DOCUMENTS_ONLY"])
        return codes != []

    return ask


@pytest.mark.parametrize("whole", [None, False, True])
@pytest.mark.parametrize("own", [None, False, True])
async def test_a_client_is_held_by_its_own_rule_or_its_tenants(tenant, held, whole, own):
    me = tenant.identities["integrator"].subject_id
    for client_id, on in ((None, whole), (me, own)):
        if on is not None:
            await tenant.do(ADMINISTRATOR, set_registered_only, client_id, on)
    assert await held() is (whole is True or own is True)
    assert await held("actuary") is (whole is True)


async def test_rules_of_one_tenant_hold_nobody_in_another(tenant, other_tenant, held):
    await tenant.do(ADMINISTRATOR, set_registered_only, None, True)
    assert (await held(), await held(owner=other_tenant)) == (True, False)
    assert list(await other_tenant.do(ADMINISTRATOR, operation_rules)) == []


async def test_a_rule_is_one_row_and_each_change_is_in_the_journal(tenant, held, journal, contents):
    me = tenant.identities["integrator"].subject_id
    for client_id in (None, me):
        for on in (True, True, False, False, True):
            rule = await tenant.do(ADMINISTRATOR, set_registered_only, client_id, on)
            assert (rule.client_id, rule.registered_only) == (client_id, on)
    assert len(await contents(tenant)) == 2
    entries = [(entry.action, entry.detail) for entry in await journal(tenant)]
    assert entries == [
        ("operation_rule.set", {"client": client, "registered_only": on})
        for client in (None, str(me))
        for on in (True, False, True)
    ]


@pytest.mark.parametrize("whom", [None, "integrator"])
async def test_two_who_set_a_rule_first_at_once_set_one(tenant, contents, journal, whom):
    client_id = tenant.identities[whom].subject_id if whom else None
    both = [tenant.do(ADMINISTRATOR, set_registered_only, client_id, True) for _ in range(2)]
    one, two = await asyncio.gather(*both)
    assert one.id == two.id
    assert (len(await contents(tenant)), len(await journal(tenant))) == (1, 1)


async def test_the_tenants_own_rule_is_listed_first(tenant):
    me = tenant.identities["integrator"].subject_id
    await tenant.do(ADMINISTRATOR, set_registered_only, me, True)
    await tenant.do(ADMINISTRATOR, set_registered_only, None, False)
    assert [rule.client_id for rule in await tenant.do("auditor", operation_rules)] == [None, me]


@pytest.mark.parametrize("role", ["actuary", "auditor", "integrator", "nobody"])
@pytest.mark.parametrize("whom", [None, "integrator"])
async def test_only_an_administrator_sets_rules(tenant, held, contents, journal, role, whom):
    client_id = tenant.identities[whom].subject_id if whom else None
    with pytest.raises(Denied):
        await tenant.do(role, set_registered_only, client_id, True)
    assert await held() is False
    assert (await contents(tenant), await journal(tenant)) == ([], [])


@pytest.mark.parametrize("role", ["actuary", "integrator", "nobody"])
async def test_who_may_not_view_sees_no_rules(tenant, role):
    await tenant.do(ADMINISTRATOR, set_registered_only, None, True)
    assert list(await tenant.do(role, operation_rules)) == []


async def test_another_tenants_client_and_an_unknown_one_are_not_there(tenant, other_tenant, contents):
    for client_id in (other_tenant.identities["integrator"].subject_id, uuid4()):
        with pytest.raises(NotFound):
            await tenant.do(ADMINISTRATOR, set_registered_only, client_id, True)
    assert (await contents(tenant), await contents(other_tenant)) == ([], [])
