"""Actors of the rates slice."""

from __future__ import annotations

from almoner.core.scope import TenantScope
from almoner.jobs.lease import Lease
from almoner.rates.calculate import calculate_rate_development
from almoner.rates.submit import CALCULATE
from almoner_workers.runtime import Report, Work

QUEUE = "rates"


async def calculate(scope: TenantScope, lease: Lease, report: Report) -> None:
    """Compute the revision that the job names."""
    await calculate_rate_development(scope, lease.subject_id, int(lease.parameters["revision"]), report)


WORK: dict[str, Work] = {CALCULATE: calculate}
