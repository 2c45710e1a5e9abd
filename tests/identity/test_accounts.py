"""Invitations, resets, passwords of one's own, keeping people out: what they do, and what they leave worthless."""

from __future__ import annotations

import pytest

from almoner.core.errors import Unauthenticated
from almoner.core.ids import new_id
from almoner.identity.account_tokens import invite_account, reset_password, set_password
from almoner.identity.change_password import change_password
from almoner.identity.disable import disable_account, enable_account
from almoner.identity.guard import FREE_FAILURES
from almoner.identity.prove import Credentials
from almoner.identity.refresh import refresh

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
NEW = "an entirely different one"
ADDRESS = "actuary@agency.example"
ADMINISTRATOR = "program_administrator"


async def sign_in(tenant, email=ADDRESS, password=PASSWORD):
    return await tenant.house.sign_in(tenant=tenant.code, email=email, password=password)


def identity_of(tenant, signed_in):
    return tenant.house.keys.verify(signed_in.text, tenant.house.clock()).identity


async def redeem(tenant, token, password=NEW):
    return await set_password(tenant.house, token, password, request_id="test")


async def change(tenant, identity, password=PASSWORD, new=NEW):
    return await change_password(tenant.house, identity, Credentials(password), new, request_id="test")


def id_of(tenant, role="actuary"):
    return tenant.identities[role].subject_id


async def invite(tenant, email="Grace@agency.example", **more):
    return await tenant.do(ADMINISTRATOR, invite_account, email=email, name="Grace Hopper", **more)


async def test_an_invited_person_sets_a_password_once_and_signs_in(tenant, time, refusal, entries):
    account, token, until = await invite(tenant)
    assert (account.email, account.sponsor_id) == ("grace@agency.example", id_of(tenant, ADMINISTRATOR))
    assert (until - time.now).days == 7
    assert await refusal(sign_in(tenant, account.email, "")) == "WRONG_CREDENTIALS"
    assert await refusal(redeem(tenant, token, "short")) == "PASSWORD_TOO_SHORT"
    await redeem(tenant, token)
    assert await refusal(redeem(tenant, token)) == "TOKEN_NOT_VALID"
    assert (await sign_in(tenant, account.email, NEW)).text
    done = [(action, kind) for action, kind, _ in await entries()]
    assert done == [("account.invited", "account"), ("account.password_set", "account"), ("session.started", "account")]


async def test_an_invitation_ends_and_a_newer_token_makes_it_worthless(tenant, time, refusal):
    account, token, _ = await invite(tenant)
    time.passes(days=6)
    _, newer, _ = await tenant.do(ADMINISTRATOR, reset_password, account.id, reason="lost the mail")
    assert await refusal(redeem(tenant, token)) == "TOKEN_NOT_VALID"
    time.passes(hours=1)
    assert await refusal(redeem(tenant, newer)) == "TOKEN_NOT_VALID"


async def test_bad_invitations_are_refused(tenant, other_tenant, refusal):
    assert await refusal(invite(tenant, "nonsense")) == "BAD_EMAIL"
    assert await refusal(invite(tenant, ADDRESS.upper())) == "ACCOUNT_EXISTS"
    assert await refusal(invite(tenant, sponsor_id=new_id())) == "NOT_FOUND"
    assert await refusal(invite(tenant, sponsor_id=id_of(other_tenant))) == "NOT_FOUND"
    assert await refusal(tenant.do("actuary", invite_account, email="x@y.example", name="X")) == "DENIED"
    for token in ("", "x", f"{other_tenant.id.hex}.{'x' * 43}"):
        assert await refusal(redeem(tenant, token)) == "TOKEN_NOT_VALID"


async def test_a_reset_takes_the_password_and_the_sessions_away_and_opens_a_locked_account(tenant, refusal, entries):
    signed_in = await sign_in(tenant)
    _, token, _ = await tenant.do(ADMINISTRATOR, reset_password, id_of(tenant), reason="phishing")
    assert await refusal(sign_in(tenant)) == "WRONG_CREDENTIALS"
    assert await refusal(refresh(tenant.house, signed_in.refresh_token, request_id="test")) == "TOKEN_NOT_VALID"
    for _ in range(FREE_FAILURES):
        await refusal(sign_in(tenant))
    await redeem(tenant, token)
    assert (await sign_in(tenant, password=NEW)).text
    assert token not in str(await entries())


async def test_a_reset_needs_its_permission_a_reason_and_an_account(tenant, other_tenant, refusal):
    mine, theirs = id_of(tenant), id_of(other_tenant)
    assert await refusal(tenant.do("actuary", reset_password, mine, reason="r")) == "NOT_FOUND"
    assert await refusal(tenant.do("auditor", reset_password, mine, reason="r")) == "DENIED"
    assert await refusal(tenant.do(ADMINISTRATOR, reset_password, mine, reason=" ")) == "REASON_MISSING"
    assert await refusal(tenant.do(ADMINISTRATOR, reset_password, theirs, reason="r")) == "NOT_FOUND"


async def test_changing_the_password_ends_the_other_sessions_only(tenant, refusal):
    mine, other = await sign_in(tenant), await sign_in(tenant)
    await change(tenant, identity_of(tenant, mine))
    async with tenant.house.scope(identity_of(tenant, mine), "test"):
        pass
    with pytest.raises(Unauthenticated):
        async with tenant.house.scope(identity_of(tenant, other), "test"):
            pass
    assert await refusal(sign_in(tenant)) == "WRONG_CREDENTIALS"
    assert (await sign_in(tenant, password=NEW)).text


async def test_a_change_is_refused_without_the_right_password_or_with_a_bad_one(tenant, refusal):
    who = tenant.identities["actuary"]
    assert await refusal(change(tenant, who, new="short")) == "PASSWORD_TOO_SHORT"
    assert await refusal(change(tenant, who, new=PASSWORD)) == "PASSWORD_UNCHANGED"
    assert await refusal(change(tenant, tenant.identities["integrator"])) == "WRONG_CREDENTIALS"
    for _ in range(FREE_FAILURES):
        assert await refusal(change(tenant, who, "wrong")) == "WRONG_CREDENTIALS"
    assert await refusal(change(tenant, who)) == "WRONG_CREDENTIALS"
    assert await refusal(sign_in(tenant)) == "WRONG_CREDENTIALS"


async def test_a_disabled_account_is_out_until_it_is_enabled(tenant, refusal, entries):
    signed_in = await sign_in(tenant)
    _, token, _ = await tenant.do(ADMINISTRATOR, reset_password, id_of(tenant, "auditor"), reason="r")
    for role in ("actuary", "auditor"):
        await tenant.do(ADMINISTRATOR, disable_account, id_of(tenant, role), reason="left the agency")
    assert await refusal(sign_in(tenant)) == "WRONG_CREDENTIALS"
    assert await refusal(refresh(tenant.house, signed_in.refresh_token, request_id="test")) == "TOKEN_NOT_VALID"
    assert await refusal(redeem(tenant, token)) == "TOKEN_NOT_VALID"
    reset = tenant.do(ADMINISTRATOR, reset_password, id_of(tenant), reason="r")
    assert await refusal(reset) == "WRONG_STATUS"
    again = tenant.do(ADMINISTRATOR, disable_account, id_of(tenant), reason="again")
    assert await refusal(again) == "WRONG_STATUS"
    await tenant.do(ADMINISTRATOR, enable_account, id_of(tenant), reason="came back")
    assert (await sign_in(tenant)).text
    assert await refusal(tenant.do(ADMINISTRATOR, enable_account, id_of(tenant), reason="r")) == "WRONG_STATUS"
    assert "account.enabled" in [action for action, *_ in await entries()]


async def test_nobody_disables_their_own_account(tenant, refusal):
    mine = id_of(tenant, ADMINISTRATOR)
    assert await refusal(tenant.do(ADMINISTRATOR, disable_account, mine, reason="r")) == "OWN_ACCOUNT"
