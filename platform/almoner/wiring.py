"""Joins the implementations, once per process. Every way into the domain begins with a `House`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.policy import built_in_policy
from almoner.authorization.roles import roles_held
from almoner.core.clock import Clock, system_clock
from almoner.core.database import Database
from almoner.core.ids import new_id
from almoner.core.scope import TenantScope, Viewer
from almoner.core.settings import Settings
from almoner.identity.door import SignedIn
from almoner.identity.openid import OpenIdClient
from almoner.identity.prove import Credentials, require_active
from almoner.identity.sealing import SealingKeys, load_sealing_keys
from almoner.identity.sign_in import sign_in, sign_in_machine
from almoner.identity.tokens import Identity, TokenKeys, load_keys
from almoner.jobs.enqueue import JobOutbox
from almoner.journal.record import JournalRecorder

#: The actor in the journal when somebody works at the command line of the platform itself.
OPERATOR = UUID(int=0)
#: The actor in the journal before it is known who acts, for example when an account is locked.
VISITOR = UUID(int=0)


@dataclass(slots=True)
class House:
    """Everything that a process needs to open scopes: database, policy, keys and clock. It is a `Door`, too."""

    database: Database
    authorizer: PolicyAuthorizer
    recorder: JournalRecorder
    outbox: JobOutbox
    keys: TokenKeys
    sealing: SealingKeys
    openid: OpenIdClient
    session_lifetime: timedelta
    clock: Clock

    @asynccontextmanager
    async def scope(self, identity: Identity, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which the holder of a verified token acts, with the roles held at this moment.

        Raises:
            Unauthenticated: the account is gone or disabled, or the token's session is over.
        """
        async with self.visitor_scope(identity.tenant_id, request_id) as scope:
            await require_active(scope, identity)
            roles = await roles_held(scope.session, identity.tenant_id, identity.subject_id, scope.now())
            yield self._scope(scope.session, identity, roles, request_id)

    @asynccontextmanager
    async def worker_scope(self, tenant_id: UUID, requested_by: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which a worker acts on behalf of who asked for the job."""
        async with self.database.tenant_transaction(tenant_id) as session:
            yield self._scope(session, Identity(tenant_id, requested_by, "worker"), frozenset({"worker"}), request_id)

    @asynccontextmanager
    async def operator_scope(self, tenant_id: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which the platform's operator sets a tenant up, at the command line."""
        async with self.database.tenant_transaction(tenant_id) as session:
            roles = frozenset({"platform_operator"})
            yield self._scope(session, Identity(tenant_id, OPERATOR, "operator"), roles, request_id)

    @asynccontextmanager
    async def visitor_scope(self, tenant_id: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction of somebody who has not signed in and may do nothing yet."""
        async with self.database.tenant_transaction(tenant_id) as session:
            yield self._scope(session, Identity(tenant_id, VISITOR, "visitor"), frozenset(), request_id)

    def _scope(self, session: AsyncSession, identity: Identity, roles: frozenset[str], request_id: str) -> TenantScope:
        version = self.authorizer.policy.version
        viewer = Viewer(identity.tenant_id, identity.subject_id, identity.kind, roles, version, identity.proof)
        return TenantScope(session, viewer, request_id, self.clock, self.authorizer, self.recorder, self.outbox)

    async def sign_in(self, *, tenant: str, email: str, password: str) -> SignedIn:
        """Sign a person in who needs no code; see `identity.sign_in.sign_in`."""
        given = Credentials(password)
        return await sign_in(self, tenant=tenant, email=email, given=given, request_id=str(new_id()))

    async def sign_in_machine(self, *, client_id: str, secret: str) -> SignedIn:
        """Sign a service account in; see `identity.sign_in.sign_in_machine`."""
        return await sign_in_machine(self, client_id=client_id, secret=secret, request_id=str(new_id()))

    async def close(self) -> None:
        """Give back every connection."""
        await self.database.close()


def build_house(settings: Settings, *, clock: Clock = system_clock, pool_size: int | None = None) -> House:
    """Join everything for the database that the settings name.

    Raises:
        ValueError: no database URL is set (the command line sets it after it has started the embedded one), or a file
            of keys is not one.
    """
    keys = TokenKeys(
        load_keys(settings.keys_file),
        issuer=settings.issuer,
        audience=settings.audience,
        minutes=settings.token_minutes,
    )
    size = settings.pool_size if pool_size is None else pool_size
    return House(
        database=Database(settings.application_url, pool_size=size),
        authorizer=PolicyAuthorizer(built_in_policy()),
        recorder=JournalRecorder(),
        outbox=JobOutbox(),
        keys=keys,
        sealing=load_sealing_keys(settings.sealing_file),
        openid=OpenIdClient(settings.allowed_issuers),
        session_lifetime=timedelta(hours=settings.session_hours),
        clock=clock,
    )
