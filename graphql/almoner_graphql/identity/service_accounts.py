"""Service accounts: their credentials, which are shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import strawberry

from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.identity import disable, service_accounts, tables
from almoner_graphql.context import Info
from almoner_graphql.fields import mutation
from almoner_graphql.identity.accounts import Reason
from almoner_graphql.identity.payloads import CredentialsPayload, ServiceAccountPayload
from almoner_graphql.problems import answered, attempt

ServiceAccountId = Annotated[strawberry.ID, strawberry.argument(description="The service account's id.")]
Made = tuple[tables.ServiceAccount, str, str]


@strawberry.type(description="Mutations of service accounts.")
class ServiceAccountMutations:
    """Part of `Mutation`."""

    @mutation(description="Make a machine's account with its credentials. Needs `account:create`.")
    async def create_service_account(
        self, info: Info, name: Annotated[str, strawberry.argument(description="What the machine is called.")]
    ) -> CredentialsPayload:
        async def create(scope: TenantScope) -> Made:
            account, secret = await service_accounts.create_service_account(scope, name=name)
            return account, await service_accounts.client_id_of(scope, account), secret

        return CredentialsPayload.of(*await attempt(info.context, create))

    @mutation(description="Give a machine a new secret. Needs `service_account:rotate`.")
    async def rotate_service_account(
        self,
        info: Info,
        service_account: ServiceAccountId,
        overlap_hours: Annotated[
            int, strawberry.argument(description="How long the present secret stays good, 0 to 720.")
        ] = 24,
    ) -> CredentialsPayload:
        async def rotate(scope: TenantScope) -> Made:
            account_id = row_id_of("ServiceAccount", service_account)
            overlap = timedelta(hours=overlap_hours)
            account, secret = await service_accounts.rotate_service_account(scope, account_id, overlap=overlap)
            return account, await service_accounts.client_id_of(scope, account), secret

        return CredentialsPayload.of(*await attempt(info.context, rotate))

    @mutation(description="Keep a machine out from this moment. Needs `service_account:disable`.")
    async def disable_service_account(
        self, info: Info, service_account: ServiceAccountId, reason: Reason
    ) -> ServiceAccountPayload:
        async def act(scope: TenantScope) -> tables.ServiceAccount:
            account_id = row_id_of("ServiceAccount", service_account)
            return await disable.disable_service_account(scope, account_id, reason=reason)

        return answered(ServiceAccountPayload, "service_account", *await attempt(info.context, act))

    @mutation(description="Let a machine in again. Needs `service_account:disable`.")
    async def enable_service_account(
        self, info: Info, service_account: ServiceAccountId, reason: Reason
    ) -> ServiceAccountPayload:
        async def act(scope: TenantScope) -> tables.ServiceAccount:
            account_id = row_id_of("ServiceAccount", service_account)
            return await disable.enable_service_account(scope, account_id, reason=reason)

        return answered(ServiceAccountPayload, "service_account", *await attempt(info.context, act))
