"""What `almoner operations` does on the database; imported late, like `local`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from almoner.core.errors import Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.identity.read import names_of
from almoner.identity.sign_in import find_identity
from almoner.operations.documents import NewOperation
from almoner.operations.read import operation_rules, operations_with_digest, registered_operations
from almoner.operations.register import register_operations
from almoner.operations.rules import set_registered_only
from almoner.operations.tables import RegisteredOperation
from almoner.operations.withdraw import withdraw_operation

Row = dict[str, Any]


async def register(
    scope: TenantScope, client: str, documents: Sequence[NewOperation], files: Sequence[str]
) -> list[Row]:
    """Register documents for a client; problems name the files that they are about.

    Raises:
        NotFound: there is no such client.
        Invalid: as the verb.
    """
    client_id = await _client_id(scope, client)
    try:
        return await _shown(scope, await register_operations(scope, client_id, documents))
    except Invalid as refused:
        raise Invalid([_of_file(problem, files) for problem in refused.problems]) from None


async def listed(scope: TenantScope, client: str | None) -> list[Row]:
    """The tenant's operations, newest first; those of one client if one is named.

    Raises:
        NotFound: there is no such client.
    """
    client_id = None if client is None else await _client_id(scope, client)
    return await _shown(scope, await registered_operations(scope, client_id))


async def withdraw(scope: TenantScope, digests: Sequence[str], client: str | None) -> int:
    """Withdraw documents, for one client or for all; how many registrations were withdrawn by this.

    Raises:
        NotFound: there is no such client, or one of the documents is not registered.
    """
    client_id = None if client is None else await _client_id(scope, client)
    count = 0
    for digest in sorted(set(digests)):
        found = [one for one in await operations_with_digest(scope, digest) if client_id in (None, one.client_id)]
        if not found:
            raise NotFound(f"There is no operation {digest}; nothing was withdrawn.")
        count += sum(operation.withdrawn_at is None for operation in found)
        for operation in found:
            await withdraw_operation(scope, operation.id)
    return count


async def only(scope: TenantScope, client: str | None, on: bool | None) -> Row:
    """Set the rule of a client or of the tenant, unless `on` is None; then who is held to registered operations.

    Raises:
        NotFound: there is no such client.
    """
    if on is not None:
        await set_registered_only(scope, None if client is None else await _client_id(scope, client), on)
    held = [rule.client_id for rule in await operation_rules(scope) if rule.registered_only]
    clients = [client_id for client_id in held if client_id is not None]
    names = await names_of(scope.session, scope.tenant_id, clients)
    return {
        "tenant": None in held,
        "clients": [
            {"client": names[client_id], "clientId": str(client_id)}
            for client_id in sorted(clients, key=names.__getitem__)
        ],
    }


async def _client_id(scope: TenantScope, name: str) -> UUID:
    identity = await find_identity(scope.session, scope.tenant_id, name)
    if identity is None:
        raise NotFound(f"The tenant has no account or service account {name}.")
    return identity.subject_id


async def _shown(scope: TenantScope, operations: Sequence[RegisteredOperation]) -> list[Row]:
    names = await names_of(scope.session, scope.tenant_id, {operation.client_id for operation in operations})
    return [
        {
            "digest": operation.digest,
            "name": operation.name,
            "client": names[operation.client_id],
            "clientId": str(operation.client_id),
            "registeredAt": operation.registered_at.isoformat(),
            "withdrawnAt": operation.withdrawn_at.isoformat() if operation.withdrawn_at else None,
            "text": operation.text,
        }
        for operation in operations
    ]


def _of_file(problem: Problem, files: Sequence[str]) -> Problem:
    """The same problem, under the file's name instead of its place in the list."""
    match problem.path:
        case ("operations", place, *rest):
            return Problem(problem.code, problem.message, (files[int(place)], *rest))
    return problem
