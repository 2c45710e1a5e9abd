"""Who may send registered operations only."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.core.adding import add_if_missing
from almoner.core.scope import TenantScope
from almoner.operations.clients import require_client
from almoner.operations.tables import OperationRule

_REGISTERED = """
select {what} from almoner.registered_operation
where tenant_id = {tenant} and client_id = {subject} and digest = {digest} and withdrawn_at is null
"""
_MAY_BE_SENT = """
not (cast({by_id} as boolean) or exists (
    select from almoner.operation_rule
    where tenant_id = {tenant} and registered_only and (client_id is null or client_id = {subject})
)) or exists ({registered})
"""


def registered_sql(*, tenant: str, subject: str, digest: str, what: str = "text") -> str:
    """The text of the document with that digest that is registered for a client; no row if there is none.

    An SQL query, with these names for its parameters (uuid, uuid, text): `$1` or `:tenant`.
    """
    return _REGISTERED.format(what=what, tenant=tenant, subject=subject, digest=digest)


def may_be_sent_sql(*, tenant: str, subject: str, digest: str, by_id: str) -> str:
    """Whether a client may send a document: it is registered, or need not be.

    An SQL expression, with these names for its parameters; `by_id` (boolean) says that the document was named by the id
    that it is registered under, and so must still be registered.
    """
    registered = registered_sql(tenant=tenant, subject=subject, digest=digest, what="")
    return _MAY_BE_SENT.format(registered=registered, tenant=tenant, subject=subject, by_id=by_id)


async def set_registered_only(scope: TenantScope, client_id: UUID | None, registered_only: bool) -> OperationRule:
    """Hold a client, or the whole tenant, to registered operations, or let go of it.

    A client is held by its own rule or by its tenant's: letting go of one client does nothing while the tenant is held.

    Args:
        client_id: an account or a service account; None for everybody in the tenant.

    Raises:
        Denied: the viewer lacks `operation_rule:set`, for this client if one is given.
        NotFound: no such client in this tenant.
    """
    planned = OperationRule(tenant_id=scope.tenant_id, client_id=client_id, registered_only=registered_only)
    scope.require(Permission.OPERATION_RULE_SET, planned)
    if client_id is not None:
        await require_client(scope, client_id)
    added = await add_if_missing(scope.session, planned, "client_id")
    rule = await _locked(scope, client_id)
    if added is not None or rule.registered_only != registered_only:
        rule.registered_only = registered_only
        client = str(client_id) if client_id else None
        scope.record("operation_rule.set", rule, client=client, registered_only=registered_only)
    return rule


async def _locked(scope: TenantScope, client_id: UUID | None) -> OperationRule:
    query = (
        select(OperationRule)
        .where(
            col(OperationRule.tenant_id) == scope.tenant_id,
            col(OperationRule.client_id).is_not_distinct_from(client_id),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await scope.session.execute(query)).scalar_one()
