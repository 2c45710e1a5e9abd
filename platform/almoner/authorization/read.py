"""Reading a tenant's own part of the policy, at any of its versions."""

from __future__ import annotations

from almoner.authorization.authorizer import policy_of
from almoner.authorization.document import Change, PolicyDocument, difference
from almoner.authorization.permissions import Permission
from almoner.authorization.stored import document_at
from almoner.core.errors import NotFound
from almoner.core.pauses import one_by_one
from almoner.core.scope import TenantScope


async def policy_document(scope: TenantScope, number: int | None = None) -> PolicyDocument:
    """The tenant's own part of the policy: now, or at a version.

    Raises:
        Denied: the viewer lacks `policy:view`.
        NotFound: there is no such version.
    """
    scope.require(Permission.POLICY_VIEW)
    now = policy_of(scope)
    if number is None or number == now.number:
        return now.document
    if not 0 <= number <= now.number:
        raise NotFound(f"There is no version {number} of the policy.")
    return await document_at(scope.session, scope.tenant_id, number)


async def policy_difference(scope: TenantScope, before: int, after: int) -> list[Change]:
    """What leads from one version to another, in either direction.

    Raises:
        Denied, NotFound: as above.
    """
    return await one_by_one(difference(await policy_document(scope, before), await policy_document(scope, after)))
