"""The job row: outbox, lease, progress and outcome in one place. The broker only says "look at it"."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.core.tables import TenantTable, instant, tenant_table


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


#: Which state may follow which. RUNNING to QUEUED is a retry after a failure; FAILED and CANCELLED are retried by hand.
ALLOWED: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {JobState.RUNNING, JobState.DONE, JobState.QUEUED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}
FINAL = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class Job(TenantTable, table=True):
    """A piece of work for a worker.

    Attributes:
        kind: the name that the worker's actor goes by, for example `rates.calculate`.
        subject_type, subject_id: the row that it is about.
        policy_version: the policy that allowed it to be asked for; null: it was asked for before this was kept.
        run_at: not before this instant; a retry's back-off moves it.
        dispatched_at, dispatches: when and how often the broker was told.
        fence: grows by one at each start; only the newest start may write results.
        lease_owner, lease_until: who works on it, and until when that counts without a sign of life.
        done_units, total_units, phase: progress, in units of the job's own.
        failures: how often it failed; a start that a crash ended does not count.
        failure_code, failure_message, failure_detail, failed_at: the last failure, kept for good.
    """

    __tablename__ = "job"
    __table_args__ = tenant_table(
        Index(None, "tenant_id", "subject_id", "id"),
        Index(None, "tenant_id", "state", "run_at"),
        Index(None, "tenant_id", "requested_at", "id"),
        Index(None, "tenant_id", "requested_by", "id"),
    )
    assigned_to: ClassVar[str | None] = "requested_by"

    kind: str
    state: str = JobState.QUEUED
    subject_type: str
    subject_id: UUID
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    requested_by: UUID
    request_id: str
    requested_at: datetime = instant()
    run_at: datetime = instant()
    dispatched_at: datetime | None = instant(nullable=True)
    dispatches: int = 0
    fence: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = instant(nullable=True)
    started_at: datetime | None = instant(nullable=True)
    finished_at: datetime | None = instant(nullable=True)
    cancel_requested_at: datetime | None = instant(nullable=True)
    done_units: int = 0
    total_units: int = 0
    phase: str = "queued"
    failures: int = 0
    failure_code: str | None = None
    failure_message: str | None = None
    failure_detail: str | None = None
    failed_at: datetime | None = instant(nullable=True)
    policy_version: str | None = None
