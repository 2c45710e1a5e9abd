"""Signing in, accounts, machines and identity providers."""

from __future__ import annotations

import pyotp
from tests.graphql.matrix.world import (
    ACTUARY,
    ADMINISTRATOR,
    AUDITOR,
    EMPTY,
    ISSUER,
    NOBODY,
    NOT_FOUND,
    OK,
    OWN,
    PASSWORD,
    PROBLEMS,
    Row,
    World,
    administrators,
    alike,
)

from almoner.identity.disable import disable_account, disable_service_account
from almoner.identity.enrol import confirm_authenticator, enrol_authenticator
from almoner.identity.prove import Credentials
from almoner.identity.providers import set_identity_provider

WRONG, NOT_VALID = "WRONG_CREDENTIALS", "TOKEN_NOT_VALID"
PASSWORD_AND_CODE = '(password: "x", code: "x")'
MACHINE_AND_REASON = '(serviceAccount: $id, reason: "r")'
PROVIDER = (
    '(input: {code: "agency", issuer: "https://id.agency.example", clientId: "x", clientSecret: "x",'
    ' redirectUri: "https://front.agency.example"})'
)
NOBODYS = '(filter: {email: {eq: "nobody@agency.example"}})'
ACCOUNT_AND_REASON = '(account: $id, reason: "r")'


async def keep_out(world: World) -> None:
    await world.tenant.do(ADMINISTRATOR, disable_account, world.tenant.identities[NOBODY].subject_id, reason="r")


async def stop_machine(world: World) -> None:
    machine = world.tenant.identities["integrator"].subject_id
    await world.tenant.do(ADMINISTRATOR, disable_service_account, machine, reason="r")


async def with_authenticator(world: World) -> None:
    house, identity = world.tenant.house, world.tenant.identities[NOBODY]
    made = await enrol_authenticator(house, identity, Credentials(PASSWORD), request_id="test")
    given = Credentials(PASSWORD, pyotp.TOTP(made.secret).at(house.clock()))
    await confirm_authenticator(house, identity, given, request_id="test")


async def with_provider(world: World) -> None:
    given = {"code": "agency", "issuer": ISSUER, "client_id": "x", "client_secret": "x", "redirect_uri": ISSUER}
    await world.tenant.do(ADMINISTRATOR, set_identity_provider, world.tenant.house, **given)


ROWS = [
    Row("query", "viewer", "", "{ id roles account { email } }", NOBODY, NOBODY, OK, OWN, public_sees=True),
    Row(
        *("query", "account", "(id: $id)", "{ email }"),
        *(ADMINISTRATOR, ACTUARY, NOT_FOUND, NOT_FOUND),
        about="account",
    ),
    # Everybody sees the own account, so these ask for somebody else's.
    Row(*("query", "accounts", NOBODYS, "{ totalCount }"), *(ADMINISTRATOR, ACTUARY, EMPTY, OWN)),
    Row(*("query", "serviceAccounts", "", "{ totalCount }"), *(ADMINISTRATOR, ACTUARY, EMPTY, OWN)),
    Row(*("query", "sessions", "", "{ totalCount }"), *(ADMINISTRATOR, ACTUARY, EMPTY, EMPTY)),
    Row(*("query", "identityProviders", "", "{ code }"), *(AUDITOR, ACTUARY, EMPTY, EMPTY), with_provider),
    alike("login", '(tenant: "no-such-agency", email: "x", password: "x")', WRONG, public=True),
    alike("setPassword", '(token: "x", password: "an entirely new one")', NOT_VALID, public=True),
    alike("beginProviderSignIn", '(tenant: "no-such-agency", provider: "x")', NOT_FOUND, public=True),
    alike("completeProviderSignIn", '(state: "x", code: "x", ticket: "x")', NOT_VALID, public=True),
    alike("stepUp", PASSWORD_AND_CODE, WRONG),
    # The tokens here belong to no session; those that do are in test_sessions.py.
    alike("signOut", "", "NO_SESSION"),
    alike("changePassword", '(password: "x", newPassword: "an entirely new one")', WRONG),
    alike("enrolAuthenticator", '(password: "x")', WRONG),
    alike("confirmAuthenticator", PASSWORD_AND_CODE, WRONG),
    alike("renewRecoveryCodes", PASSWORD_AND_CODE, WRONG),
    alike("removeAuthenticator", PASSWORD_AND_CODE, WRONG),
    Row(
        "mutation",
        "revokeSession",
        '(id: $id, reason: "r")',
        PROBLEMS,
        ADMINISTRATOR,
        AUDITOR,
        NOT_FOUND,
        NOT_FOUND,
        about="session",
    ),
    administrators("revokeSessions", '(subject: $id, reason: "r")', about="subject"),
    administrators("inviteAccount", '(email: "x@y.example", name: "X")', OWN),
    administrators("resetPassword", ACCOUNT_AND_REASON, about="account"),
    administrators("disableAccount", ACCOUNT_AND_REASON, about="account"),
    administrators("enableAccount", ACCOUNT_AND_REASON, prepare=keep_out, about="account"),
    administrators("recertifyAccount", "(account: $id)", about="account"),
    administrators("resetAuthenticator", ACCOUNT_AND_REASON, prepare=with_authenticator, about="account"),
    administrators("createServiceAccount", '(name: "x")', OWN),
    administrators("rotateServiceAccount", "(serviceAccount: $id)", about="machine"),
    administrators("disableServiceAccount", MACHINE_AND_REASON, about="machine"),
    administrators("enableServiceAccount", MACHINE_AND_REASON, prepare=stop_machine, about="machine"),
    administrators("setIdentityProvider", PROVIDER, OWN),
    administrators("disableIdentityProvider", '(code: "agency", reason: "r")', prepare=with_provider),
]
