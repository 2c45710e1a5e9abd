"""Opening a calculated or certified development again."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.core.texts import require_reason
from almoner.rates.status import Status
from almoner.rates.tables import RateDevelopment, RateRevision


async def unlock_rate_development(scope: TenantScope, development_id: UUID, *, reason: str) -> RateDevelopment:
    """Open a new revision, in draft until its package is filed. Older revisions stay as they are.

    Raises:
        NotFound: no such development that the viewer may see.
        Denied: the viewer lacks `rate_development:unlock`.
        Invalid: no reason.
        Conflict: it is neither calculated nor certified.
    """
    development = await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_VIEW, lock=True)
    scope.require(Permission.RATE_DEVELOPMENT_UNLOCK, development)
    require_reason(reason, "Say why the development is unlocked.")
    was = development.status
    development.move_to(Status.DRAFT)
    development.revision += 1
    development.certified_by = development.certified_at = None
    scope.session.add(
        RateRevision(
            tenant_id=scope.tenant_id,
            development_id=development.id,
            number=development.revision,
            unlock_reason=reason.strip(),
        )
    )
    scope.record(
        "rate_development.unlocked", development, was=was, revision=development.revision, reason=reason.strip()
    )
    return development
