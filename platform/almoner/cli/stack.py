"""The processes of a running system: the embedded database if there is no other, the API and the workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from almoner.cli.output import Exit, stop

if TYPE_CHECKING:
    from almoner.core.settings import Settings

API = "almoner_graphql.app:create_app"
#: For benchmarks with one subject: what limits cost is measured, and what they refuse is not.
GENEROUS = {
    "ALMONER_SUBJECT_POINTS": "1000000000",
    "ALMONER_TENANT_POINTS": "1000000000",
    "ALMONER_ADDRESS_POINTS": "1000000000",
    "ALMONER_TENANT_REQUESTS": "0",
    "ALMONER_TENANT_SHARE": "1",
}
_READY_SECONDS = 60
_STOP_SECONDS = 40


@contextmanager
def database_environment(config: Settings) -> Iterator[dict[str, str]]:
    """The environment in which our programs find their database.

    Without `ALMONER_DATABASE_URL` the embedded PostgreSQL of the data folder is started and brought up to date; whoever
    started it stops it at the end.
    """
    if config.database_url is not None:
        yield dict(os.environ)
        return
    from almoner.core.database import with_login
    from almoner.core.embedded import start_embedded, stop_embedded

    folder = config.data_dir.expanduser().resolve()
    server = start_embedded(folder / "postgres")
    try:
        environment = {
            **os.environ,
            "ALMONER_DATABASE_URL": with_login(server.superuser_url, "almoner_app"),
            "ALMONER_MIGRATION_URL": server.superuser_url,
            "ALMONER_DATA_DIR": str(folder),
        }
        code = run_migrations(environment)
        if code:
            stop(Exit.UNAVAILABLE, "The embedded database could not be brought up to date.")
        yield environment
    finally:
        if server.started:
            stop_embedded(folder / "postgres")


def run_migrations(environment: Mapping[str, str]) -> int:
    """Bring the database up to date, in a process of its own; its exit code."""
    command = [sys.executable, "-m", "almoner_migrations"]
    return subprocess.run(command, env=dict(environment), check=False).returncode  # noqa: S603  (our own module)


def api_command(host: str, port: int, workers: int = 1, target: str = API) -> list[str]:
    """How the API is started: a target by name, since the domain does not import the API.

    The benchmarks start what they compare it with in the same way, by other targets.
    """
    where = ["--host", host, "--port", str(port), "--workers", str(workers)]
    return [sys.executable, "-m", "almoner_graphql.server", *where, target]


def worker_command(processes: int, threads: int = 2) -> list[str]:
    """How the workers are started."""
    return [sys.executable, "-m", "almoner_workers", "--processes", str(processes), "--threads", str(threads)]


def run_program(command: list[str], environment: Mapping[str, str]) -> int:
    """Run a program in the foreground until it ends or we are told to stop; its exit code."""
    child = subprocess.Popen(command, env=dict(environment))  # noqa: S603  (our own programs)
    # Ctrl-C reaches the child by itself; SIGTERM is ours to pass on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    return 0 if code in (-signal.SIGTERM, -signal.SIGINT) else code


class Processes:
    """Programs in the background, in sessions of their own, so that Ctrl-C leaves it to us to stop them in order."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(
        self, name: str, command: list[str], environment: Mapping[str, str], folder: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start one, in this folder if one is given; what it says goes to `<logs>/<name>.log`."""
        with (self._logs / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603  (our own programs)
                command, env=dict(environment), cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        self._running.append((name, child))
        return child

    def check(self) -> None:
        """End the command if one of them has ended."""
        for name, child in self._running:
            if child.poll() is not None:
                log = self._logs / f"{name}.log"
                tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
                stop(Exit.UNAVAILABLE, f"{name} ended with code {child.returncode}:\n{tail}", hint=f"The log is {log}.")

    def stop(self) -> None:
        """Stop them, the last one first."""
        for _name, child in reversed(self._running):
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
        self._running.clear()


def free_port(wanted: int) -> int:
    """The wanted port of the loopback address, or any free one if it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError("no port is free")


def wait_until_ready(processes: Processes, url: str) -> None:
    """Wait until the API answers that it is ready."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        processes.check()
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    stop(Exit.UNAVAILABLE, f"The API was not ready within {_READY_SECONDS} s.")
