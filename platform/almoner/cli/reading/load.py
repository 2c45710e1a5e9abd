"""Loads a server with `wrk`: eight clients that ask again as soon as they have their answer."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from importlib.resources import as_file, files

from almoner.cli.output import Exit, stop
from almoner.cli.reading.operations import Ask

CLIENTS = 8
# What is under way when a turn ends is not counted: up to one request of each client. With so many counted for each
# second that was asked for, three seconds lose a few percent of a slow server's work, and not a quarter.
_LEAST_PER_SECOND = 50
_MOST_TIMES = 6
# An answer that takes longer counts as broken; wrk's own limit is 2 s, which eight clients of a slow server reach.
_TIMEOUT = "30s"


def turn_seconds(seconds: int, rate: float) -> int:
    """How long a turn must be with a server of that many requests per second: longer than asked if it is slow."""
    return math.ceil(seconds * min(_MOST_TIMES, max(1, _LEAST_PER_SECOND / rate)))


def find_wrk() -> str:
    """The path of `wrk`, or the end of the command with how to get it."""
    found = shutil.which("wrk")
    if found is None:
        stop(
            Exit.UNAVAILABLE,
            "This benchmark needs the load generator wrk, which is not on the PATH.",
            hint="Install it: `apt-get install wrk` on Debian and Ubuntu, `brew install wrk` on macOS.",
        )
    return found


def requests_per_second(wrk: str, name: str, ask: Ask, *, seconds: int, answer_bytes: int) -> float:
    """How many requests a server answers in a second.

    Anything but success ends the command: a status that is none, a broken connection, or answers that are smaller than
    the one that is known to be right.

    Args:
        wrk: the program.
        name: whom to blame.
        ask: what to ask.
        seconds: how long.
        answer_bytes: the size of the right answer's body.
    """
    with as_file(files("almoner.cli.reading").joinpath("load.lua")) as script:
        how = ["--threads", "1", "--connections", str(CLIENTS), "--duration", f"{seconds}s", "--timeout", _TIMEOUT]
        command = [wrk, *how, "--script", str(script), ask.url]
        environment = {**os.environ, "ALMONER_BENCH_BODY": ask.body, "ALMONER_BENCH_TOKEN": ask.token}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    last = (done.stdout.splitlines() or [""])[-1]
    if done.returncode != 0 or not last.startswith("{"):
        stop(Exit.UNAVAILABLE, f"wrk failed on {name}: {(done.stderr or done.stdout).strip()[-500:]}")
    found = json.loads(last)
    if found["refused"] or found["broken"] or not found["requests"]:
        stop(
            Exit.REFUSED,
            f"{name} answered {found['requests']} requests, refused {found['refused']} and broke {found['broken']}.",
        )
    if found["bytes"] < found["requests"] * answer_bytes:
        stop(Exit.REFUSED, f"{name} gave shorter answers under load than the {answer_bytes} bytes that are right.")
    rate: float = found["requests"] / (found["microseconds"] / 1e6)
    return rate
