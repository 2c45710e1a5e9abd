"""Filing a new rate development."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from almoner.authorization.permissions import Permission
from almoner.core.scope import TenantScope
from almoner.jobs.tables import Job
from almoner.rates.package import Package
from almoner.rates.parse import parse_package
from almoner.rates.status import Status
from almoner.rates.tables import RateDevelopment, RatePackage, RateRevision

CALCULATE = "rates.calculate"


async def submit_rate_development(scope: TenantScope, raw: Mapping[str, object]) -> tuple[RateDevelopment, Job]:
    """File a package as a new rate development and ask for its calculation.

    Args:
        raw: the package with the keys of a package file, numbers and dates as text.

    Raises:
        Denied: the viewer lacks `rate_development:submit`.
        Invalid: every problem of the package at once, with paths from `input`; nothing is stored.
    """
    scope.require(Permission.RATE_DEVELOPMENT_SUBMIT)
    # A large package takes a second to check; other requests should not wait for it.
    package = await asyncio.to_thread(parse_package, raw)
    development = RateDevelopment(
        tenant_id=scope.tenant_id,
        name=package.name,
        submitted_by=scope.viewer.subject_id,
        submitted_at=scope.now(),
    )
    revision = RateRevision(tenant_id=scope.tenant_id, development_id=development.id, number=1)
    scope.session.add(development)
    await scope.session.flush()
    scope.session.add(revision)
    return development, await file_package(scope, development, revision, package)


async def file_package(
    scope: TenantScope, development: RateDevelopment, revision: RateRevision, package: Package
) -> Job:
    """Put a package into a draft's current revision, and ask for the calculation.

    Raises:
        Conflict: the development is no draft.
    """
    development.move_to(Status.SUBMITTED)
    development.name = package.name
    revision.package_digest = package.digest
    revision.submitted_by = scope.viewer.subject_id
    revision.submitted_at = scope.now()
    await scope.session.flush()
    scope.session.add(RatePackage(tenant_id=scope.tenant_id, revision_id=revision.id, content=package.to_json()))
    scope.record(
        "rate_development.submitted", development, revision=revision.number, package_digest=revision.package_digest
    )
    job: Job = await scope.enqueue(CALCULATE, development, revision=revision.number)
    return job
