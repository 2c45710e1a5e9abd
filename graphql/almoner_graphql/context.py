"""What resolvers hold: the way from an operation to the domain's verbs, and to the planner for what is to be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import strawberry
from graphql import ExecutionResult, GraphQLError, GraphQLNamedType, get_named_type
from graphql.execution.collect_fields import FieldDetails

from almoner.authorization.authorizer import policy_of
from almoner.authorization.standing import number_in
from almoner.core.errors import NotFound, Unauthenticated, Unavailable
from almoner.core.scope import TenantScope
from almoner.identity.tokens import Identity, VerifiedToken
from almoner.operations.admission import Sent
from almoner.wiring import House, public_of
from almoner_graphql.changes import Changes
from almoner_graphql.documents import Operation
from almoner_graphql.errors import ErrorCode, database_facts, refusal
from almoner_graphql.negotiation import POLICY_VERSION, TENANT, Refused
from almoner_graphql.planner.answer import Answer
from almoner_graphql.planner.build import Details, ForGraphQLCore
from almoner_graphql.planner.executor import Finished
from almoner_graphql.planner.plan import BadVariables
from almoner_graphql.planner.reader import Caller, Reader, for_nothing
from almoner_graphql.planner.sources import GivenValue
from almoner_graphql.rate_limits import Ticket

T = TypeVar("T")
P = ParamSpec("P")
Verb = Callable[Concatenate[TenantScope, P], Awaitable[T]]


@dataclass
class Context:
    """Of one connection, and then (see `fork`) of one operation on it.

    A mutation has a transaction of its own, which is committed before the planner reads its payload.

    Attributes:
        session: the verified token; None for who is not signed in.
        public: the public of the agency that who is not signed in has named; None for somebody unknown.
        ticket: pays for what is read.
        connection_params: the payload of a WebSocket's `connection_init`; the WebSocket handler sets it.
        by_id: the document was named by the id that it is registered under.
        at_least: the version of the tenant's policy that is insisted on.
        headers: what an answer over HTTP says in its headers; shared by the connection and its operations.
        operation, variables: what is being run; None outside of an operation.
        extensions: what is said beside the data.
    """

    house: House
    changes: Changes
    reader: Reader
    request_id: str
    session: VerifiedToken | None
    public: Identity | None = None
    connection_params: dict[str, Any] | None = None
    by_id: bool = False
    ticket: Ticket | None = None
    at_least: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    operation: Operation | None = None
    variables: Mapping[str, Any] | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    _roots: asyncio.Task[dict[str, Any]] | None = None
    _admitted: bool = False
    _refusal: GraphQLError | None = None
    _standing: str = ""

    def fork(self) -> Context:
        """A context for one operation of this connection."""
        return Context(
            self.house,
            self.changes,
            self.reader,
            self.request_id,
            self.session,
            self.public,
            by_id=self.by_id,
            ticket=self.ticket,
            at_least=self.at_least,
            headers=self.headers,
        )

    async def name_tenant(self, code: str | None) -> None:
        """Take the agency that is named: for who is not signed in, the one whose public it is.

        Raises:
            Refused: there is none with this code, or the token is of another one.
        """
        if code is None:
            return
        try:
            with database_facts():
                tenant_id = await self.house.tenants.find(code)
        except Unavailable as error:
            raise Refused(503, refusal(ErrorCode.UNAVAILABLE, str(error))) from None
        if self.session is not None:
            if self.session.identity.tenant_id != tenant_id:
                message = f"Your token is of another agency than `{TENANT}` names; leave the one or the other out."
                raise Refused(400, refusal(ErrorCode.TENANT_DIFFERS, message))
        elif tenant_id is None:
            raise Refused(400, refusal(ErrorCode.TENANT_NOT_FOUND, "There is no agency with this code."))
        else:
            self.public = public_of(tenant_id)

    @property
    def may_read(self) -> bool:
        """Whether it is known whose rows are read: of who is signed in, or public ones of an agency."""
        return self.session is not None or self.public is not None

    @property
    def caller(self) -> Caller:
        """Who reads.

        Raises:
            Unauthenticated: somebody unknown, or the token has ended meanwhile.
        """
        charge = self.ticket.charge if self.ticket else for_nothing
        identity = self.public or self.require_session().identity
        return Caller(identity, self.by_id, charge=charge, at_least=self.at_least)

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

    # --- verbs -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def scope(self) -> AsyncIterator[TenantScope]:
        """A transaction of its own for the viewer.

        Raises:
            GraphQLError: the operation is not let in, see `Caller.insist`; then the whole of it is refused.
            Unauthenticated: there is no viewer, or not any more.
            Unavailable: the database does not answer.
        """
        identity = self.require_session().identity
        sent = Sent(self.operation.digest, self.by_id, self._judge) if self.operation is not None else None
        with database_facts():
            async with self.house.scope(identity, self.request_id, sent) as scope:
                self.say_version(policy_of(scope).number)
                yield scope

    async def write(self, verb: Verb[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a changing verb in a transaction of its own and commit it."""
        async with self.scope() as scope:
            return await verb(scope, *args, **kwargs)

    # --- reads -----------------------------------------------------------------------------------------------------

    async def answer(self) -> ExecutionResult | None:
        """The result of a query that is read from tables alone; None for everything that graphql-core must run."""
        if not self.may_read or self.operation is None or not self.operation.is_query:
            return None
        try:
            answer = await self.reader.query(self.operation, self.variables, self.caller)
        except (ForGraphQLCore, BadVariables):
            return None  # graphql-core finds the same in the variables
        self._note(answer)
        return ExecutionResult(json.loads(answer.json or b"null"), answer.errors or None)

    async def admit(self) -> None:
        """Let in what no scope has let in; who is not signed in only proves who they are, which no rule is about.

        Raises:
            GraphQLError: see `Caller.insist`; or a scope has refused the operation already.
        """
        if self._refusal is not None:
            raise self._refusal
        if self.session is not None and not self._admitted:
            self.say_version(await self.reader.admit(self._running, self.caller))
            self._admitted = True

    def _judge(self, may_be_sent: bool, standing: str) -> None:
        """Let a scope of the operation begin: once it was let in, it goes on, and once refused, it does nothing."""
        self._standing = standing
        if self._refusal is not None:
            raise self._refusal
        if not self._admitted:
            try:
                self.caller.insist(may_be_sent=may_be_sent, number=number_in(standing))
            except GraphQLError as refused:
                self._refusal = refused
                raise
            self._admitted = True

    def say_version(self, number: int) -> None:
        """The answer stands on this version of the tenant's policy."""
        self.headers[POLICY_VERSION] = str(number)

    async def read_object(
        self, type_: GraphQLNamedType, details: Details, path: tuple[str, ...], given: Mapping[str, GivenValue]
    ) -> bytes:
        """The JSON of what is selected of an object: of a payload with these ids, or of the row with the `id`.

        Raises:
            NotFound: there is no such row that the viewer may see.
        """
        caller = self.caller._replace(checked=True, standing=self._standing)
        answer = await self.reader.one(
            self._running, self.variables, caller, type_=type_, details=details, path=path, given=given
        )
        self._note(answer)
        if answer.json is None:
            raise NotFound("There is nothing with this id.")
        return answer.json

    async def read_event(self, info: Info, row_id: UUID) -> Finished:
        """What a subscription selects of the row with this id, as it is now.

        Raises:
            NotFound: as above.
        """
        self.extensions = {}
        raw = info._raw_info
        details = [FieldDetails(node, None) for node in raw.field_nodes]
        type_ = get_named_type(raw.return_type)
        return Finished(await self.read_object(type_, details, (str(raw.path.key),), {"id": row_id}))

    async def read_root(self, key: str) -> Any:
        """One of the roots of the running query that are read from tables; one statement reads them all.

        Raises:
            GraphQLError: it is null for a reason that the viewer is to know.
        """
        if self._roots is None:
            self._roots = asyncio.create_task(self._read_roots())
        found = (await self._roots)[key]
        if isinstance(found, GraphQLError):
            raise found
        return found

    async def _read_roots(self) -> dict[str, Any]:
        answer = await self.reader.roots(self._running, self.variables, self.caller)
        self._note(answer)
        found: dict[str, Any] = json.loads(answer.json or b"{}")
        return found | {str(error.path[0]): error for error in answer.errors if error.path}

    @property
    def _running(self) -> Operation:
        if self.operation is None:
            raise RuntimeError("nothing is read outside of an operation")
        return self.operation

    def _note(self, answer: Answer) -> None:
        """Add what an answer says of itself to what the operation says."""
        self.say_version(answer.policy_version)
        said = answer.extensions
        before = self.extensions.get("cost", {"requested": 0})
        said["cost"]["requested"] += before["requested"]
        redacted = [*self.extensions.get("redacted", []), *said.get("redacted", ())]
        self.extensions |= said | ({"redacted": redacted} if redacted else {})


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
