"""Running one job: take the lease, keep it, do the work, and end in exactly one way."""

from __future__ import annotations

import asyncio
import os
import socket
import traceback
from collections.abc import Awaitable, Callable
from types import TracebackType
from uuid import UUID

from almoner.core.errors import AlmonerError
from almoner.core.logs import logger
from almoner.core.scope import TenantScope
from almoner.jobs import lease as leases
from almoner.jobs.lease import CancelRequested, Lease, LeaseLost
from almoner.wiring import House

log = logger(__name__)

Report = Callable[[int, int, str], Awaitable[None]]
#: The work of one kind of job: a scope whose transaction holds all results, the lease, and where to tell progress.
Work = Callable[[TenantScope, Lease, Report], Awaitable[object]]

_DETAIL_CHARACTERS = 4000
_CHAIN = 8


def _describe(error: BaseException) -> str:
    """The error and what led to it, each with our own places in the code, the last one last.

    A database's message may quote what a statement carried, so of its errors only the kind and the code are told.
    """
    parts: list[str] = []
    link: BaseException | None = error
    while link is not None and len(parts) < _CHAIN:
        kind = f"{type(link).__module__}.{type(link).__qualname__}"
        from_database = kind.startswith(("sqlalchemy.", "asyncpg."))
        said = getattr(link, "sqlstate", None) if from_database else str(link)
        parts.append(_places(link.__traceback__) + (f"{kind}: {said}" if said else kind) + "\n")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "which led to\n".join(reversed(parts))


def _places(trace: TracebackType | None) -> str:
    ours = (place for place in traceback.walk_tb(trace) if place[0].f_globals.get("__name__", "").startswith("almoner"))
    return "".join(traceback.StackSummary.extract(ours).format())


class Runtime:
    """Runs jobs in this process. `lease_seconds` is how long the job stays ours without a sign of life."""

    def __init__(self, house: House, *, lease_seconds: float) -> None:
        self.house = house
        self.lease_seconds = lease_seconds
        self.owner = f"{socket.gethostname()}:{os.getpid()}"

    async def look_at(self, tenant_id: UUID, job_id: UUID, work: Work) -> None:
        """Run the job if it is due. Looking twice, or at a job that somebody else runs, does nothing."""
        async with self.house.database.tenant_transaction(tenant_id) as session:
            lease = await leases.take(session, tenant_id, job_id, owner=self.owner, seconds=self.lease_seconds)
        if lease is None:
            return
        try:
            await self._run(lease, work)
        except LeaseLost:
            log.warning("job.lease_lost", job=str(job_id), fence=lease.fence)
        except CancelRequested:
            async with self.house.database.tenant_transaction(tenant_id) as session:
                await leases.cancel(session, lease)
        except AlmonerError as error:
            # A rule refuses: trying again would only be refused again.
            problem = error.problems[0]
            await self._fail(lease, problem.code, problem.message, type(error).__name__, final=True)
        except Exception as error:  # noqa: BLE001  (whatever it was, it is kept on the job's row and logged)
            detail = _describe(error)[-_DETAIL_CHARACTERS:]
            log.error("job.failed", job=str(job_id), kind=lease.kind, error=type(error).__name__, detail=detail)
            message = "The work failed unexpectedly; the platform's operators find the reason in the detail."
            await self._fail(lease, "UNEXPECTED", message, detail, final=False)

    async def _run(self, lease: Lease, work: Work) -> None:
        working = asyncio.create_task(self._work(lease, work))
        beating = asyncio.create_task(self._beat(lease))
        try:
            await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (working, beating):
                if not task.done():
                    task.cancel()
            await asyncio.wait({working, beating})
        for task in (working, beating):
            if not task.cancelled():
                # Raises what ended it; the work's own end counts before the heartbeat's.
                return task.result()
        raise asyncio.CancelledError

    async def _work(self, lease: Lease, work: Work) -> None:
        async def report(done: int, total: int, phase: str) -> None:
            await self._keep(lease, (done, total, phase))

        async with self.house.worker_scope(lease.tenant_id, lease.requested_by, lease.request_id) as scope:
            await work(scope, lease, report)
            await leases.finish(scope.session, lease)

    async def _beat(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self.lease_seconds / 4)
            await self._keep(lease, None)

    async def _keep(self, lease: Lease, progress: tuple[int, int, str] | None) -> None:
        async with self.house.database.tenant_transaction(lease.tenant_id) as session:
            await leases.keep(session, lease, progress)

    async def _fail(self, lease: Lease, code: str, message: str, detail: str, *, final: bool) -> None:
        async with self.house.database.tenant_transaction(lease.tenant_id) as session:
            try:
                await leases.fail(session, lease, code=code, message=message, detail=detail, final=final)
            except LeaseLost:
                log.warning("job.lease_lost", job=str(lease.job_id), fence=lease.fence)
