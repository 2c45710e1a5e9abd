"""Accounts: invitations, passwords, keeping people out, and recertification."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.identity import account_tokens, disable, recertification, tables
from almoner.identity.change_password import change_password
from almoner.identity.prove import Credentials
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.identity.payloads import AccountPayload, AccountTokenPayload, PasswordPayload
from almoner_graphql.problems import answered, attempt, attempt_proof

AccountId = Annotated[strawberry.ID, strawberry.argument(description="The account's id.")]
Reason = Annotated[str, strawberry.argument(description="Why; the journal keeps it.")]
NewPassword = Annotated[str, strawberry.argument(description="12 to 256 characters, neither common nor one's name.")]
Issued = tuple[tables.Account, str, datetime]


@strawberry.type(description="Mutations of accounts.")
class AccountMutations:
    """Part of `Mutation`."""

    @mutation(description="Make a person's account, and the token with which they set a password. `account:create`.")
    async def invite_account(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="The person's e-mail address.")],
        name: Annotated[str, strawberry.argument(description="The person's name.")],
        sponsor: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The account that answers for it; yours if not given."),
        ] = None,
    ) -> AccountTokenPayload:
        async def invite(scope: TenantScope) -> Issued:
            sponsor_id = row_id_of("Account", sponsor) if sponsor is not None else None
            return await account_tokens.invite_account(scope, email=email, name=name, sponsor_id=sponsor_id)

        return AccountTokenPayload.of(*await attempt(info.context, invite))

    @mutation(
        description="Take an account's password away and make a token to set a new one with. Needs `account:reset`."
    )
    async def reset_password(self, info: Info, account: AccountId, reason: Reason) -> AccountTokenPayload:
        async def reset(scope: TenantScope) -> Issued:
            return await account_tokens.reset_password(scope, row_id_of("Account", account), reason=reason)

        return AccountTokenPayload.of(*await attempt(info.context, reset))

    @mutation(description="Set a password with the token of an invitation or a reset. Needs nothing but that token.")
    async def set_password(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="As it was handed over; good once.")],
        password: NewPassword,
    ) -> PasswordPayload:
        context = info.context

        async def act() -> object:
            return await account_tokens.set_password(context.house, token, password, request_id=context.request_id)

        _made, problems = await attempt_proof(act)
        return PasswordPayload(changed=not problems, problems=problems)

    @mutation(description="Change one's own password. All other sessions end.")
    async def change_password(
        self,
        info: Info,
        password: Annotated[str, strawberry.argument(description="The present one.")],
        new_password: NewPassword,
        code: Annotated[str | None, strawberry.argument(description="Of the authenticator, if there is one.")] = None,
    ) -> PasswordPayload:
        context = info.context
        identity = context.require_session().identity

        async def act() -> None:
            given = Credentials(password, code)
            await change_password(context.house, identity, given, new_password, request_id=context.request_id)

        _none, problems = await attempt_proof(act)
        return PasswordPayload(changed=not problems, problems=problems)

    @mutation(description="Keep a person out from this moment. Needs `account:disable`.")
    async def disable_account(self, info: Info, account: AccountId, reason: Reason) -> AccountPayload:
        async def act(scope: TenantScope) -> tables.Account:
            return await disable.disable_account(scope, row_id_of("Account", account), reason=reason)

        return answered(AccountPayload, "account", *await attempt(info.context, act))

    @mutation(description="Let a person in again. Needs `account:disable`.")
    async def enable_account(self, info: Info, account: AccountId, reason: Reason) -> AccountPayload:
        async def act(scope: TenantScope) -> tables.Account:
            return await disable.enable_account(scope, row_id_of("Account", account), reason=reason)

        return answered(AccountPayload, "account", *await attempt(info.context, act))

    @mutation(description="Say that an account is still needed, for another year. Needs `account:recertify`.")
    async def recertify_account(self, info: Info, account: AccountId) -> AccountPayload:
        async def act(scope: TenantScope) -> tables.Account:
            return await recertification.recertify_account(scope, row_id_of("Account", account))

        return answered(AccountPayload, "account", *await attempt(info.context, act))
