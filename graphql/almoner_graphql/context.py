"""What resolvers hold: the way from an operation to the domain's verbs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

import strawberry

from almoner.core.errors import AlmonerError, NotFound, Unauthenticated
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.identity.tokens import VerifiedToken
from almoner.wiring import House
from almoner_graphql.errors import database_facts
from almoner_graphql.job_changes import JobChanges

T = TypeVar("T")
P = ParamSpec("P")
Verb = Callable[Concatenate[TenantScope, P], Awaitable[T]]


@dataclass
class Context:
    """Of one connection, and then (see `fork`) of one operation on it.

    Reads of an operation share one transaction and take turns in it, because a database session cannot do two things
    at once while graphql-core resolves fields side by side. A mutation has a transaction of its own, which is committed
    before its payload is read in a new one.

    Attributes:
        session: the verified token, or None for somebody unknown.
        connection_params: the payload of a WebSocket's `connection_init`; the WebSocket handler sets it.
        redacted: response paths, without indices, of fields that were withheld from the viewer.
    """

    house: House
    job_changes: JobChanges
    request_id: str
    session: VerifiedToken | None
    connection_params: dict[str, Any] | None = None
    redacted: list[list[str]] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _reading: tuple[AsyncExitStack, TenantScope] | None = None
    _known: dict[Hashable, Any] = field(default_factory=dict)

    def fork(self) -> Context:
        """A context for one operation of this connection."""
        return Context(self.house, self.job_changes, self.request_id, self.session)

    def require_session(self) -> VerifiedToken:
        """Who acts.

        Raises:
            Unauthenticated: nobody, or the token has ended meanwhile.
        """
        if self.session is None:
            raise Unauthenticated("Sign in first: this needs a token.")
        if self.session.expires_at <= self.house.clock():
            raise Unauthenticated("The token has ended; sign in again.")
        return self.session

    def seconds_left(self) -> float:
        """How long the token is still good.

        Raises:
            Unauthenticated: no longer, or there is none.
        """
        return (self.require_session().expires_at - self.house.clock()).total_seconds()

    @asynccontextmanager
    async def scope(self) -> AsyncIterator[TenantScope]:
        """A transaction of its own for the viewer.

        Raises:
            Unauthenticated: there is no viewer, or not any more.
            Unavailable: the database does not answer.
        """
        identity = self.require_session().identity
        with database_facts():
            async with self.house.scope(identity, self.request_id) as scope:
                yield scope

    async def read(self, verb: Verb[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a reading verb in the operation's transaction."""
        async with self._turn:
            return await self._call(verb, *args, **kwargs)

    async def read_once(self, key: Hashable, verb: Verb[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same, for what several fields of one object need: the verb is called once for a key."""
        async with self._turn:
            if key not in self._known:
                self._known[key] = await self._call(verb, *args, **kwargs)
            found: T = self._known[key]
            return found

    async def find(self, verb: Verb[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The same, with None for what does not exist or the viewer may not know of."""
        try:
            return await self.read(verb, *args, **kwargs)
        except NotFound:
            return None

    async def allows(self, permission: str, row: TenantTable | None = None) -> bool:
        """Whether the viewer holds a permission (for this row, if one is given)."""

        async def ask(scope: TenantScope) -> bool:
            return scope.allows(permission, row)

        return await self.read(ask)

    async def write(self, verb: Verb[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a changing verb in a transaction of its own and commit it."""
        await self.release()
        async with self.scope() as scope:
            return await verb(scope, *args, **kwargs)

    async def release(self) -> None:
        """End the reading transaction; the next read begins a new one."""
        async with self._turn:
            await self._end_reading(None)

    async def _call(self, verb: Verb[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._reading is None:
            stack = AsyncExitStack()
            self._reading = (stack, await stack.enter_async_context(self.scope()))
        try:
            return await verb(self._reading[1], *args, **kwargs)
        except AlmonerError:
            raise  # a refusal of the domain leaves the transaction as good as it was
        except BaseException as error:
            await self._end_reading(error)  # which raises the fact that the error stands for, if there is one
            raise

    async def _end_reading(self, error: BaseException | None) -> None:
        reading, self._reading = self._reading, None
        self._known.clear()
        if reading is not None:
            await reading[0].__aexit__(type(error) if error else None, error, error.__traceback__ if error else None)

    def redact(self, info: Info) -> None:
        """Note that the field being resolved is withheld from the viewer."""
        path = [key for key in info.path.as_list() if isinstance(key, str)]
        if path not in self.redacted:
            self.redacted.append(path)


Info = strawberry.Info[Context, None]


def bearer_token(value: str | None) -> str | None:
    """The token in an `Authorization` header; None if there is no header.

    Raises:
        Unauthenticated: the header is there but is no bearer token.
    """
    if value is None:
        return None
    kind, _, token = value.strip().partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the token as `Authorization: Bearer …`.")
    return token.strip()


def open_session(house: House, token: str | None) -> VerifiedToken | None:
    """Verify a token; None stays None.

    Raises:
        Unauthenticated: the token is forged, has ended or is for somebody else.
    """
    return None if token is None else house.keys.verify(token, house.clock())
