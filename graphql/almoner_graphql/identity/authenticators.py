"""Second factors: enrolling a device, confirming it, taking it away, recovery codes."""

from __future__ import annotations

from typing import Annotated

import strawberry

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.identity import enrol, tables
from almoner.identity.prove import Credentials
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.identity.accounts import AccountId, Reason
from almoner_graphql.identity.payloads import (
    AccountPayload,
    EnrolAuthenticatorPayload,
    RecoveryCodesPayload,
    RemoveAuthenticatorPayload,
)
from almoner_graphql.problems import answered, attempt, attempt_proof

Password = Annotated[str, strawberry.argument(description="The account's password.")]
Code = Annotated[str, strawberry.argument(description="Of the authenticator, or a recovery code.")]


@strawberry.type(description="Mutations of second factors.")
class AuthenticatorMutations:
    """Part of `Mutation`."""

    @mutation(description="Make a secret for one's own device (TOTP, RFC 6238). It counts once it is confirmed.")
    async def enrol_authenticator(self, info: Info, password: Password) -> EnrolAuthenticatorPayload:
        context = info.context
        identity = context.require_session().identity

        async def act() -> enrol.Enrolment:
            given = Credentials(password)
            return await enrol.enrol_authenticator(context.house, identity, given, request_id=context.request_id)

        made, problems = await attempt_proof(act)
        return EnrolAuthenticatorPayload(
            secret=made.secret if made else None, uri=made.uri if made else None, problems=problems
        )

    @mutation(description="Show that one's device works; from now on one signs in with password and code.")
    async def confirm_authenticator(
        self,
        info: Info,
        password: Password,
        code: Annotated[str, strawberry.argument(description="What the device shows.")],
    ) -> RecoveryCodesPayload:
        context = info.context
        identity = context.require_session().identity

        async def act() -> tuple[str, ...]:
            given = Credentials(password, code)
            return await enrol.confirm_authenticator(context.house, identity, given, request_id=context.request_id)

        return RecoveryCodesPayload.of(*await attempt_proof(act))

    @mutation(description="Make ten new recovery codes; the old ones are worthless then.")
    async def renew_recovery_codes(self, info: Info, password: Password, code: Code) -> RecoveryCodesPayload:
        context = info.context
        identity = context.require_session().identity

        async def act() -> tuple[str, ...]:
            given = Credentials(password, code)
            return await enrol.renew_recovery_codes(context.house, identity, given, request_id=context.request_id)

        return RecoveryCodesPayload.of(*await attempt_proof(act))

    @mutation(description="Take one's own device away, for example to enrol another one.")
    async def remove_authenticator(self, info: Info, password: Password, code: Code) -> RemoveAuthenticatorPayload:
        context = info.context
        identity = context.require_session().identity

        async def act() -> None:
            given = Credentials(password, code)
            await enrol.remove_authenticator(context.house, identity, given, request_id=context.request_id)

        _none, problems = await attempt_proof(act)
        return RemoveAuthenticatorPayload(removed=not problems, problems=problems)

    @mutation(description="Take somebody's lost device away, and end their sessions. Needs `account:reset`.")
    async def reset_authenticator(self, info: Info, account: AccountId, reason: Reason) -> AccountPayload:
        async def act(scope: TenantScope) -> tables.Account:
            return await enrol.reset_authenticator(scope, row_id_of("Account", account), reason=reason)

        return answered(AccountPayload, "account", *await attempt(info.context, act))
