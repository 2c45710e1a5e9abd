"""Publishing certified rates."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.rates.status import Status
from almoner.rates.tables import RateDevelopment


async def publish_rate_development(scope: TenantScope, development_id: UUID) -> RateDevelopment:
    """Publish a certified development. From here it neither changes nor goes away.

    Raises:
        NotFound: no such development that the viewer may see.
        Denied: the viewer lacks `rate_development:publish`.
        Conflict: it is not certified.
    """
    development = await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_VIEW, lock=True)
    scope.require(Permission.RATE_DEVELOPMENT_PUBLISH, development)
    development.move_to(Status.PUBLISHED)
    development.published_at = scope.now()
    scope.record("rate_development.published", development, revision=development.revision)
    return development
