"""Real message brokers of our own: each on free ports of this machine, in a scratch folder, stopped at the end.

Nothing here touches a broker that was running before. The servers get sessions of their own, so that Ctrl-C lets the
tests end first, and they are ended by the process ids that were started here.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pika  # type: ignore[import-untyped]  # it has no annotations
import pytest
import redis

RABBITMQ_START_SECONDS = 120  # 3 to 20 s on an idle machine
REDIS_START_SECONDS = 30

# Debian's /usr/sbin/rabbitmq-server is a wrapper that becomes the user `rabbitmq`, who cannot write our folders;
# the real script stands in the first folder. The second is missing from ordinary users' PATH.
EXTRA_PATH = ("/usr/lib/rabbitmq/bin", "/usr/sbin")


def program(name: str) -> str:
    """The path of a server's program. Without it a broker test fails in CI and is skipped elsewhere."""
    found = shutil.which(name, path=os.pathsep.join([*EXTRA_PATH, os.environ.get("PATH", "")]))
    if found is None:
        reason = f"{name} is not installed; .ci/run installs it on Debian"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def alive(process: subprocess.Popen[bytes], folder: Path) -> None:
    assert process.poll() is None, (folder / "output.log").read_text(errors="replace")[-2000:]


StartRedis = Callable[[int], AbstractContextManager[redis.Redis]]


@pytest.fixture(scope="session")
def start_redis(tmp_path_factory: pytest.TempPathFactory, running: Any, wait_until: Any) -> StartRedis:
    """Runs an empty Redis that keeps nothing on disk on a port, and gives a client of it."""
    binary = program("redis-server")

    @contextmanager
    def start(port: int) -> Iterator[redis.Redis]:
        folder = tmp_path_factory.mktemp("redis")
        arguments = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
        with running([binary, *arguments], folder) as process, redis.Redis(port=port) as client:

            def answers() -> bool:
                alive(process, folder)
                try:
                    return bool(client.ping())
                except redis.ConnectionError:
                    return False

            wait_until(answers, REDIS_START_SECONDS, "Redis answers")
            yield client

    return start


class OwnRedis:
    """A Redis that tests end and begin again when they like, at one address; `client` speaks to the one that runs."""

    client: redis.Redis

    def __init__(self, start: StartRedis) -> None:
        self._start, self._port, self._life = start, free_port(), ExitStack()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.begin()

    def begin(self) -> None:
        """Run it, empty."""
        self.client = self._life.enter_context(self._start(self._port))

    def end(self) -> None:
        """End it."""
        self._life.close()


@pytest.fixture(scope="module")
def own_redis(start_redis: StartRedis) -> Iterator[OwnRedis]:
    """A Redis of the module's own."""
    own = OwnRedis(start_redis)
    yield own
    own.end()


@pytest.fixture(scope="session")
def redis_url(start_redis: StartRedis) -> Iterator[str]:
    """`redis://…` of a server for all tests."""
    port = free_port()
    with start_redis(port):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory, running: Any, wait_until: Any) -> Iterator[str]:
    """`amqp://…` of an empty server without plugins."""
    binary, epmd = program("rabbitmq-server"), program("epmd")
    folder, port, epmd_port = tmp_path_factory.mktemp("rabbitmq"), free_port(), free_port()
    (folder / "rabbitmq.conf").write_text(f"listeners.tcp.local = 127.0.0.1:{port}\n")
    (folder / "enabled_plugins").write_text("[].\n")
    environment = {
        "HOME": str(folder),  # where Erlang keeps its cookie
        # Erlang's name server would otherwise be started in the background and stay; this one is ours.
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"almoner-{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }
    url = f"amqp://guest:guest@127.0.0.1:{port}/"
    with running([epmd], folder, environment), running([binary], folder, environment) as process:

        def answers() -> bool:
            alive(process, folder)
            try:
                # A plain connection first: pika logs every refused one as an error.
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                pika.BlockingConnection(pika.URLParameters(url)).close()
            except (OSError, pika.exceptions.AMQPError):
                return False
            return True

        wait_until(answers, RABBITMQ_START_SECONDS, "RabbitMQ answers")
        yield url
