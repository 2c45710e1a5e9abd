"""Joins the implementations, once per process. Every way into the domain begins with a `House`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.policies import Policies
from almoner.authorization.policy import Policy
from almoner.authorization.standing import Standing, parse_standing, read_standing
from almoner.authorization.stored import head_number
from almoner.core.clock import Clock, system_clock
from almoner.core.database import Database
from almoner.core.errors import Unauthenticated
from almoner.core.scope import TenantScope
from almoner.core.settings import Settings
from almoner.core.viewer import Held, Viewer
from almoner.identity.sign_in import is_active, refuse_unknown, sign_in_account, sign_in_service_account
from almoner.identity.tokens import AccessToken, Identity, TokenKeys, load_keys
from almoner.jobs.enqueue import JobOutbox
from almoner.journal.record import JournalRecorder
from almoner.organizations import tables as _organizations  # noqa: F401  (roles are held at them: a foreign key)
from almoner.tenancy.create_tenant import find_tenant
from almoner.tenancy.tables import Tenant

#: The actor in the journal when somebody works at the command line of the platform itself.
OPERATOR = UUID(int=0)
#: Somebody who has not signed in.
NOBODY = UUID(int=1)


@dataclass(slots=True)
class House:
    """Everything that a process needs to open scopes: database, policies, keys and clock."""

    database: Database
    policies: Policies
    authorizer: PolicyAuthorizer
    recorder: JournalRecorder
    outbox: JobOutbox
    keys: TokenKeys
    clock: Clock

    @asynccontextmanager
    async def scope(self, identity: Identity, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which the holder of a verified token acts, with the roles held at this moment.

        Raises:
            Unauthenticated: the account is gone or disabled.
        """
        async with self.database.tenant_transaction(identity.tenant_id) as session:
            if not await is_active(session, identity):
                raise Unauthenticated("This account cannot sign in any more.")
            standing = await read_standing(session, identity.tenant_id, identity.subject_id, self.clock())
            found = parse_standing(standing)
            yield await self._scope(session, identity, found, request_id)

    @asynccontextmanager
    async def worker_scope(self, tenant_id: UUID, requested_by: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which a worker acts on behalf of who asked for the job."""
        async with self._scope_of(Identity(tenant_id, requested_by, "worker"), "worker", request_id) as scope:
            yield scope

    @asynccontextmanager
    async def operator_scope(self, tenant_id: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which the platform's operator sets a tenant up, at the command line."""
        identity = Identity(tenant_id, OPERATOR, "operator")
        async with self._scope_of(identity, "platform_operator", request_id) as scope:
            yield scope

    @asynccontextmanager
    async def public_scope(self, tenant_id: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which somebody unknown sees what the tenant makes public."""
        async with self._scope_of(Identity(tenant_id, NOBODY, "public"), "public", request_id) as scope:
            yield scope

    @asynccontextmanager
    async def _scope_of(self, identity: Identity, role: str, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction with one role that nobody is given."""
        async with self.database.tenant_transaction(identity.tenant_id) as session:
            number = await head_number(session, identity.tenant_id)
            yield await self._scope(session, identity, Standing(number, frozenset({Held(role)})), request_id)

    async def viewer(self, identity: Identity, standing: str, session: AsyncSession | None = None) -> Viewer:
        """Who that is, with the rights that rest on that standing (see `authorization/standing.py`).

        Args:
            session: a transaction of the tenant to read its policy in if this process does not know it yet.
        """
        found = parse_standing(standing)
        policy = await self.policies.at(identity.tenant_id, found.number, session)
        return await _viewer(identity, found, policy)

    async def _scope(
        self, session: AsyncSession, identity: Identity, standing: Standing, request_id: str
    ) -> TenantScope:
        policy = await self.policies.at(identity.tenant_id, standing.number, session)
        viewer = await _viewer(identity, standing, policy)
        authorizer = self.authorizer.under(policy)
        return TenantScope(session, viewer, request_id, self.clock, authorizer, self.recorder, self.outbox)

    async def sign_in(self, *, tenant: str, email: str, password: str) -> AccessToken:
        """A token for a person.

        Raises:
            Unauthenticated: unknown tenant or address, wrong password, disabled account; all answer alike.
        """
        found = await self._tenant(tenant, password)
        async with self.database.tenant_transaction(found.id) as session:
            identity = await sign_in_account(session, found.id, email=email, password=password)
        return self.keys.issue(identity, self.clock())

    async def sign_in_machine(self, *, client_id: str, secret: str) -> AccessToken:
        """A token for a service account; its client id is `<tenant's code>.<account's id>`.

        Raises:
            Unauthenticated: as above.
        """
        code, _, account = client_id.partition(".")
        found = await self._tenant(code, secret)
        try:
            account_id = UUID(account)
        except ValueError:
            await refuse_unknown(secret)
        async with self.database.tenant_transaction(found.id) as session:
            identity = await sign_in_service_account(session, found.id, account_id=account_id, secret=secret)
        return self.keys.issue(identity, self.clock())

    async def _tenant(self, code: str, secret: str) -> Tenant:
        async with self.database.global_transaction() as session:
            tenant = await find_tenant(session, code)
        if tenant is None:
            await refuse_unknown(secret)
        return tenant

    async def close(self) -> None:
        """Give back every connection."""
        await self.database.close()


async def _viewer(identity: Identity, standing: Standing, policy: Policy) -> Viewer:
    profile = await policy.profile_soon(standing.roles)
    return Viewer(identity.tenant_id, identity.subject_id, identity.kind, standing.held, profile, policy.version)


def build_house(settings: Settings, *, clock: Clock = system_clock, pool_size: int | None = None) -> House:
    """Join everything for the database that the settings name.

    Raises:
        ValueError: no database URL is set (the command line sets it after it has started the embedded one), or the
            file of token keys is not one.
    """
    keys = TokenKeys(
        load_keys(settings.keys_file),
        issuer=settings.issuer,
        audience=settings.audience,
        minutes=settings.token_minutes,
    )
    size = settings.pool_size if pool_size is None else pool_size
    database = Database(settings.application_url, pool_size=size)
    return House(
        database=database,
        policies=Policies(database),
        authorizer=PolicyAuthorizer(),
        recorder=JournalRecorder(),
        outbox=JobOutbox(),
        keys=keys,
        clock=clock,
    )
