"""The supervisor behind `almoner work`: starts worker processes and replaces those that die."""

from __future__ import annotations

import argparse
import os
import signal
import time
from multiprocessing import get_context
from multiprocessing.context import ForkProcess

from almoner.core.logs import configure_logs, logger
from almoner.core.settings import settings
from almoner_workers.process import serve

log = logger(__name__)

#: A process that dies sooner than this waits as long before it is replaced.
SHORT_LIFE_SECONDS = 5.0
STOP_SECONDS = 30
#: A timer's signal wakes the supervisor every second, for replacements that had to wait.
SIGNALS = frozenset({signal.SIGCHLD, signal.SIGALRM, signal.SIGTERM, signal.SIGINT})


class Supervisor:
    """Keeps a number of worker processes alive.

    They are forked from this process, which has loaded everything and runs nothing: a dead worker is replaced within
    milliseconds, and all share the memory of the code. No thread may be started here, for a fork would lose it.
    """

    def __init__(self, processes: int, threads: int) -> None:
        self._wanted = processes
        self._threads = threads
        self._children: dict[ForkProcess, float] = {}
        self._not_before = 0.0

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        # Signals are waited for, never handled: nothing happens in the middle of something else.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
        while True:
            self._replace()
            # `sigtimedwait` would need no timer, but macOS does not have it.
            if signal.sigwait(SIGNALS) in (signal.SIGTERM, signal.SIGINT):
                break
            self._bury()
        self._stop()

    def _replace(self) -> None:
        while len(self._children) < self._wanted and time.monotonic() >= self._not_before:
            child = get_context("fork").Process(target=serve, args=(self._threads, os.getpid()))
            child.start()
            self._children[child] = time.monotonic()

    def _bury(self) -> None:
        for child, born in list(self._children.items()):
            if not child.is_alive():
                del self._children[child]
                log.error("worker.died", pid=child.pid, code=child.exitcode)
                if time.monotonic() - born < SHORT_LIFE_SECONDS:
                    self._not_before = time.monotonic() + SHORT_LIFE_SECONDS

    def _stop(self) -> None:
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.join(max(0.1, deadline - time.monotonic()))
            if child.is_alive():
                child.kill()
                child.join()


def main() -> None:
    """Entry of `almoner work`."""
    parser = argparse.ArgumentParser(prog="almoner work", description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    configure_logs(settings().log_level)
    Supervisor(arguments.processes, arguments.threads).run()


if __name__ == "__main__":
    main()
