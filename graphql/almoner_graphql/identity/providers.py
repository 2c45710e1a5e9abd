"""Signing in by an identity provider, and saying which there are."""

from __future__ import annotations

from typing import Annotated

import strawberry

from almoner.core.scope import TenantScope
from almoner.identity import providers, tables
from almoner.identity.door import SignedIn
from almoner.identity.provider_sign_in import Begun, begin_provider_sign_in, complete_provider_sign_in
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.identity.accounts import Reason
from almoner_graphql.identity.payloads import BeginProviderSignInPayload, IdentityProviderPayload, LoginPayload
from almoner_graphql.problems import answered, attempt, attempt_proof

Code = Annotated[str, strawberry.argument(description="Names the provider among the agency's.")]


@strawberry.input(description="How people sign in by an identity provider (OpenID Connect).")
class IdentityProviderInput:
    """What `setIdentityProvider` takes."""

    code: str = strawberry.field(description="2 to 40 of `a-z 0-9 -`, a letter first; names it for sign-ins.")
    issuer: str = strawberry.field(description="Exactly as the provider writes it; the operator must allow it.")
    client_id: str = strawberry.field(description="Given by the provider.")
    client_secret: str = strawberry.field(description="Given by the provider; it is sealed and never shown again.")
    redirect_uri: str = strawberry.field(description="Of your front-end, to which people are sent back.")
    first_login: str = strawberry.field(
        description="`LINK`: only who has an account with the verified address; `CREATE`: everybody, without roles.",
        default=providers.LINK,
    )
    strong_acr: list[str] = strawberry.field(
        description="The values of `acr` that stand for two factors.", default_factory=list
    )


@strawberry.type(description="Mutations of identity providers.")
class ProviderMutations:
    """Part of `Mutation`."""

    @mutation(description="Begin to sign in by the agency's identity provider.")
    async def begin_provider_sign_in(
        self,
        info: Info,
        tenant: Annotated[str, strawberry.argument(description="The agency's code.")],
        provider: Code,
        again: Annotated[
            bool, strawberry.argument(description="Have the provider ask the person anew, as for a step-up.")
        ] = False,
    ) -> BeginProviderSignInPayload:
        context = info.context

        async def act() -> Begun:
            return await begin_provider_sign_in(
                context.house, tenant=tenant, provider=provider, again=again, request_id=context.request_id
            )

        begun, problems = await attempt_proof(act)
        return BeginProviderSignInPayload(
            authorization_url=begun.url if begun else None, ticket=begun.ticket if begun else None, problems=problems
        )

    @mutation(description="Finish signing in, with what the provider has sent the browser back with.")
    async def complete_provider_sign_in(
        self,
        info: Info,
        state: Annotated[str, strawberry.argument(description="As the provider sent it back.")],
        code: Annotated[str, strawberry.argument(description="As the provider sent it back.")],
        ticket: Annotated[str, strawberry.argument(description="Kept in this browser since `beginProviderSignIn`.")],
        iss: Annotated[str | None, strawberry.argument(description="If the provider sent it (RFC 9207).")] = None,
    ) -> LoginPayload:
        context = info.context

        async def act() -> SignedIn:
            return await complete_provider_sign_in(
                context.house, state=state, code=code, ticket=ticket, issuer=iss, request_id=context.request_id
            )

        return LoginPayload.of(*await attempt_proof(act))

    @mutation(description="Let people sign in by a provider, or change how. Needs `identity_provider:set`.")
    async def set_identity_provider(
        self,
        info: Info,
        input: Annotated[IdentityProviderInput, strawberry.argument(description="The provider.")],
    ) -> IdentityProviderPayload:
        async def act(scope: TenantScope) -> tables.IdentityProvider:
            return await providers.set_identity_provider(
                scope,
                info.context.house,
                code=input.code,
                issuer=input.issuer,
                client_id=input.client_id,
                client_secret=input.client_secret,
                redirect_uri=input.redirect_uri,
                first_login=input.first_login,
                strong_acr=input.strong_acr,
            )

        return answered(IdentityProviderPayload, "identity_provider", *await attempt(info.context, act))

    @mutation(description="Let nobody sign in by a provider any more. Needs `identity_provider:set`.")
    async def disable_identity_provider(self, info: Info, code: Code, reason: Reason) -> IdentityProviderPayload:
        async def act(scope: TenantScope) -> tables.IdentityProvider:
            return await providers.disable_identity_provider(scope, code=code, reason=reason)

        return answered(IdentityProviderPayload, "identity_provider", *await attempt(info.context, act))
