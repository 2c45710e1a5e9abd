"""The embedded PostgreSQL: one server per folder, whoever asks, and it comes back after anything."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy.engine import make_url

from almoner.core.database import libpq_url
from almoner.core.embedded import SOCKET_PATH_BYTES, EmbeddedPostgres, start_embedded, stop_embedded
from almoner.core.errors import Unavailable

# What another process does: start, tell, and end without stopping.
START_AND_TELL = """
import sys
from pathlib import Path
from almoner.core.embedded import start_embedded
server = start_embedded(Path(sys.argv[1]), durable=False)
print(server.started, server.superuser_url)
"""

# As root, with another name for the account: be ready, and on a line of input see to it that there is one.
MAKE_ACCOUNT = """
import sys
from almoner.core import embedded
embedded.ROOT_ACCOUNT = sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
print(embedded._account().uid)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "pg"
    yield folder
    stop_embedded(folder)


def query(server: EmbeddedPostgres, sql: str) -> list[tuple[Any, ...]]:
    url = make_url(server.superuser_url)
    host, port = url.query["host"], url.query["port"]
    with psycopg.connect(
        f"user={url.username} dbname={url.database} host={host} port={port}", autocommit=True
    ) as session:
        cursor = session.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def postmaster_pid(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().splitlines()[0])


@contextmanager
def other_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_TELL, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


def test_second_start_finds_the_first_server(data_dir: Path) -> None:
    first = start_embedded(data_dir, durable=False)
    second = start_embedded(data_dir, durable=False)
    assert (first.started, second.started) == (True, False)
    assert first.superuser_url == second.superuser_url
    assert first.superuser_url.startswith("postgresql+asyncpg://postgres@/postgres?host=")


def test_settings_are_as_promised(data_dir: Path) -> None:
    server = start_embedded(data_dir)
    names = ["server_encoding", "TimeZone", "max_connections", "fsync", "synchronous_commit", "listen_addresses"]
    values = [query(server, f"SHOW {name}")[0][0] for name in names]
    assert values == ["UTF8", "UTC", "200", "on", "on", ""]


def test_concurrent_starts_share_one_server(data_dir: Path) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(other_process(data_dir)) for _ in range(3)]
        answers = [process.communicate(timeout=120)[0].split() for process in processes]
    assert sorted(started for started, _ in answers) == ["False", "False", "True"]
    assert len({url for _, url in answers}) == 1


def test_server_outlives_the_process_that_started_it(data_dir: Path) -> None:
    with other_process(data_dir) as starter:
        starter.communicate(timeout=120)
    assert start_embedded(data_dir, durable=False).started is False


def test_restart_keeps_data(data_dir: Path) -> None:
    query(start_embedded(data_dir, durable=False), "CREATE TABLE kept AS SELECT 7 AS number")
    stop_embedded(data_dir)
    again = start_embedded(data_dir, durable=False)
    assert again.started is True
    assert query(again, "SELECT number FROM kept") == [(7,)]


def test_stop_without_a_server_does_nothing(tmp_path: Path) -> None:
    stop_embedded(tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_killed_server_starts_again(data_dir: Path) -> None:
    query(start_embedded(data_dir), "CREATE TABLE kept AS SELECT 7 AS number")
    postmaster = psutil.Process(postmaster_pid(data_dir))
    postmaster.kill()
    psutil.wait_procs([postmaster], timeout=10)
    assert (data_dir / "cluster" / "postmaster.pid").exists()
    again = start_embedded(data_dir)
    assert again.started is True
    assert query(again, "SELECT number FROM kept") == [(7,)]


def test_number_of_a_dead_server_may_belong_to_a_stranger(data_dir: Path) -> None:
    """After a reboot the old number is often taken; neither start nor stop may mistake the stranger for the server."""
    start_embedded(data_dir, durable=False)
    stale = (data_dir / "cluster" / "postmaster.pid").read_text().splitlines()
    stop_embedded(data_dir)
    account = (data_dir / "cluster").stat()
    identity: dict[str, Any] = {"user": account.st_uid, "group": account.st_gid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "600"], **identity) as stranger:
        try:
            note = "\n".join([str(stranger.pid), *stale[1:]]) + "\n"
            (data_dir / "cluster" / "postmaster.pid").write_text(note)
            stop_embedded(data_dir)
            assert stranger.poll() is None
            (data_dir / "cluster" / "postmaster.pid").write_text(note)
            assert start_embedded(data_dir, durable=False).started is True
            assert postmaster_pid(data_dir) != stranger.pid
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_interrupt_of_the_starters_group_spares_the_server(data_dir: Path) -> None:
    """Ctrl-C goes to every process of the terminal's foreground group; the server is in a session of its own."""
    # Whoever runs the tests in the background of a shell has it ignored, which is inherited.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    script = listen + START_AND_TELL + "sys.stdout.flush(); signal.pause()"
    command = [sys.executable, "-c", script, str(data_dir)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline().startswith("True ")
        assert os.getsid(postmaster_pid(data_dir)) != os.getsid(starter.pid)
        os.killpg(starter.pid, signal.SIGINT)
        starter.wait(timeout=30)
    assert start_embedded(data_dir, durable=False).started is False


@pytest.mark.parametrize("name", ["long-" + "x" * 120, "with space, comma and 'quotes' $HOME", "straße"])
def test_awkward_path_gets_a_short_private_socket_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    try:
        server = start_embedded(folder, durable=False)
        socket_dir = str(make_url(server.superuser_url).query["host"])
        assert len(f"{socket_dir}/.s.PGSQL.5432".encode()) <= SOCKET_PATH_BYTES
        assert Path(socket_dir).stat().st_mode & 0o777 == 0o700
        assert query(server, "SELECT 1") == [(1,)]
        stop_embedded(folder)
        assert not Path(socket_dir).exists()
        assert start_embedded(folder, durable=False).superuser_url == server.superuser_url
    finally:
        stop_embedded(folder)


def test_data_folder_is_private(data_dir: Path) -> None:
    start_embedded(data_dir, durable=False)
    assert data_dir.stat().st_mode & 0o777 == 0o700


def test_folder_of_another_account_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(Unavailable, match="belongs to another account"):
        start_embedded(folder, durable=False)


def test_processes_that_miss_the_account_at_one_instant_make_one() -> None:
    """`useradd` would make it twice, and the first one's folders would be nobody's."""
    if os.geteuid() != 0:
        pytest.skip("only root makes accounts")
    name = f"almoner-t{os.getpid()}"
    command = [sys.executable, "-c", MAKE_ACCOUNT, name]
    try:
        with ExitStack() as stack:
            racers = [
                stack.enter_context(
                    subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
                )
                for _ in range(6)
            ]
            assert all(racer.stdout is not None and racer.stdout.readline() == "ready\n" for racer in racers)
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.write("\n")
            told = {racer.stdout.read() for racer in racers if racer.stdout is not None}
        assert told == {f"{pwd.getpwnam(name).pw_uid}\n"}
    finally:
        subprocess.run(["userdel", name], check=True)


def test_the_files_of_a_run_are_reached_after_another_one_has_begun(superuser_url, tmp_path):
    test = tmp_path / "test_begins.py"
    test.write_text("def test_begins(tmp_path):\n    assert tmp_path.is_dir()\n")
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "-p", "no:cacheprovider", str(test)]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    with psycopg.connect(libpq_url(superuser_url)) as session:
        read = session.execute("select pg_read_file(current_setting('data_directory') || '/PG_VERSION')")
        assert read.fetchone() == (f"{session.info.server_version // 10_000}\n",)
