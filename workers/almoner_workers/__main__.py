"""The supervisor behind `almoner work`: starts worker processes and replaces those that die."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time

from almoner.core.logs import configure_logs, logger
from almoner.core.settings import settings

log = logger(__name__)

#: A process that dies sooner than this waits as long before it is replaced.
SHORT_LIFE_SECONDS = 5.0
STOP_SECONDS = 30
#: A timer's signal wakes the supervisor every second, for replacements that had to wait.
SIGNALS = frozenset({signal.SIGCHLD, signal.SIGALRM, signal.SIGTERM, signal.SIGINT})


class Supervisor:
    """Keeps a number of worker processes alive."""

    def __init__(self, processes: int, threads: int) -> None:
        own = ["--threads", str(threads), "--parent", str(os.getpid())]
        self._command = [sys.executable, "-m", "almoner_workers.process", *own]
        self._wanted = processes
        self._children: dict[subprocess.Popen[bytes], float] = {}
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
            child = subprocess.Popen(self._command)  # noqa: S603  (our own module)
            self._children[child] = time.monotonic()

    def _bury(self) -> None:
        for child, born in list(self._children.items()):
            if child.poll() is not None:
                del self._children[child]
                log.error("worker.died", pid=child.pid, code=child.returncode)
                if time.monotonic() - born < SHORT_LIFE_SECONDS:
                    self._not_before = time.monotonic() + SHORT_LIFE_SECONDS

    def _stop(self) -> None:
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


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
