"""Programs that others wrote, run by Node.js from `node/`. Their packages are installed once, beside its lock."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
INSTALL_SECONDS = 300  # 2 s with a warm cache
OLDEST_NODE = 18


def program(name: str) -> str:
    """The path of a program. Without it a test with Node.js fails in CI and is skipped elsewhere."""
    found = shutil.which(name)
    if found is None:
        _cannot(f"{name} is not installed; .ci/run installs it on Debian")
    return str(found)


def _cannot(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _install(npm: str) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


StartNode = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="session")
def node() -> Callable[..., list[str]]:
    """The command that runs a script of `node/` with these arguments."""
    node, npm = program("node"), program("npm")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        _cannot(f"Node.js {OLDEST_NODE} or newer is needed, this is {version}")
    installed = FOLDER / "node_modules" / ".package-lock.json"
    with (FOLDER / "package-lock.json").open() as lock:
        # Processes of pytest-xdist come here at the same time, and installing begins with removing what is there.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.stat().st_mtime < os.fstat(lock.fileno()).st_mtime:
            _install(npm)

    def command_of(script: str, *arguments: str) -> list[str]:
        return [node, str(FOLDER / script), *arguments]

    return command_of
