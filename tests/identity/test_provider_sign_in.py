"""Signing in by an identity provider: a real one, in a process of its own."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text

from almoner.authorization.invitations import invite
from almoner.core.errors import StepUpRequired, Unavailable
from almoner.identity.disable import disable_account
from almoner.identity.openid import OpenIdClient
from almoner.identity.provider_sign_in import Begun, begin_provider_sign_in, complete_provider_sign_in
from almoner.identity.providers import disable_identity_provider, set_identity_provider
from almoner.identity.refresh import refresh
from almoner.identity.step_up import require_step_up

pytestmark = pytest.mark.anyio
ADMINISTRATOR = "program_administrator"
STRONG = "urn:agency:strong"
REDIRECT = "https://front.agency.example/back"
SCRIPT = Path(__file__).with_name("openid_provider.py")


@pytest.fixture(scope="module")
def issuer(running, wait_until, tmp_path_factory):
    """The address of a provider's process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    folder = tmp_path_factory.mktemp("provider")
    command = [sys.executable, "-W", "ignore", str(SCRIPT), address.rpartition(":")[2]]
    with running(command, folder, {"AUTHLIB_INSECURE_TRANSPORT": "1"}) as process:

        def ready():
            assert process.poll() is None, (folder / "output.log").read_text()[-2000:]
            try:
                return httpx.get(f"{address}/jwks").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(ready, 60, "the provider is ready")
        yield address


@dataclass
class Front:
    """A partner's front-end, its user's browser, and the provider."""

    tenant: Any
    issuer: str

    async def settle(self, tenant=None, **changes):
        given = {
            "code": "agency",
            "issuer": self.issuer,
            "client_id": "almoner",
            "client_secret": "a secret: of the provider's",
            "redirect_uri": REDIRECT,
            "strong_acr": [STRONG],
        }
        tenant = tenant or self.tenant
        return await tenant.do(ADMINISTRATOR, set_identity_provider, tenant.house, **{**given, **changes})

    async def knows(self, subject, **claims):
        """The provider has this user."""
        async with httpx.AsyncClient() as client:
            response = await client.put(f"{self.issuer}/users/{subject}", json=claims)
        assert response.status_code == 204

    async def begin(self, *, again=False, provider="agency", tenant=None):
        code = (tenant or self.tenant).code
        return await begin_provider_sign_in(
            self.tenant.house, tenant=code, provider=provider, again=again, request_id="test"
        )

    async def visit(self, begun, subject):
        """The user signs in at the provider, which sends the browser back: `state` and `code`."""
        async with httpx.AsyncClient() as client:
            response = await client.post(begun.url, data={"sub": subject})
        assert response.headers["Location"].startswith(REDIRECT), response.text
        return {name: value for name, (value,) in parse_qs(urlsplit(response.headers["Location"]).query).items()}

    async def complete(self, back, ticket, **more):
        return await complete_provider_sign_in(
            self.tenant.house, state=back["state"], code=back["code"], ticket=ticket, request_id="test", **more
        )

    async def sign_in(self, subject):
        begun = await self.begin()
        made = await self.complete(await self.visit(begun, subject), begun.ticket)
        return made, self.tenant.house.keys.verify(made.text, self.tenant.house.clock()).identity


@pytest.fixture
async def front(tenant, issuer):
    tenant.house.openid = OpenIdClient(frozenset({issuer}))
    front = Front(tenant, issuer)
    await front.settle()
    return front


def subject_of(request):
    return f"sub-{abs(hash(request.node.name))}"


@pytest.fixture
async def ada(front, request):
    """A user of the provider's, whose verified address is the actuary's."""
    subject = subject_of(request)
    await front.knows(subject, email="Actuary@agency.example", email_verified=True, name="Ada")
    return subject


async def test_a_person_with_an_account_signs_in_and_stays_linked(front, ada, entries):
    _made, identity = await front.sign_in(ada)
    assert identity == front.tenant.identities["actuary"]
    assert identity.proof.factors == {"fed"}
    await front.knows(ada, email="moved@elsewhere.example")
    made, again = await front.sign_in(ada)
    assert again == identity
    assert (await refresh(front.tenant.house, made.refresh_token, request_id="test")).text
    actions = [action for action, *_ in await entries()]
    assert actions.count("account.linked") == 1
    assert actions.count("session.started") == 2


async def test_the_address_asks_for_a_code_with_challenge_state_and_nonce(front):
    begun = await front.begin(again=True)
    asked = {name: value for name, (value,) in parse_qs(urlsplit(begun.url).query).items()}
    assert begun.url.startswith(f"{front.issuer}/oauth2/authorize?")
    assert {name: asked[name] for name in ("response_type", "redirect_uri", "code_challenge_method", "max_age")} == {
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge_method": "S256",
        "max_age": "0",
    }
    assert (asked["acr_values"], asked["prompt"]) == (STRONG, "login")
    other = parse_qs(urlsplit((await front.begin()).url).query)
    assert not {asked[name] for name in ("state", "nonce", "code_challenge")} & {
        other[name][0] for name in ("state", "nonce", "code_challenge")
    }


async def test_a_strong_acr_is_a_step_up(front, ada):
    now = front.tenant.house.clock()
    claims = {"email": "actuary@agency.example", "email_verified": True, "acr": STRONG}
    await front.knows(ada, **claims, auth_time=int(now.timestamp()))
    _made, identity = await front.sign_in(ada)
    assert identity.proof.factors == {"fed", "mfa"}
    async with front.tenant.house.scope(identity, "test") as scope:
        assert require_step_up(scope)
    await front.knows(ada, **claims, auth_time=int(now.timestamp()) - 600)
    _made, identity = await front.sign_in(ada)
    async with front.tenant.house.scope(identity, "test") as scope:
        with pytest.raises(StepUpRequired):
            require_step_up(scope)


async def test_a_state_is_good_once_and_for_ten_minutes_and_for_one_browser(front, ada, time, refusal):
    begun, other = await front.begin(), await front.begin()
    back = await front.visit(begun, ada)
    assert await refusal(front.complete(back, other.ticket)) == "TOKEN_NOT_VALID"
    assert await refusal(front.complete({**back, "state": "x"}, begun.ticket)) == "TOKEN_NOT_VALID"
    assert (await front.complete(back, begun.ticket)).text
    assert await refusal(front.complete(back, begun.ticket)) == "TOKEN_NOT_VALID"
    back = await front.visit(other, ada)
    time.passes(minutes=10)
    assert await refusal(front.complete(back, other.ticket)) == "TOKEN_NOT_VALID"


async def test_beginning_writes_nothing_and_a_state_cannot_be_made_or_changed(front, ada, other_tenant, refusal):
    begun = await front.begin()
    async with front.tenant.house.database.tenant_transaction(front.tenant.id) as session:
        assert (await session.execute(text("select count(*) from almoner.provider_sign_in"))).scalar_one() == 0
    back = await front.visit(begun, ada)
    tenant, _, sealed = back["state"].partition(".")
    changed = sealed[:-6] + sealed[-6:].swapcase()
    for state in (f"{tenant}.{changed}", f"{other_tenant.id.hex}.{sealed}", tenant, f"{tenant}.", sealed, "é", "\0"):
        assert await refusal(front.complete({**back, "state": state}, begun.ticket)) == "TOKEN_NOT_VALID"
    assert (await front.complete(back, begun.ticket)).text


async def test_a_code_of_another_sign_in_is_refused_by_its_verifier(front, ada, refusal):
    mine, stolen = await front.begin(), await front.begin()
    back, theirs = await front.visit(mine, ada), await front.visit(stolen, ada)
    assert await refusal(front.complete({**back, "code": theirs["code"]}, mine.ticket)) == "PROVIDER_REFUSED"
    assert await refusal(front.complete(back, mine.ticket)) == "TOKEN_NOT_VALID"


@pytest.mark.parametrize("code", ["", "x", "é", "\ud800", "\0", "x" * 10_000])
async def test_a_code_that_the_provider_did_not_give_is_refused(front, ada, refusal, code):
    begun = await front.begin()
    back = await front.visit(begun, ada)
    assert await refusal(front.complete({**back, "code": code}, begun.ticket)) == "PROVIDER_REFUSED"


async def test_an_answer_of_another_issuer_is_refused(front, ada, refusal):
    begun = await front.begin()
    back = await front.visit(begun, ada)
    assert await refusal(front.complete(back, begun.ticket, issuer="https://evil.example")) == "PROVIDER_REFUSED"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "actuary@agency.example"},
        {"email": "actuary@agency.example", "email_verified": False},
        {"email": "stranger@agency.example", "email_verified": True},
        {"email": "nonsense", "email_verified": True},
        {},
    ],
)
async def test_who_has_no_account_does_not_come_in(front, request, refusal, claims):
    subject = subject_of(request)
    await front.knows(subject, **claims)
    assert await refusal(front.sign_in(subject)) == "NO_ACCOUNT"


async def test_a_tenant_may_let_everybody_in_whom_the_provider_knows_without_a_role(front, request, entries):
    await front.settle(first_login="CREATE")
    subject = subject_of(request)
    await front.knows(subject, email="New@agency.example", email_verified=True, name="New Person")
    _made, identity = await front.sign_in(subject)
    async with front.tenant.house.scope(identity, "test") as scope:
        assert scope.viewer.roles == frozenset()
    assert identity == (await front.sign_in(subject))[1]
    assert [action for action, *_ in await entries()].count("account.created") == 1


async def test_who_is_invited_to_a_role_gets_it_by_the_address_that_the_provider_has_verified(front, request):
    await front.settle(first_login="CREATE")
    subject, soon = subject_of(request), front.tenant.house.clock() + timedelta(days=7)
    await front.tenant.do(ADMINISTRATOR, invite, "new@agency.example", "reviewer", reason="r", expires_at=soon)
    await front.knows(subject, email="New@agency.example", email_verified=True, name="New Person")
    _made, identity = await front.sign_in(subject)
    async with front.tenant.house.scope(identity, "test") as scope:
        assert scope.viewer.roles == {"reviewer"}


async def test_an_address_that_the_provider_has_not_verified_gives_no_role(front, ada):
    _made, identity = await front.sign_in(ada)
    soon = front.tenant.house.clock() + timedelta(days=7)
    for address, role in (("actuary@agency.example", "reviewer"), ("moved@agency.example", "integrator")):
        await front.tenant.do(ADMINISTRATOR, invite, address, role, reason="r", expires_at=soon)
    # The link lets her in; but of which address is not said, or not proved.
    for claims in ({}, {"email": "actuary@agency.example"}, {"email": "moved@agency.example", "email_verified": False}):
        await front.knows(ada, **claims)
        assert (await front.sign_in(ada))[1] == identity
    async with front.tenant.house.scope(identity, "test") as scope:
        assert scope.viewer.roles == {"actuary"}
    await front.knows(ada, email="moved@agency.example", email_verified=True)
    await front.sign_in(ada)
    async with front.tenant.house.scope(identity, "test") as scope:
        assert scope.viewer.roles == {"actuary", "integrator"}


async def test_a_disabled_or_unrecertified_account_does_not_come_in(front, ada, refusal):
    await front.sign_in(ada)
    async with front.tenant.house.database.tenant_transaction(front.tenant.id) as session:
        await session.execute(text("update almoner.account set recertify_by = '2020-01-01' where name = 'actuary'"))
    assert await refusal(front.sign_in(ada)) == "RECERTIFICATION_DUE"
    actuary = front.tenant.identities["actuary"].subject_id
    await front.tenant.do(ADMINISTRATOR, disable_account, actuary, reason="left")
    assert await refusal(front.sign_in(ada)) == "NO_ACCOUNT"


async def test_a_link_is_of_one_tenant(front, ada, other_tenant, refusal):
    await front.sign_in(ada)
    assert await refusal(front.begin(tenant=other_tenant)) == "NOT_FOUND"
    await front.settle(other_tenant)
    begun = await front.begin(tenant=other_tenant)
    made = await front.complete(await front.visit(begun, ada), begun.ticket)
    identity = front.tenant.house.keys.verify(made.text, front.tenant.house.clock()).identity
    assert identity == other_tenant.identities["actuary"]


async def test_a_provider_that_is_disabled_or_not_allowed_any_more_lets_nobody_in(front, ada, refusal):
    begun = await front.begin()
    back = await front.visit(begun, ada)
    allowed, front.tenant.house.openid = front.tenant.house.openid, OpenIdClient(frozenset())
    assert await refusal(front.begin()) == "PROVIDER_REFUSED"
    front.tenant.house.openid = allowed
    await front.tenant.do(ADMINISTRATOR, disable_identity_provider, code="agency", reason="r")
    assert await refusal(front.complete(back, begun.ticket)) == "TOKEN_NOT_VALID"
    assert await refusal(front.begin()) == "NOT_FOUND"
    assert await refusal(front.begin(provider="other")) == "NOT_FOUND"


async def test_a_provider_that_does_not_answer_is_unavailable(front):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    front.tenant.house.openid = OpenIdClient(frozenset({nobody}))
    await front.settle(issuer=nobody)
    with pytest.raises(Unavailable):
        await front.begin()


async def test_an_issuer_that_calls_itself_otherwise_is_refused(front, refusal):
    alias = front.issuer.replace("127.0.0.1", "localhost")
    front.tenant.house.openid = OpenIdClient(frozenset({f"{alias}/"}))
    await front.settle(issuer=f"{alias}/")
    assert await refusal(front.begin()) == "PROVIDER_REFUSED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "X"}, "BAD_CODE"),
        ({"issuer": "https://evil.example"}, "ISSUER_NOT_ALLOWED"),
        ({"redirect_uri": "http://front.agency.example"}, "BAD_REDIRECT_URI"),
        ({"client_secret": " "}, "REQUIRED"),
        ({"first_login": "EVERYBODY"}, "BAD_FIRST_LOGIN"),
    ],
)
async def test_a_provider_that_cannot_be_used_is_refused(front, refusal, changes, code):
    assert await refusal(front.settle(**changes)) == code


async def test_secrets_of_the_provider_stand_sealed(front, ada):
    await front.sign_in(ada)
    async with front.tenant.house.database.tenant_transaction(front.tenant.id) as session:
        tables = ("identity_provider", "provider_sign_in", "journal_entry")
        queries = [f"select string_agg(t::text, '') from almoner.{table} t" for table in tables]
        stored = "".join([(await session.execute(text(query))).scalar_one() for query in queries])
    assert front.issuer in stored
    assert "a secret: of the provider" not in stored


BEGIN = """
    mutation ($tenant: String!) {
        beginProviderSignIn(tenant: $tenant, provider: "agency") { authorizationUrl ticket problems { code } } }
"""
COMPLETE = """
    mutation ($state: String!, $code: String!, $ticket: String!) {
        completeProviderSignIn(state: $state, code: $code, ticket: $ticket) {
            accessToken refreshToken problems { code } } }
"""


async def test_it_all_goes_through_the_api(front, ada, client):
    async def call(query, **variables):
        response = await client.post("/graphql", json={"query": query, "variables": variables})
        (payload,) = response.json()["data"].values()
        return payload

    begun = await call(BEGIN, tenant=front.tenant.code)
    assert begun["problems"] == []
    back = await front.visit(Begun(begun["authorizationUrl"], begun["ticket"]), ada)
    made = await call(COMPLETE, state=back["state"], code=back["code"], ticket=begun["ticket"])
    assert made["problems"] == []
    headers = {"Authorization": f"Bearer {made['accessToken']}"}
    response = await client.post("/graphql", json={"query": "{ viewer { roles } }"}, headers=headers)
    assert response.json()["data"] == {"viewer": {"roles": ["actuary"]}}
    again = await call(COMPLETE, state=back["state"], code=back["code"], ticket=begun["ticket"])
    assert again == {"accessToken": None, "refreshToken": None, "problems": [{"code": "TOKEN_NOT_VALID"}]}
