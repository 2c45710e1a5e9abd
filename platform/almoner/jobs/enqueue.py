"""Putting work into the outbox: a job row in the transaction of what asks for it. No broker is touched here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable, database_now
from almoner.jobs.tables import Job


class JobOutbox:
    """Implements `core.scope.Outbox`."""

    async def enqueue(
        self,
        scope: TenantScope,
        kind: str,
        subject: TenantTable,
        parameters: dict[str, Any],
        run_at: datetime | None = None,
    ) -> Job:
        """Add a job row; a relay tells the broker when the transaction has committed and the job is due."""
        job = Job(
            tenant_id=scope.tenant_id,
            kind=kind,
            subject_type=type(subject).__name__,
            subject_id=subject.id,
            parameters=parameters,
            requested_by=scope.viewer.subject_id,
            request_id=scope.request_id,
            policy_version=scope.viewer.policy_version,
            requested_at=scope.now(),
            # The database's clock decides when a job is due and when a lease ends; ours may be ahead of it.
            run_at=database_now() if run_at is None else run_at,
        )
        scope.session.add(job)
        await scope.session.flush()
        await scope.session.refresh(job)
        return job
