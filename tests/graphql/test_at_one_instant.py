"""Two who add the same thing at one instant, over HTTP: one of them is answered as who comes later is."""

from __future__ import annotations

import asyncio

import pytest
from tests.graphql.locks import locked
from tests.graphql.matrix.identity import PROVIDER
from tests.graphql.matrix.world import ISSUER
from tests.graphql.role_calls import ADMIN

from almoner.identity.openid import OpenIdClient

pytestmark = pytest.mark.anyio

PATIENCE = 15


@pytest.fixture
def both_at_once(ask, tenant, superuser_url):
    """Sends a mutation twice, so that both have looked at a table before either adds to it; the problems of both."""

    async def send(table, mutation):
        query = f"mutation {{ made: {mutation} {{ problems {{ code path }} }} }}"
        async with (
            asyncio.timeout(PATIENCE),
            asyncio.TaskGroup() as group,
            locked(superuser_url, table, "share") as waiting,
        ):
            sent = [group.create_task(ask(query, token=tenant.token(ADMIN))) for _ in range(2)]
            while await waiting() < 2:
                assert not any(one.done() for one in sent)
        later = await ask(query, token=tenant.token(ADMIN))
        answers = [one.result().json() for one in sent]
        assert [answer.get("errors") for answer in answers] == [None, None]
        first, second = sorted(answer["data"]["made"]["problems"] for answer in answers)
        return first, second, later.json()["data"]["made"]["problems"]

    return send


@pytest.mark.parametrize(
    ("table", "mutation", "code", "field"),
    [
        ("organization", 'createOrganization(kind: ACO, code: "A0001", name: "x")', "ORGANIZATION_EXISTS", "code"),
        ("account", 'inviteAccount(email: "ada@aco.example", name: "Ada")', "ACCOUNT_EXISTS", "email"),
        ("service_account", 'createServiceAccount(name: "m")', "ACCOUNT_EXISTS", "name"),
        ("program", 'createProgram(code: "hifa", name: "HIFA II")', "PROGRAM_EXISTS", "code"),
    ],
)
async def test_what_must_be_unique_is_made_once(both_at_once, table, mutation, code, field):
    refused = [{"code": code, "path": [field]}]
    assert await both_at_once(table, mutation) == ([], refused, refused)


@pytest.mark.parametrize(
    ("table", "mutation"),
    [("rate_rules", 'setRateRules(changeLimit: "0.1")'), ("identity_provider", f"setIdentityProvider{PROVIDER}")],
)
async def test_what_is_set_for_the_first_time_is_set_by_both(both_at_once, tenant, table, mutation):
    tenant.house.openid = OpenIdClient(frozenset({ISSUER}))
    assert await both_at_once(table, mutation) == ([], [], [])
