"""A process that forks workers, each for one look at one job, and kills them when it is told to.

For each line of input, `{"tenant": …, "job": …, "seconds": …}`, one child looks at the job as a worker does and gets
SIGKILL so many seconds after it began, or never for null. The answer is a line: `{"killed": …, "seconds": how long it
looked}`. Forking a process that has imported everything costs milliseconds where a start costs seconds.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import sys
import time
import traceback
from uuid import UUID

from almoner.core.settings import settings
from almoner.rates.submit import CALCULATE
from almoner.wiring import build_house
from almoner_workers.rates import WORK
from almoner_workers.runtime import Runtime


def look(tenant_id: UUID, job_id: UUID, begins: int) -> None:
    """What a worker process does with one message; a byte through `begins` tells when the database is reached."""

    async def work() -> None:
        house = build_house(settings(), pool_size=4)
        await house.database.ping()
        os.write(begins, b".")
        await Runtime(house, lease_seconds=settings().lease_seconds).look_at(tenant_id, job_id, WORK[CALCULATE])
        await house.close()

    asyncio.run(work())


def fork(tenant_id: UUID, job_id: UUID) -> int:
    """A child that begins now to look at the job."""
    begun, begins = os.pipe()
    child = os.fork()
    if child:
        os.close(begins)
        os.read(begun, 1)
        os.close(begun)
        return child
    code = 1
    try:
        look(tenant_id, job_id, begins)
        code = 0
    except BaseException:  # noqa: BLE001  (nothing may return into the parent's code)
        traceback.print_exc()
    finally:
        os._exit(code)


def live(child: int, seconds: float | None) -> dict[str, object]:
    """Wait for the child's end, or end it after so many seconds."""
    born = time.monotonic()
    handle = os.pidfd_open(child)
    try:
        select.select([handle], [], [], seconds)
        # A child that has ended stays a zombie until it is waited for: the number is still its own.
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(handle)
    return {"killed": os.WIFSIGNALED(status), "code": status, "seconds": time.monotonic() - born}


def main() -> None:
    """Do as told, line by line, until the input ends."""
    build_house(settings(), pool_size=1)
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        child = fork(UUID(order["tenant"]), UUID(order["job"]))
        print(json.dumps(live(child, order["seconds"])), flush=True)  # noqa: T201  (the answer)


if __name__ == "__main__":
    main()
