"""Sessions: refresh tokens rotate, a stolen one ends them, and what is revoked is refused at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from joserfc import jwt
from sqlalchemy import text

from almoner.core.errors import NotFound, Unauthenticated
from almoner.core.viewer import Proof
from almoner.identity.opaque import new_opaque
from almoner.identity.refresh import refresh, revoke_token
from almoner.identity.sessions import revoke_session, revoke_sessions, sign_out
from almoner.identity.tokens import TokenKeys, load_keys

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
ADDRESS = "actuary@agency.example"


async def sign_in(tenant, email=ADDRESS):
    return await tenant.house.sign_in(tenant=tenant.code, email=email, password=PASSWORD)


def identity_of(tenant, signed_in):
    return tenant.house.keys.verify(signed_in.text, tenant.house.clock()).identity


async def renew(tenant, token):
    return await refresh(tenant.house, token, request_id="test")


async def is_refused(tenant, signed_in):
    try:
        async with tenant.house.scope(identity_of(tenant, signed_in), "test"):
            return False
    except Unauthenticated:
        return True


async def test_a_token_tells_session_time_and_factors(tenant, time):
    identity = identity_of(tenant, await sign_in(tenant))
    assert identity == tenant.identities["actuary"]
    assert identity.proof.factors == {"pwd"}
    assert identity.proof.at == time.now.replace(microsecond=0)
    assert identity.proof.session_id is not None


async def test_refreshing_gives_new_tokens_of_the_same_session_and_proves_nothing_anew(tenant, time):
    first = await sign_in(tenant)
    time.passes(hours=2)
    second = await renew(tenant, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    proof = identity_of(tenant, second).proof
    assert (time.now - proof.at).total_seconds() >= 7199
    third = await renew(tenant, second.refresh_token)
    assert identity_of(tenant, third).proof == proof
    assert not await is_refused(tenant, third)


async def test_a_refresh_token_that_comes_again_ends_the_session_for_both(tenant, refusal, entries):
    first = await sign_in(tenant)
    second = await renew(tenant, first.refresh_token)
    assert await refusal(renew(tenant, first.refresh_token)) == "TOKEN_NOT_VALID"
    assert await refusal(renew(tenant, second.refresh_token)) == "TOKEN_NOT_VALID"
    assert await is_refused(tenant, first)
    assert await is_refused(tenant, second)
    action, kind, detail = (await entries())[-1]
    assert (action, kind, detail["reason"]) == ("session.revoked", "visitor", "a refresh token was used twice")


async def test_of_two_who_come_with_one_token_at_once_one_is_served_and_then_none(tenant, refusal):
    first = await sign_in(tenant)
    answers = await asyncio.gather(*(renew(tenant, first.refresh_token) for _ in range(2)), return_exceptions=True)
    (served,) = [each for each in answers if not isinstance(each, BaseException)]
    assert await refusal(renew(tenant, served.refresh_token)) == "TOKEN_NOT_VALID"


async def test_every_bad_refresh_token_gets_the_same_answer(tenant, other_tenant, time, refusal):
    good = (await sign_in(tenant)).refresh_token
    bad = ["", "x", "\0", "\ud800", good[:-1], good.swapcase(), new_opaque(tenant.id)]
    bad.append(f"{other_tenant.id.hex}.{good.partition('.')[2]}")
    answers = {await refusal(renew(tenant, each)) for each in bad}
    time.passes(hours=12)
    answers.add(await refusal(renew(tenant, good)))
    assert answers == {"TOKEN_NOT_VALID"}


async def test_a_session_ends_by_its_time_and_its_access_tokens_with_it(tenant, time, refusal):
    signed_in = await sign_in(tenant)
    time.passes(hours=11, minutes=30)
    last = await renew(tenant, signed_in.refresh_token)
    assert last.expires_at == last.session_until == signed_in.session_until
    time.passes(minutes=30)
    assert await refusal(renew(tenant, last.refresh_token)) == "TOKEN_NOT_VALID"


async def test_an_account_that_was_disabled_cannot_refresh(tenant, refusal):
    signed_in = await sign_in(tenant)
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text("update almoner.account set disabled_at = now()"))
    assert await refusal(renew(tenant, signed_in.refresh_token)) == "TOKEN_NOT_VALID"


async def test_signing_out_ends_this_session_and_no_other(tenant, refusal, entries):
    mine, other = await sign_in(tenant), await sign_in(tenant)
    async with tenant.house.scope(identity_of(tenant, mine), "test") as scope:
        await sign_out(scope)
    assert await is_refused(tenant, mine)
    assert not await is_refused(tenant, other)
    assert await refusal(renew(tenant, mine.refresh_token)) == "TOKEN_NOT_VALID"
    assert (await entries())[-1][:2] == ("session.revoked", "account")


async def test_a_token_that_the_operator_signed_has_no_session_to_sign_out_of(tenant, refusal):
    assert await refusal(tenant.do("actuary", sign_out)) == "NO_SESSION"


async def test_either_kind_of_token_can_be_revoked_and_a_bad_one_need_not(tenant):
    by_refresh, by_access, other = [await sign_in(tenant) for _ in range(3)]
    for token in (by_refresh.refresh_token, by_access.text, "x", "", other.text[:-2], new_opaque(tenant.id)):
        await revoke_token(tenant.house, token, request_id="test")
    assert [await is_refused(tenant, each) for each in (by_refresh, by_access, other)] == [True, True, False]


async def test_a_machine_has_a_session_and_no_refresh_token(tenant):
    made = await tenant.house.sign_in_machine(client_id=tenant.client_id, secret=tenant.client_secret)
    assert made.refresh_token is None
    assert identity_of(tenant, made).proof.factors == {"swk"}
    await revoke_token(tenant.house, made.text, request_id="test")
    assert await is_refused(tenant, made)


async def test_a_token_of_somebody_elses_session_is_refused(tenant):
    session_id = identity_of(tenant, await sign_in(tenant)).proof.session_id
    proof = Proof(tenant.house.clock(), frozenset({"pwd"}), session_id)
    with pytest.raises(Unauthenticated):
        async with tenant.house.scope(replace(tenant.identities["auditor"], proof=proof), "test"):
            pass


async def test_one_may_end_ones_own_sessions_and_an_administrator_anybodys(tenant, refusal):
    mine, theirs = await sign_in(tenant), await sign_in(tenant, "auditor@agency.example")
    my_session, their_session = (identity_of(tenant, each).proof.session_id for each in (mine, theirs))
    with pytest.raises(NotFound):
        await tenant.do("actuary", revoke_session, their_session, reason="r")
    auditor = tenant.identities["auditor"].subject_id
    assert await refusal(tenant.do("actuary", revoke_sessions, auditor, reason="r")) == "DENIED"
    assert await refusal(tenant.do("program_administrator", revoke_sessions, auditor, reason=" ")) == "REASON_MISSING"
    await tenant.do("actuary", revoke_session, my_session, reason="r")
    assert await is_refused(tenant, mine)
    assert await tenant.do("program_administrator", revoke_sessions, auditor, reason="left") == 1
    assert await is_refused(tenant, theirs)
    assert await tenant.do("program_administrator", revoke_sessions, auditor, reason="left") == 0


async def test_nothing_of_a_token_shows_when_it_is_printed(tenant):
    signed_in = await sign_in(tenant)
    assert signed_in.text not in repr(signed_in)
    assert signed_in.refresh_token not in repr(signed_in)


async def test_a_token_of_another_kind_is_no_access_token(tenant, settings):
    now = tenant.house.clock()
    good = load_keys(settings.keys_file)
    keys = TokenKeys(good, issuer=settings.issuer, audience=settings.audience, minutes=5)
    claims = {"iss": settings.issuer, "aud": settings.audience, "sub": str(tenant.id), "exp": now.timestamp() + 60}
    claims |= {"tenant": str(tenant.id), "kind": "account", "auth_time": 0, "amr": []}
    head = {"alg": "Ed25519", "kid": good.keys[0].kid}
    assert keys.verify(jwt.encode({**head, "typ": "at+jwt"}, claims, good.keys[0], ["Ed25519"]), now)
    with pytest.raises(Unauthenticated):
        keys.verify(jwt.encode({**head, "typ": "JWT"}, claims, good.keys[0], ["Ed25519"]), now)
    for strange in ({"amr": 5}, {"sid": "x"}, {"auth_time": "x"}, {"auth_time": 1e30}, {"sid": None}):
        token = jwt.encode({**head, "typ": "at+jwt"}, {**claims, **strange}, good.keys[0], ["Ed25519"])
        with pytest.raises(Unauthenticated):
            keys.verify(token, now)
