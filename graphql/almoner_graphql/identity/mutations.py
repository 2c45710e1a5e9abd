"""Signing in, stepping up, and signing out."""

from __future__ import annotations

from typing import Annotated

import strawberry

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.identity import sessions
from almoner.identity.door import SignedIn
from almoner.identity.prove import Credentials
from almoner.identity.sign_in import refuse_unknown, sign_in
from almoner.identity.step_up import step_up
from almoner_graphql.authorization.arguments import subject_of
from almoner_graphql.context import Info
from almoner_graphql.errors import is_storable
from almoner_graphql.fields import mutation
from almoner_graphql.identity.accounts import AccountMutations, Reason
from almoner_graphql.identity.authenticators import AuthenticatorMutations, Code, Password
from almoner_graphql.identity.payloads import LoginPayload, SessionsPayload, StepUpPayload
from almoner_graphql.identity.providers import ProviderMutations
from almoner_graphql.identity.service_accounts import ServiceAccountMutations
from almoner_graphql.problems import attempt, attempt_proof


@strawberry.type(description="Mutations of signing in and out.")
class SignInMutations:
    """Part of `Mutation`."""

    @mutation(description="Get a token for a person. Machines get theirs at `/oauth/token`.")
    async def login(
        self,
        info: Info,
        tenant: Annotated[str, strawberry.argument(description="The agency's code.")],
        email: Annotated[str, strawberry.argument(description="The account's address.")],
        password: Password,
        code: Annotated[
            str | None,
            strawberry.argument(description="Of the authenticator, or a recovery code; asked for by `CODE_REQUIRED`."),
        ] = None,
    ) -> LoginPayload:
        context = info.context

        async def act() -> SignedIn:
            if not is_storable(tenant + email):
                # Nobody can have such a name; the answer is the one for any wrong one.
                await refuse_unknown(password)
            given = Credentials(password, code)
            return await sign_in(context.house, tenant=tenant, email=email, given=given, request_id=context.request_id)

        return LoginPayload.of(*await attempt_proof(act))

    @mutation(
        description="Prove again who you are, with two factors; what needs a step-up can be done for five minutes then."
    )
    async def step_up(
        self,
        info: Info,
        password: Password,
        code: Code,
    ) -> StepUpPayload:
        context = info.context
        identity = context.require_session().identity

        async def act() -> SignedIn:
            return await step_up(context.house, identity, Credentials(password, code), request_id=context.request_id)

        made, problems = await attempt_proof(act)
        return StepUpPayload(
            access_token=made.text if made else None,
            expires_at=made.expires_at if made else None,
            problems=problems,
        )

    @mutation(
        description="End the session of the token that this is sent with: all its tokens are refused from now on."
    )
    async def sign_out(self, info: Info) -> SessionsPayload:
        ended, problems = await attempt(info.context, sessions.sign_out)
        return SessionsPayload(ended=None if ended is None else 1, problems=problems)

    @mutation(description="End a session. Needs `session:revoke`; everybody may end their own.")
    async def revoke_session(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The session's id.")],
        reason: Reason,
    ) -> SessionsPayload:
        async def revoke(scope: TenantScope) -> object:
            return await sessions.revoke_session(scope, row_id_of("Session", id), reason=reason)

        ended, problems = await attempt(info.context, revoke)
        return SessionsPayload(ended=None if ended is None else 1, problems=problems)

    @mutation(description="End all sessions of an account or a service account. Needs `session:revoke`.")
    async def revoke_sessions(
        self,
        info: Info,
        subject: Annotated[strawberry.ID, strawberry.argument(description="The account's id, or `viewer.id`.")],
        reason: Reason,
    ) -> SessionsPayload:
        async def revoke(scope: TenantScope) -> int:
            return await sessions.revoke_sessions(scope, subject_of(subject), reason=reason)

        ended, problems = await attempt(info.context, revoke)
        return SessionsPayload(ended=ended, problems=problems)


@strawberry.type(description="Mutations of accounts and of signing in.")
class IdentityMutations(
    SignInMutations, AccountMutations, AuthenticatorMutations, ServiceAccountMutations, ProviderMutations
):
    """Part of `Mutation`: its topics together."""
