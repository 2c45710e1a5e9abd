"""Signing in by an identity provider: authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0).

The front-end asks us for an address to send the browser to, and keeps a ticket in that browser. When the provider sends
the browser back with `state` and `code`, the front-end hands both over with the ticket; without it, nobody can make
somebody else's browser finish a sign-in that they began. Everybody may begin, so beginning writes nothing: nonce and
verifier travel in `state`, sealed, and only a state that was used up is remembered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from almoner.core.errors import NotFound, SignInRefused
from almoner.core.ids import new_id
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank
from almoner.identity.accounts import add_account, name_problems
from almoner.identity.door import Door, SignedIn, now_acts
from almoner.identity.factors import MULTIPLE, PROVIDER
from almoner.identity.opaque import digest
from almoner.identity.openid import Claims
from almoner.identity.providers import CREATE, SECRET_PURPOSE, find_provider
from almoner.identity.sealing import CannotOpen
from almoner.identity.sessions import start_session
from almoner.identity.standing import is_recertification_due
from almoner.identity.tables import Account, ExternalIdentity, IdentityProvider, ProviderSignIn
from almoner.identity.tokens import Identity
from almoner.tenancy.create_tenant import find_tenant

LASTS = timedelta(minutes=10)
_PURPOSE = "provider sign-in"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what to keep in it."""

    url: str = field(repr=False)
    ticket: str = field(repr=False)


async def begin_provider_sign_in(door: Door, *, tenant: str, provider: str, again: bool, request_id: str) -> Begun:
    """Begin to sign in by a tenant's provider; ten minutes are given for it.

    Args:
        again: have the provider ask the person anew, as strongly as it can: this is how a step-up is done here.

    Raises:
        NotFound: no such tenant or provider.
        SignInRefused, Unavailable: see `OpenIdClient.published`.
    """
    async with door.database.global_transaction() as session:
        found = await find_tenant(session, tenant)
    if found is None:
        _no_provider()
    async with door.visitor_scope(found.id, request_id) as scope:
        row = await find_provider(scope, provider)
    if row is None or row.disabled_at is not None:
        _no_provider()
    published = await door.openid.published(row.issuer, door.clock())
    ticket, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 32, 48))
    under_way = {
        "provider": str(row.id),
        "nonce": nonce,
        "verifier": verifier,
        "ticket": digest(ticket),
        "until": (door.clock() + LASTS).timestamp(),
    }
    sealed = door.sealing.seal(json.dumps(under_way), tenant_id=found.id, purpose=_PURPOSE, owner=found.id)
    state = f"{found.id.hex}.{sealed}"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "scope": "openid email profile",
        "client_id": row.client_id,
        "redirect_uri": row.redirect_uri,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if row.strong_acr:
        query["acr_values"] = " ".join(row.strong_acr)
    if again:
        query |= {"prompt": "login", "max_age": "0"}
    joint = "&" if "?" in published.authorization_endpoint else "?"
    return Begun(f"{published.authorization_endpoint}{joint}{urlencode(query)}", ticket)


async def complete_provider_sign_in(
    door: Door, *, state: str, code: str, ticket: str, request_id: str, issuer: str | None = None
) -> SignedIn:
    """Begin a session of the person whom the provider has sent back. Each `state` is good once, whatever comes of it.

    Args:
        issuer: the parameter `iss` of the provider's answer, if it sends one (RFC 9207).

    Raises:
        SignInRefused: `TOKEN_NOT_VALID` for a state that is unknown, used, over, or of another browser;
            `PROVIDER_REFUSED` if the provider does not confirm; `NO_ACCOUNT` if it does, but the person may not come
            in; `RECERTIFICATION_DUE`.
        Unavailable: the provider does not answer.
    """
    tenant_id, under_way = _open(door, state)
    expected = str(under_way["ticket"])
    if door.clock().timestamp() >= under_way["until"] or not hmac.compare_digest(expected, digest(ticket)):
        raise _not_valid()
    async with door.visitor_scope(tenant_id, request_id) as scope:
        provider, secret = await _use_up(door, scope, state, UUID(under_way["provider"]))
    # RFC 6749, appendix A.11: a code is printable ASCII; anything else could not even be sent.
    if (issuer is not None and issuer != provider.issuer) or not (code.isascii() and code.isprintable()):
        raise SignInRefused("This is not the provider's answer.", code="PROVIDER_REFUSED")
    published = await door.openid.published(provider.issuer, door.clock())
    id_token = await door.openid.exchange(
        published,
        client_id=provider.client_id,
        secret=secret,
        code=code,
        verifier=under_way["verifier"],
        redirect_uri=provider.redirect_uri,
    )
    claims = await door.openid.verify(
        published, id_token, door.clock(), client_id=provider.client_id, nonce=under_way["nonce"]
    )
    async with door.visitor_scope(tenant_id, request_id) as scope:
        account = await _account_of(scope, provider, claims)
        if await is_recertification_due(scope, account):
            message = "Your account is due for its yearly recertification; ask your sponsor or an administrator."
            raise SignInRefused(message, code="RECERTIFICATION_DUE")
        subject = Identity(tenant_id, account.id, "account")
        factors = factors_of(claims, provider.strong_acr)
        made = await start_session(door, scope, subject, factors, refreshable=True, proved_at=claims.proved_at)
        if claims.email is not None:
            await door.welcome(scope, account.id, claims.email)
        return made


def factors_of(claims: Claims, strong_acr: list[str]) -> frozenset[str]:
    """What the provider's word proves.

    Two factors count only if it says when it asked the person; without that they could be of last month.
    """
    is_strong = claims.acr in strong_acr or MULTIPLE in claims.amr
    if is_strong and claims.proved_at is not None:
        return frozenset({PROVIDER, MULTIPLE})
    return frozenset({PROVIDER})


def _open(door: Door, state: str) -> tuple[UUID, dict[str, Any]]:
    """The tenant of a sign-in that is under way, and what was kept for it in its state."""
    tenant, _, sealed = state.partition(".")
    try:
        tenant_id = UUID(hex=tenant)
        opened = door.sealing.open(sealed, tenant_id=tenant_id, purpose=_PURPOSE, owner=tenant_id)
    except (ValueError, CannotOpen):
        raise _not_valid() from None
    under_way: dict[str, Any] = json.loads(opened)
    return tenant_id, under_way


async def _use_up(door: Door, scope: TenantScope, state: str, provider_id: UUID) -> tuple[IdentityProvider, str]:
    """Use a state up: the provider that it was for, and our secret there."""
    provider = await scope.find(IdentityProvider, provider_id)
    if provider is None or provider.disabled_at is not None:
        raise _not_valid()
    used = insert(ProviderSignIn).values(
        tenant_id=scope.tenant_id,
        id=new_id(),
        provider_id=provider.id,
        state_hash=digest(state),
        used_at=scope.now(),
    )
    first = await scope.session.execute(used.on_conflict_do_nothing().returning(col(ProviderSignIn.id)))
    if first.first() is None:
        raise _not_valid()
    secret = door.sealing.open(
        provider.sealed_client_secret, tenant_id=scope.tenant_id, purpose=SECRET_PURPOSE, owner=provider.id
    )
    return provider, secret


async def _account_of(scope: TenantScope, provider: IdentityProvider, claims: Claims) -> Account:
    """The account that the provider means, linked at the first login as the tenant's policy has it."""
    # First logins take turns: two of one person at once would both find no link.
    await scope.find(IdentityProvider, provider.id, lock=True)
    linked = select(ExternalIdentity.account_id).where(
        col(ExternalIdentity.tenant_id) == scope.tenant_id,
        col(ExternalIdentity.issuer) == provider.issuer,
        col(ExternalIdentity.subject) == claims.subject,
    )
    account_id = (await scope.session.execute(linked)).scalar_one_or_none()
    if account_id is not None:
        account = await scope.find(Account, account_id)
    else:
        account = await _first_login(scope, provider, claims)
    if account is None or account.disabled_at is not None:
        message = "The provider knows you, but you have no account here; ask an administrator for an invitation."
        raise SignInRefused(message, code="NO_ACCOUNT")
    return account


async def _first_login(scope: TenantScope, provider: IdentityProvider, claims: Claims) -> Account | None:
    if claims.email is None or name_problems(claims.email, "somebody"):
        return None
    email = claims.email.strip().lower()
    query = select(Account).where(col(Account.tenant_id) == scope.tenant_id, col(Account.email) == email)
    account = (await scope.session.execute(query)).scalar_one_or_none()
    is_new = account is None
    if account is None and provider.first_login == CREATE:
        account = await add_account(
            scope, email=email, name=email if is_blank(claims.name) else claims.name.strip(), sponsor_id=None
        )
    if account is None or account.disabled_at is not None:
        return None
    now_acts(scope, Identity(scope.tenant_id, account.id, "account"))
    if is_new:
        scope.record("account.created", account, by=f"identity provider {provider.code}")
    link = ExternalIdentity(
        tenant_id=scope.tenant_id, account_id=account.id, issuer=provider.issuer, subject=claims.subject
    )
    scope.session.add(link)
    scope.record("account.linked", account, issuer=provider.issuer)
    return account


def _no_provider() -> NoReturn:
    raise NotFound("This agency has no such identity provider.", path=("provider",))


def _not_valid() -> SignInRefused:
    return SignInRefused("This sign-in is over; begin again.", code="TOKEN_NOT_VALID", path=("state",))
