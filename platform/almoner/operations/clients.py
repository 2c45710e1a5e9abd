"""Who operations are registered for."""

from __future__ import annotations

from uuid import UUID

from almoner.core.errors import NotFound
from almoner.core.scope import TenantScope
from almoner.identity.read import names_of


async def require_client(scope: TenantScope, client_id: UUID) -> None:
    """Insist that somebody of this tenant has the id: two tables know clients, so no foreign key can.

    Raises:
        NotFound: no account and no service account of this tenant.
    """
    if client_id not in await names_of(scope.session, scope.tenant_id, [client_id]):
        raise NotFound("There is no account or service account with this id.", path=("clientId",))
