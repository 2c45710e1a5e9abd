"""Signing in."""

from __future__ import annotations

from typing import Annotated

import strawberry

from almoner.core.errors import Unauthenticated
from almoner.identity.sign_in import refuse_unknown
from almoner.identity.tokens import AccessToken
from almoner.wiring import House
from almoner_graphql.context import Info
from almoner_graphql.errors import database_facts, is_storable
from almoner_graphql.fields import mutation
from almoner_graphql.identity.types import LoginPayload
from almoner_graphql.problems import problems_of


@strawberry.type(description="Mutations that need no token.")
class IdentityMutations:
    """Part of `Mutation`."""

    @mutation(description="Get a token for a person. Machines get theirs at `/oauth/token`.")
    async def login(
        self,
        info: Info,
        tenant: Annotated[str, strawberry.argument(description="The agency's code.")],
        email: Annotated[str, strawberry.argument(description="The account's address.")],
        password: Annotated[str, strawberry.argument(description="Its password.")],
    ) -> LoginPayload:
        try:
            token = await _sign_in(info.context.house, tenant, email, password)
        except Unauthenticated as error:
            return LoginPayload(access_token=None, expires_at=None, problems=problems_of(error))
        return LoginPayload(access_token=token.text, expires_at=token.expires_at, problems=[])


async def _sign_in(house: House, tenant: str, email: str, password: str) -> AccessToken:
    if not all(is_storable(text) for text in (tenant, email, password)):
        # Nobody can have such a name or password; the answer is the one for any wrong one.
        await refuse_unknown("")
    with database_facts():
        return await house.sign_in(tenant=tenant, email=email, password=password)
