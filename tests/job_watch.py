"""What becomes of jobs, seen from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row

from almoner.core.database import libpq_url
from almoner.jobs.tables import FINAL


class JobWatch:
    """Follows job rows of any tenant, as superuser, and can change what no verb would."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(libpq_url(url), autocommit=True, row_factory=namedtuple_row)
        self.connection.execute("listen almoner_row_changed")

    def row(self, job_id: UUID) -> Any:
        """The job's row, with `lease_over`: whether its lease has ended by the database's clock."""
        query = "select *, lease_until < now() as lease_over from almoner.job where id = %s"
        return self.connection.execute(query, (job_id,)).fetchone()

    def set(self, job_id: UUID, change: str) -> None:
        """Change the row behind everybody's back, for example `run_at = now()`."""
        query = f"update almoner.job set {change} where id = %s"
        assert self.connection.execute(query.encode(), (job_id,)).rowcount == 1

    def until(self, job_id: UUID, ready: Callable[[Any], bool], seconds: float = 30) -> Any:
        """The row as soon as it is `ready`; notices make this quick."""
        deadline = time.monotonic() + seconds
        while not ready(row := self.row(job_id)):
            assert time.monotonic() < deadline, f"not within {seconds:g} s; the job is now {row}"
            for _ in self.connection.notifies(timeout=0.1, stop_after=1):
                break
        return row

    def ended(self, job_id: UUID, seconds: float = 30) -> Any:
        """The row as soon as the job has ended in whichever way."""
        return self.until(job_id, lambda job: job.state in FINAL, seconds)
