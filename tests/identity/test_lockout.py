"""Lock-out with back-off, which tells nobody whether there is an account."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from almoner.core.errors import SignInRefused
from almoner.identity.guard import FREE_FAILURES, decoy

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
ADDRESS = "actuary@agency.example"


@pytest.fixture
def attempt(tenant):
    """Signs in; what comes of it as a word: `in`, or the code and the sentence of the refusal."""

    async def do(password="wrong password", email=ADDRESS, agency=tenant):
        try:
            await tenant.house.sign_in(tenant=agency.code, email=email, password=password)
        except SignInRefused as error:
            return f"{error.problems[0].code} {error}"
        return "in"

    return do


async def fail(attempt, times, **who):
    return {await attempt(**who) for _ in range(times)}


async def test_five_failures_lock_and_each_further_one_doubles_the_wait_up_to_an_hour(attempt, time):
    await fail(attempt, FREE_FAILURES)
    waits = [1, 2, 4, 8, 16, 32, 60, 60]
    for minutes in waits:
        time.passes(minutes=minutes, seconds=-1)
        refused = await attempt(PASSWORD)
        assert refused.startswith("WRONG_CREDENTIALS"), minutes
        time.passes(seconds=1)
        assert await attempt() == refused
    time.passes(minutes=60)
    assert await attempt(PASSWORD) == "in"


async def test_attempts_while_locked_do_not_make_it_longer(attempt, time):
    await fail(attempt, 3 * FREE_FAILURES)
    time.passes(minutes=1)
    assert await attempt(PASSWORD) == "in"


async def test_a_success_begins_the_count_anew(attempt):
    for _ in range(3):
        await fail(attempt, FREE_FAILURES - 1)
        assert await attempt(PASSWORD) == "in"


async def test_locked_unknown_disabled_and_wrong_answer_alike(tenant, attempt):
    answers = await fail(attempt, FREE_FAILURES + 1)
    answers.add(await attempt(PASSWORD))
    answers |= await fail(attempt, FREE_FAILURES + 1, email="unknown@agency.example")
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text("update almoner.account set disabled_at = now() where name = 'auditor'"))
    answers.add(await attempt(PASSWORD, "auditor@agency.example"))
    assert len(answers) == 1


async def test_a_lock_holds_for_one_account_of_one_tenant(attempt, other_tenant):
    await fail(attempt, FREE_FAILURES)
    assert await attempt(PASSWORD, "auditor@agency.example") == "in"
    assert await attempt(PASSWORD, agency=other_tenant) == "in"


async def test_many_guesses_at_once_get_no_further_than_a_few(tenant, attempt):
    guesses = [attempt(f"guess {number:09}") for number in range(2 * FREE_FAILURES)]
    await asyncio.gather(*guesses)
    assert (await attempt(PASSWORD)).startswith("WRONG_CREDENTIALS")
    query = "select failures from almoner.sign_in_guard where locked_until is not null"
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        assert (await session.execute(text(query))).scalars().all() == [FREE_FAILURES]


async def test_a_lock_is_journaled_and_a_made_up_address_is_not(attempt, entries):
    await fail(attempt, FREE_FAILURES)
    await fail(attempt, FREE_FAILURES, email="unknown@agency.example")
    ((action, kind, detail),) = await entries()
    assert (action, kind, detail["failures"]) == ("account.locked", "visitor", FREE_FAILURES)


async def test_an_unknown_address_costs_the_same_statements(tenant, attempt):
    ran = []
    engine = tenant.house.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *event: ran.append(event[2]))
    await attempt()
    known, ran[:] = [*ran], []
    await attempt(email="unknown@agency.example")
    assert [each.split("RETURNING")[0] for each in known] == [each.split("RETURNING")[0] for each in ran]


async def test_made_up_addresses_leave_a_bounded_number_of_rows():
    assert len({decoy(f"{uuid4()}@agency.example") for _ in range(5000)}) <= 256
