"""Filing the package of an unlocked revision."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.jobs.tables import Job
from almoner.rates.parse import parse_package
from almoner.rates.read import get_revision
from almoner.rates.submit import file_package
from almoner.rates.tables import RateDevelopment


async def resubmit_rate_development(
    scope: TenantScope, development_id: UUID, raw: Mapping[str, object]
) -> tuple[RateDevelopment, Job]:
    """File a package as the revision that an unlock has opened.

    Raises:
        NotFound: no such development that the viewer may see.
        Denied: the viewer lacks `rate_development:resubmit` for it.
        Invalid: every problem of the package at once, with paths from `input`; nothing is stored.
        Conflict: the development is no draft.
    """
    development = await scope.get(RateDevelopment, development_id, Permission.RATE_DEVELOPMENT_VIEW, lock=True)
    scope.require(Permission.RATE_DEVELOPMENT_RESUBMIT, development)
    package = await asyncio.to_thread(parse_package, raw)
    revision = await get_revision(scope, development, None)
    return development, await file_package(scope, development, revision, package)
