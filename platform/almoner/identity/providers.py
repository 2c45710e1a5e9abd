"""A tenant's identity providers: which there are, and whom they may bring in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from almoner.core.adding import add_if_missing
from almoner.core.errors import Conflict, Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank, require_reason
from almoner.identity.door import Door
from almoner.identity.openid import is_safe
from almoner.identity.tables import IdentityProvider
from almoner.tenancy.create_tenant import CODE

#: Only who has an account with the verified address, by invitation for example.
LINK = "LINK"
#: Everybody whom the provider knows gets an account, without a role.
CREATE = "CREATE"
SECRET_PURPOSE = "identity provider"  # noqa: S105  # what is sealed, not the secret


async def set_identity_provider(
    scope: TenantScope,
    door: Door,
    *,
    code: str,
    issuer: str,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    first_login: str = LINK,
    strong_acr: Sequence[str] = (),
) -> IdentityProvider:
    """Let people sign in by a provider, or change how; a disabled one is enabled by it.

    Args:
        code: names the provider among the tenant's.
        issuer: exactly as the provider writes it; the operator must have named it (`ALMONER_OPENID_ISSUERS`).
        redirect_uri: of the front-end, to which the provider sends people back.
        first_login: `LINK` or `CREATE`.
        strong_acr: the values of `acr` that stand for two factors.

    Raises:
        Denied: the viewer lacks `identity_provider:set`.
        Invalid: something is missing, not safe, or not allowed by the operator.
    """
    scope.require("identity_provider:set")
    problems = _settings_problems(door, code, issuer, redirect_uri, first_login)
    for value, name in ((client_id, "clientId"), (client_secret, "clientSecret")):
        if is_blank(value):
            problems.append(Problem("REQUIRED", "The provider gave you this; it must not be empty.", (name,)))
    if problems:
        raise Invalid(problems)
    planned = IdentityProvider(
        tenant_id=scope.tenant_id,
        code=code,
        issuer=issuer,
        client_id=client_id,
        sealed_client_secret="",
        redirect_uri=redirect_uri,
        first_login=first_login,
        strong_acr=[*strong_acr],
    )
    await add_if_missing(scope.session, planned, "code")
    row = await _get_provider(scope, code)
    row.issuer, row.client_id, row.redirect_uri = issuer, client_id, redirect_uri
    row.first_login, row.strong_acr, row.disabled_at = first_login, [*strong_acr], None
    row.sealed_client_secret = door.sealing.seal(
        client_secret, tenant_id=scope.tenant_id, purpose=SECRET_PURPOSE, owner=row.id
    )
    scope.record("identity_provider.set", row, code=code, issuer=issuer, first_login=first_login)
    return row


def _settings_problems(door: Door, code: str, issuer: str, redirect_uri: str, first_login: str) -> list[Problem]:
    problems = []
    if not CODE.fullmatch(code):
        problems.append(Problem("BAD_CODE", "A code is 2 to 40 of a-z, 0-9 and -, a letter first.", ("code",)))
    if not door.openid.may_use(issuer):
        message = "The operator of the platform must allow this issuer first."
        problems.append(Problem("ISSUER_NOT_ALLOWED", message, ("issuer",)))
    if not is_safe(redirect_uri):
        problems.append(Problem("BAD_REDIRECT_URI", "Give an https address.", ("redirectUri",)))
    if first_login not in (LINK, CREATE):
        problems.append(Problem("BAD_FIRST_LOGIN", f"Choose {LINK} or {CREATE}.", ("firstLogin",)))
    return problems


async def disable_identity_provider(scope: TenantScope, *, code: str, reason: str) -> IdentityProvider:
    """Let nobody sign in by a provider any more; sessions that it began go on.

    Raises:
        Denied: the viewer lacks `identity_provider:set`.
        NotFound: there is none with this code.
        Invalid: no reason.
        Conflict: it is disabled already.
    """
    scope.require("identity_provider:set")
    row = await _get_provider(scope, code)
    require_reason(reason)
    if row.disabled_at is not None:
        raise Conflict("It is disabled already.", code="WRONG_STATUS")
    row.disabled_at = scope.now()
    scope.record("identity_provider.disabled", row, code=code, reason=reason)
    return row


async def _get_provider(scope: TenantScope, code: str) -> IdentityProvider:
    row = await find_provider(scope, code)
    if row is None:
        raise NotFound("There is no identity provider with this code.", path=("code",))
    return row


async def find_provider(scope: TenantScope, code: str) -> IdentityProvider | None:
    """The tenant's provider with that code, or None."""
    query = select(IdentityProvider).where(
        col(IdentityProvider.tenant_id) == scope.tenant_id, col(IdentityProvider.code) == code
    )
    return (await scope.session.execute(query)).scalar_one_or_none()
