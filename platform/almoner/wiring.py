"""Joins the implementations, once per process. Every way into the domain begins with a `House`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.invitations import open_invitations, take_up_all
from almoner.authorization.policies import Policies
from almoner.authorization.policy import Policy
from almoner.authorization.standing import Standing, parse_standing, read_standing
from almoner.authorization.stored import head_number, take_turns
from almoner.core.clock import Clock, clock_in
from almoner.core.database import Database
from almoner.core.ids import new_id
from almoner.core.scope import TenantScope
from almoner.core.settings import Settings
from almoner.core.viewer import Held, Viewer
from almoner.identity.door import SignedIn
from almoner.identity.openid import OpenIdClient
from almoner.identity.prove import Credentials
from almoner.identity.sealing import SealingKeys, load_sealing_keys
from almoner.identity.sign_in import sign_in, sign_in_machine
from almoner.identity.tokens import PUBLIC, Identity, TokenKeys, load_keys
from almoner.jobs.enqueue import JobOutbox
from almoner.journal.record import JournalRecorder
from almoner.operations.admission import Sent, admit
from almoner.organizations.keep import keep_place
from almoner.tenancy.codes import TenantCodes

#: The actor in the journal when somebody works at the command line of the platform itself.
OPERATOR = UUID(int=0)
#: The actor in the journal before it is known who acts, for example when an account is locked.
VISITOR = UUID(int=0)
#: Somebody who will not sign in.
NOBODY = UUID(int=1)


@dataclass(slots=True)
class House:
    """What a process needs to open scopes: database, tenants, policies, keys and clock. It is a `Door`, too."""

    database: Database
    tenants: TenantCodes
    policies: Policies
    authorizer: PolicyAuthorizer
    recorder: JournalRecorder
    outbox: JobOutbox
    keys: TokenKeys
    sealing: SealingKeys
    openid: OpenIdClient
    session_lifetime: timedelta
    clock: Clock

    @asynccontextmanager
    async def scope(self, identity: Identity, request_id: str, sent: Sent | None = None) -> AsyncIterator[TenantScope]:
        """A transaction in which the holder of a verified token acts, with the roles held at this moment.

        Args:
            sent: the document by which they act, which judges whether it may be.

        Raises:
            Unauthenticated: the account is gone or disabled, or the token's session is over.
        """
        async with self.database.tenant_transaction(identity.tenant_id) as session:
            standing = await admit(session, identity, self.clock(), sent)
            yield await self._scope(session, identity, parse_standing(standing), request_id)

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
    async def visitor_scope(self, tenant_id: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction of somebody who has not signed in and may do nothing yet."""
        identity = Identity(tenant_id, VISITOR, "visitor")
        async with self.database.tenant_transaction(tenant_id) as session:
            yield await self._scope(session, identity, Standing(0, frozenset()), request_id)

    @asynccontextmanager
    async def public_scope(self, tenant_id: UUID, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction in which somebody unknown sees what the tenant makes public."""
        async with self._scope_of(public_of(tenant_id), "public", request_id) as scope:
            yield scope

    def reading_scope(self, identity: Identity, request_id: str) -> AbstractAsyncContextManager[TenantScope]:
        """A transaction in which whoever reads is told something: who is signed in, or the public of a tenant."""
        if identity.is_public:
            return self.public_scope(identity.tenant_id, request_id)
        return self.scope(identity, request_id)

    @asynccontextmanager
    async def _scope_of(self, identity: Identity, role: str, request_id: str) -> AsyncIterator[TenantScope]:
        """A transaction with one role that nobody is given."""
        async with self.database.tenant_transaction(identity.tenant_id, public=identity.is_public) as session:
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

    async def welcome(self, scope: TenantScope, account_id: UUID, email: str) -> None:
        """Let an account that has just proved that an address is its own take up what the address is invited to.

        In the same transaction: whoever comes in has the roles at once. What rules refuse stays open.
        """
        invited = await open_invitations(scope, email)
        if not invited:
            return
        places = {each.organization_id for each in invited if each.organization_id is not None}
        found = {place: await keep_place(scope, place) for place in sorted(places)}
        await take_turns(scope)
        identity = Identity(scope.tenant_id, account_id, "account")
        standing = await read_standing(scope.session, scope.tenant_id, account_id, scope.now())
        theirs = await self._scope(scope.session, identity, parse_standing(standing), scope.request_id)
        await take_up_all(theirs, email, account_id, found)

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


def public_of(tenant_id: UUID) -> Identity:
    """Everybody who names the tenant and is not signed in."""
    return Identity(tenant_id, NOBODY, PUBLIC)


async def _viewer(identity: Identity, standing: Standing, policy: Policy) -> Viewer:
    profile = await policy.profile_soon(standing.roles)
    who = (identity.tenant_id, identity.subject_id, identity.kind)
    return Viewer(*who, standing.held, profile, policy.version, identity.proof)


def build_house(
    settings: Settings, *, clock: Clock | None = None, pool_size: int | None = None, tenant_connections: int = 0
) -> House:
    """Join everything for the database that the settings name.

    Args:
        clock: if not the one that the settings say.
        pool_size: connections, if not as many as the settings say.
        tenant_connections: see `Database`; the API limits them, since its tenants do not wait for each other.

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
    database = Database(settings.application_url, pool_size=size, tenant_connections=tenant_connections)
    return House(
        database=database,
        tenants=TenantCodes(database),
        policies=Policies(database),
        authorizer=PolicyAuthorizer(),
        recorder=JournalRecorder(),
        outbox=JobOutbox(),
        keys=keys,
        sealing=load_sealing_keys(settings.sealing_file),
        openid=OpenIdClient(settings.allowed_issuers),
        session_lifetime=timedelta(hours=settings.session_hours),
        clock=clock or clock_in(settings.clock_file),
    )
