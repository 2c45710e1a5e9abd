"""Taking a rate development off the table."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason
from almoner.jobs.verbs import stop_jobs_of
from almoner.rates.status import Status
from almoner.rates.tables import RateDevelopment


async def withdraw_rate_development(scope: TenantScope, development_id: UUID, *, reason: str) -> RateDevelopment:
    """Withdraw a development that is not published, and stop its calculation if one runs.

    Raises:
        NotFound: no such development that the viewer may see.
        Denied: the viewer lacks `rate_development:withdraw`.
        Invalid: no reason.
        Conflict: it is published, or withdrawn already.
    """
    development = await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_VIEW, lock=True)
    scope.require(Permission.RATE_DEVELOPMENT_WITHDRAW, development)
    require_reason(reason, "Say why the development is withdrawn.")
    development.move_to(Status.WITHDRAWN)
    development.withdrawn_at = scope.now()
    development.withdrawal_reason = reason.strip()
    await stop_jobs_of(scope, development)
    scope.record("rate_development.withdrawn", development, reason=reason.strip())
    return development
