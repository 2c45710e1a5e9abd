"""Step-up: two factors within five minutes, and nothing less."""

from __future__ import annotations

from dataclasses import replace

import pyotp
import pytest

from almoner.core.errors import StepUpRequired, Unauthenticated
from almoner.core.viewer import Proof
from almoner.identity.enrol import confirm_authenticator, enrol_authenticator
from almoner.identity.factors import are_two
from almoner.identity.prove import Credentials
from almoner.identity.refresh import refresh, revoke_token
from almoner.identity.sign_in import sign_in
from almoner.identity.step_up import require_step_up, step_up

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
ADDRESS = "actuary@agency.example"


async def needs_step_up(scope):
    return require_step_up(scope)


@pytest.fixture
async def code(tenant, time):
    """Gives a code of the actuary's device that was not used yet; half a minute passes for each."""
    who, house = tenant.identities["actuary"], tenant.house
    made = await enrol_authenticator(house, who, Credentials(PASSWORD), request_id="test")

    def next_code():
        time.passes(seconds=30)
        return pyotp.TOTP(made.secret).at(time.now)

    await confirm_authenticator(house, who, Credentials(PASSWORD, next_code()), request_id="test")
    return next_code


async def begin(tenant, code):
    given = Credentials(PASSWORD, code)
    return await sign_in(tenant.house, tenant=tenant.code, email=ADDRESS, given=given, request_id="test")


async def prove(tenant, identity, code, password=PASSWORD):
    return await step_up(tenant.house, identity, Credentials(password, code), request_id="test")


async def act(tenant, text):
    """What needs a step-up, done with an access token."""
    async with tenant.house.scope(tenant.house.keys.verify(text, tenant.house.clock()).identity, "test") as scope:
        return require_step_up(scope)


@pytest.mark.parametrize(
    ("factors", "enough"),
    [
        ((), False),
        (("pwd",), False),
        (("otp",), False),
        (("otp", "rec"), False),
        (("swk",), False),
        (("fed",), False),
        (("pwd", "fed"), False),
        (("pwd", "otp"), True),
        (("pwd", "rec"), True),
        (("fed", "mfa"), True),
    ],
)
def test_which_factors_are_two(factors, enough):
    assert are_two(frozenset(factors)) is enough


async def test_signing_in_with_a_code_counts_for_five_minutes(tenant, time, code):
    made = await begin(tenant, code())
    time.passes(minutes=4, seconds=58)
    assert (await act(tenant, made.text)).factors == {"pwd", "otp"}
    time.passes(seconds=2)
    with pytest.raises(StepUpRequired):
        await act(tenant, made.text)


async def test_refreshing_proves_nothing_anew(tenant, time, code):
    made = await begin(tenant, code())
    time.passes(minutes=5)
    fresh = await refresh(tenant.house, made.refresh_token, request_id="test")
    with pytest.raises(StepUpRequired) as refused:
        await act(tenant, fresh.text)
    assert refused.value.problems[0].code == "STEP_UP_REQUIRED"


async def test_stepping_up_gives_a_token_of_the_same_session(tenant, time, code, entries):
    made = await begin(tenant, code())
    identity = tenant.house.keys.verify(made.text, time.now).identity
    time.passes(minutes=10)
    stepped = await prove(tenant, identity, code())
    assert stepped.refresh_token is None
    proof = await act(tenant, stepped.text)
    assert proof.session_id == identity.proof.session_id
    assert (await entries())[-1][0] == "session.stepped_up"
    await revoke_token(tenant.house, made.text, request_id="test")
    with pytest.raises(Unauthenticated):
        await act(tenant, stepped.text)


async def test_an_older_token_of_the_session_stays_what_it_was(tenant, time, code):
    made = await begin(tenant, code())
    identity = tenant.house.keys.verify(made.text, time.now).identity
    time.passes(minutes=10)
    await prove(tenant, identity, code())
    with pytest.raises(StepUpRequired):
        await act(tenant, made.text)


async def test_stepping_up_needs_both_factors(tenant, code, refusal):
    who = tenant.identities["actuary"]
    assert await refusal(prove(tenant, who, code(), "wrong")) == "WRONG_CREDENTIALS"
    assert await refusal(prove(tenant, who, "x")) == "WRONG_CODE"
    assert await refusal(prove(tenant, who, "")) == "CODE_REQUIRED"
    assert await refusal(prove(tenant, tenant.identities["auditor"], "123456")) == "NO_AUTHENTICATOR"
    assert await refusal(prove(tenant, tenant.identities["integrator"], "123456")) == "WRONG_CREDENTIALS"


async def test_a_token_of_the_operators_can_be_stepped_up_too(tenant, code):
    made = await prove(tenant, tenant.identities["actuary"], code())
    assert (await act(tenant, made.text)).session_id is None


async def test_workers_operators_and_tokens_without_a_proof_are_refused(tenant, time):
    house, who = tenant.house, tenant.identities["actuary"]
    scopes = [
        house.operator_scope(tenant.id, "test"),
        house.worker_scope(tenant.id, who.subject_id, "test"),
        house.scope(who, "test"),
        house.scope(replace(who, proof=Proof(time.now.replace(year=2999), frozenset({"pwd", "otp"}))), "test"),
    ]
    for scope in scopes:
        async with scope as opened:
            with pytest.raises(StepUpRequired):
                require_step_up(opened)
    assert await tenant.do("actuary", needs_step_up)
