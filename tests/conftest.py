"""One real database for the run, a tenant for each test, and real servers and workers for those that are about them."""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from tests.job_watch import JobWatch

from almoner.authorization.roles import assign_role
from almoner.cli.stack import api_command, free_port
from almoner.core.database import libpq_url
from almoner.core.embedded import start_embedded, stop_embedded
from almoner.core.scope import TenantScope
from almoner.core.settings import Settings
from almoner.core.viewer import Proof
from almoner.identity.passwords import hash_secret
from almoner.identity.tables import Account, ServiceAccount
from almoner.identity.tokens import Identity
from almoner.tenancy.create_tenant import create_tenant
from almoner.wiring import House, build_house
from almoner_graphql.app import build_app
from almoner_migrations.migrate import upgrade

pytest_plugins = ["tests.log_watch", "tests.own_folder"]
PASSWORD = "correct horse battery staple"
ROLES = ("program_administrator", "policy_administrator", "actuary", "auditor")
START_SECONDS, STOP_SECONDS = 60, 30  # 2 to 4 s on an idle machine
#: Limits are counted in every test, and reached only where a test is about them.
ENOUGH = {"subject_points": 10**9, "tenant_points": 10**9, "address_points": 10**9}
_numbers = itertools.count(1)
_hashes: list[str] = []


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def superuser_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database, reached as superuser; `ALMONER_TEST_DATABASE_URL` gives another PostgreSQL."""
    external = os.environ.get("ALMONER_TEST_DATABASE_URL")
    if external:
        upgrade(external)
        yield external
        return
    folder = tmp_path_factory.mktemp("postgres")
    server = start_embedded(folder, durable=False)
    try:
        upgrade(server.superuser_url)
        yield server.superuser_url
    finally:
        stop_embedded(folder)


@pytest.fixture(scope="session")
def database_url(superuser_url: str) -> str:
    """The same database, reached as the application does."""
    if os.environ.get("ALMONER_TEST_DATABASE_URL"):
        return superuser_url
    return make_url(superuser_url).set(username="almoner_app").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the run: leases are short, for tests of lost workers; processes log all, for `log_watch`."""
    return Settings(
        database_url=SecretStr(database_url),
        data_dir=tmp_path_factory.mktemp("data"),
        environment="development",
        lease_seconds=2,
        log_level="DEBUG",
    ).model_copy(update=ENOUGH)


@pytest.fixture(scope="session")
def environment(settings: Settings) -> dict[str, str]:
    """The same settings for processes that a test starts."""
    return {
        **os.environ,
        **{f"ALMONER_{name.upper()}": str(value) for name, value in ENOUGH.items()},
        "ALMONER_DATABASE_URL": settings.application_url,
        "ALMONER_DATA_DIR": str(settings.data_dir),
        "ALMONER_ENVIRONMENT": settings.environment,
        "ALMONER_LEASE_SECONDS": str(settings.lease_seconds),
        "ALMONER_LOG_LEVEL": settings.log_level,
    }


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """The domain, wired to the run's database."""
    house = build_house(settings, pool_size=4)
    yield house
    await house.close()


@dataclass
class SomeTenant:
    """A tenant of a test's own, with one account for each role and an integrator's service account."""

    house: House
    id: UUID
    code: str
    identities: dict[str, Identity] = field(default_factory=dict)
    client_secret: str = ""

    def token(self, role: str, *factors: str) -> str:
        """An access token of the account that holds the role, proved just now by these factors if any are given."""
        return self.house.keys.issue(self.proved(role, *factors), self.house.clock()).text

    def proved(self, role: str, *factors: str) -> Identity:
        """The account that holds the role; with `"pwd", "otp"` it may do what needs a step-up."""
        return replace(self.identities[role], proof=Proof(self.house.clock(), frozenset(factors)))

    @property
    def client_id(self) -> str:
        """The integrator's client id."""
        return f"{self.code}.{self.identities['integrator'].subject_id}"

    async def do(self, role: str, verb: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Run one verb in a transaction of its own, as the holder of the role, who has just stepped up."""
        async with self.house.scope(self.proved(role, "pwd", "otp"), f"test-{secrets.token_hex(4)}") as scope:
            return await verb(scope, *args, **kwargs)


MakeTenant = Callable[[], Awaitable[SomeTenant]]


@pytest.fixture
def make_tenant(house: House) -> MakeTenant:
    """Makes tenants."""

    async def make() -> SomeTenant:
        code = f"t{next(_numbers)}-{secrets.token_hex(4)}"
        async with house.database.global_transaction() as session:
            row = await create_tenant(session, code=code, name=f"Agency {code}", time_zone="America/Phoenix")
        tenant = SomeTenant(house, row.id, code)
        async with house.operator_scope(row.id, "test-setup") as scope:
            await _staff(scope, tenant)
        return tenant

    return make


async def _staff(scope: TenantScope, tenant: SomeTenant) -> None:
    hashed = await _hash_once()
    tenant.client_secret = PASSWORD
    for role in (*ROLES, "nobody"):
        email = f"{role}@agency.example"
        account = Account(
            tenant_id=tenant.id, email=email, name=role, password_hash=hashed, recertify_by=date(9999, 12, 31)
        )
        scope.session.add(account)
        tenant.identities[role] = Identity(tenant.id, account.id, "account")
    machine = ServiceAccount(tenant_id=tenant.id, name="integrator", secret_hash=hashed)
    scope.session.add(machine)
    tenant.identities["integrator"] = Identity(tenant.id, machine.id, "service_account")
    for role in (*ROLES, "integrator"):
        await assign_role(scope, tenant.identities[role].subject_id, role, reason="test")


async def _hash_once() -> str:
    """Hashing takes 50 ms and is tested elsewhere; every account of every tenant has the same password."""
    if not _hashes:
        _hashes.append(await hash_secret(PASSWORD))
    return _hashes[0]


@pytest.fixture
async def tenant(make_tenant: MakeTenant) -> SomeTenant:
    """A tenant."""
    return await make_tenant()


@pytest.fixture
async def other_tenant(make_tenant: MakeTenant) -> SomeTenant:
    """Another tenant."""
    return await make_tenant()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder for a test's files."""
    return tmp_path


WaitUntil = Callable[[Callable[[], bool], float, str], None]


@pytest.fixture(scope="session")
def wait_until() -> WaitUntil:
    """Asks again and again until something is so; an AssertionError after a number of seconds."""

    def wait(ready: Callable[[], bool], deadline_s: float, what: str) -> None:
        pause = threading.Event()
        deadline = time.monotonic() + deadline_s
        while not ready():
            assert time.monotonic() < deadline, f"{what}: not within {deadline_s:g} s"
            pause.wait(0.05)

    return wait


Running = Callable[..., AbstractContextManager[subprocess.Popen[bytes]]]


@pytest.fixture(scope="session")
def running() -> Running:
    """A process whose output goes to `folder/output.log`, in a session of its own; it gets SIGTERM at the end."""

    @contextmanager
    def run(
        command: list[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        with (
            (folder / "output.log").open("ab") as log,
            subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)  # its own session: nobody else is in this group

    return run


@dataclass
class WorkerProcesses:
    """`almoner work` with two processes."""

    supervisor: subprocess.Popen[bytes]
    folder: Path

    def log(self) -> str:
        """What they have logged so far."""
        return (self.folder / "output.log").read_text(errors="replace")

    def children(self) -> list[psutil.Process]:
        """The worker processes that live now."""
        found = psutil.Process(self.supervisor.pid).children()
        return [child for child in found if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


StartWorkers = Callable[..., AbstractContextManager[WorkerProcesses]]


#: Ends what tests have asked for and nobody waits for.
_NOTHING_LEFT = """
    update almoner.job set state = 'CANCELLED', phase = 'cancelled', finished_at = now(), lease_until = null,
        lease_owner = null
    where state in ('QUEUED', 'RUNNING')
"""


@pytest.fixture(scope="session")
def start_workers(
    environment: dict[str, str],
    superuser_url: str,
    running: Running,
    wait_until: WaitUntil,
    tmp_path_factory: pytest.TempPathFactory,
) -> StartWorkers:
    """Starts real workers and waits until all processes are ready; keywords are settings that differ.

    They find no jobs of earlier tests, which may be hundreds of calculations: workers take the oldest first.
    """

    @contextmanager
    def start(processes: int = 2, **changes: str) -> Iterator[WorkerProcesses]:
        with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
            connection.execute(_NOTHING_LEFT)
        folder = tmp_path_factory.mktemp("workers")
        command = [sys.executable, "-m", "almoner_workers", "--processes", str(processes)]
        with running(command, folder, {**environment, **changes}) as supervisor:
            workers = WorkerProcesses(supervisor, folder)

            def ready() -> bool:
                assert supervisor.poll() is None, workers.log()[-2000:]
                return workers.log().count('"worker.ready"') >= processes

            wait_until(ready, START_SECONDS, "the workers are ready")
            yield workers

    return start


@asynccontextmanager
async def _serving(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    # httpx's transport calls the application but never its lifespan.
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client,
    ):
        yield client


@pytest.fixture
async def client(house: House, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API as developers run it."""
    async with _serving(build_app(house, settings)) as client:
        yield client


@pytest.fixture
async def production_client(house: House, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API as it runs in production."""
    async with _serving(build_app(house, settings.model_copy(update={"environment": "production"}))) as client:
        yield client


@pytest.fixture
def serving() -> Callable[[Starlette], Any]:
    """Makes a client of any application."""
    return _serving


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the real server logs, at DEBUG."""
    return tmp_path_factory.mktemp("server") / "output.log"


StartServer = Callable[..., AbstractContextManager[tuple[str, subprocess.Popen[bytes]]]]


@pytest.fixture(scope="session")
def start_server(environment: dict[str, str], running: Running, wait_until: WaitUntil) -> StartServer:
    """Starts a real server that logs in this folder, and waits until it is ready: its address, and its process."""

    @contextmanager
    def start(folder: Path, workers: int = 1) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        port = free_port(0)
        address = f"http://127.0.0.1:{port}"
        with (
            running(api_command("127.0.0.1", port, workers), folder, environment) as process,
            httpx.Client() as client,
        ):

            def ready() -> bool:
                assert process.poll() is None, (folder / "output.log").read_text(errors="replace")[-2000:]
                try:
                    return client.get(f"{address}/readyz").status_code == 200
                except httpx.TransportError:
                    return False

            wait_until(ready, START_SECONDS, "the server is ready")
            yield address, process

    return start


@pytest.fixture(scope="session")
def server(start_server: StartServer, server_log: Path) -> Iterator[str]:
    """The address of a real server."""
    with start_server(server_log.parent) as (address, _):
        yield address


@pytest.fixture
def watch(superuser_url: str) -> Iterator[JobWatch]:
    """Follows jobs."""
    watch = JobWatch(superuser_url)
    yield watch
    watch.connection.close()
