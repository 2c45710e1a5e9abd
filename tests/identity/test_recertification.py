"""Yearly recertification: who is past it does not sign in, and who may say that they may again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from almoner.identity.account_tokens import invite_account, set_password
from almoner.identity.disable import disable_account
from almoner.identity.recertification import a_year_after, accounts_due, recertify_account
from almoner.identity.refresh import refresh

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
ADDRESS = "grace@agency.example"
ADMINISTRATOR = "program_administrator"


@pytest.fixture
async def grace(tenant, time):
    """The id of an account that the actuary answers for, made at noon of the first of July in Phoenix (UTC-7)."""
    time.now = datetime(2027, 7, 1, 19, tzinfo=UTC)
    sponsor = tenant.identities["actuary"].subject_id
    account, token, _ = await tenant.do(ADMINISTRATOR, invite_account, email=ADDRESS, name="Grace", sponsor_id=sponsor)
    await set_password(tenant.house, token, PASSWORD, request_id="test")
    assert account.recertify_by == date(2028, 7, 1)
    return account.id


@pytest.fixture
def sign_in(tenant):
    async def do(password=PASSWORD):
        return await tenant.house.sign_in(tenant=tenant.code, email=ADDRESS, password=password)

    return do


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 7, 1), date(2027, 7, 1)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 28)),
    ],
)
async def test_a_year_after_a_day(day, later):
    assert a_year_after(day) == later


async def test_the_last_day_ends_at_midnight_of_the_tenant(grace, time, sign_in, refusal):
    time.now = datetime(2028, 7, 2, 6, 59, 59, tzinfo=UTC)
    assert (await sign_in()).text
    time.passes(seconds=1)
    assert await refusal(sign_in()) == "RECERTIFICATION_DUE"
    assert await refusal(sign_in("wrong password")) == "WRONG_CREDENTIALS"


async def test_a_session_is_not_prolonged_beyond_it(tenant, grace, time, sign_in, refusal):
    time.now = datetime(2028, 7, 2, 6, 30, tzinfo=UTC)
    made = await sign_in()
    time.passes(minutes=30)
    assert await refusal(refresh(tenant.house, made.refresh_token, request_id="test")) == "TOKEN_NOT_VALID"


@pytest.mark.parametrize("role", [ADMINISTRATOR, "actuary"])
async def test_an_administrator_or_the_sponsor_recertifies_for_another_year(
    tenant, grace, time, sign_in, entries, role
):
    time.now = datetime(2028, 9, 1, 19, tzinfo=UTC)
    account = await tenant.do(role, recertify_account, grace)
    assert account.recertify_by == date(2029, 9, 1)
    assert (await sign_in()).text
    assert ("account.recertified", "account", {"until": "2029-09-01"}) in await entries()


async def test_nobody_else_recertifies_and_nobody_themselves(tenant, grace, refusal):
    assert await refusal(tenant.do("auditor", recertify_account, grace)) == "DENIED"
    assert await refusal(tenant.do("nobody", recertify_account, grace)) == "NOT_FOUND"
    mine = tenant.identities[ADMINISTRATOR].subject_id
    assert await refusal(tenant.do(ADMINISTRATOR, recertify_account, mine)) == "OWN_ACCOUNT"


async def test_those_who_are_due_soon_are_listed_to_whom_it_concerns(tenant, grace, time, refusal):
    async def due(role, **within):
        found = await tenant.do(role, accounts_due, **({"within": timedelta(**within)} if within else {}))
        return [account.email for account in found]

    assert await due(ADMINISTRATOR) == []
    time.passes(days=336)
    assert await due(ADMINISTRATOR) == await due("actuary") == [ADDRESS]
    assert await due("auditor") == []
    assert await due(ADMINISTRATOR, days=29) == []
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text("update almoner.account set recertify_by = '2028-01-01' where name = 'auditor'"))
    assert await due(ADMINISTRATOR) == ["auditor@agency.example", ADDRESS]
    await tenant.do(ADMINISTRATOR, disable_account, grace, reason="left")
    assert await due(ADMINISTRATOR) == ["auditor@agency.example"]
    assert await refusal(tenant.do("nobody", accounts_due)) == "DENIED"
