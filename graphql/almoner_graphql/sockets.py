"""Operations over WebSocket (graphql-transport-ws), with Strawberry's own handler."""

from __future__ import annotations

from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, cast

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage, SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from almoner.core.errors import Unauthenticated
from almoner_graphql.context import Context, bearer_token, open_session
from almoner_graphql.endpoint import Services
from almoner_graphql.errors import ErrorCode, internal_extensions, refusal
from almoner_graphql.gate import Gate, Refusal
from almoner_graphql.negotiation import POLICY_VERSION, TENANT, Refused, least_version, strict_json
from almoner_graphql.rate_limits import RateLimits, Ticket
from almoner_graphql.schema import AlmonerSchema

#: Operations at the same time on one connection.
MAX_OPERATIONS = 50
#: A refused connection is closed with HTTP's status, in the range that is the protocol's own: 4400, 4429, 4503.
_AS_HTTP = 4000


@dataclass
class SocketContext(Context):
    """Of a WebSocket; `authorization`, `policy_version`, `tenant` are headers of its handshake, `scope` is ASGI's."""

    authorization: str | None = None
    policy_version: str | None = None
    tenant: str | None = None
    limits: RateLimits | None = None
    scope: Any = None

    async def let_in(self) -> Ticket:
        """Let the connection in, or an operation on it; see `RateLimits.admit` and `admit_public`.

        Raises:
            Refused: they have asked for too much.
        """
        if self.limits is None:
            raise RuntimeError("nothing is let in outside of a connection")
        ticket = await self.limits.admit(self.scope, self.session)
        if self.public is not None:
            await self.limits.admit_public(ticket, self.public.tenant_id)
        return ticket


class SocketHandler(BaseGraphQLTransportWSHandler[SocketContext, None]):
    """Strawberry's handler behind our gate, with our log: its own has messages of exceptions, which quote values."""

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Let somebody in who has not asked for too much, and take the version of the policy that is insisted on."""
        payload: object = message.get("payload")
        given = payload if isinstance(payload, dict) else {}
        try:
            self.context.at_least = least_version(given.get(POLICY_VERSION, self.context.policy_version))
        except Refused as refused:
            await self.handle_invalid_message(refused.error.message)
            return
        try:
            await super().handle_connection_init(message)
        except Refused as refused:
            await self.websocket.close(code=_AS_HTTP + refused.status, reason=str(refused))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Take an operation, if its parameters are of the right types."""
        payload: object = message["payload"]
        types = {"query": str, "variables": dict | None, "operationName": str | None}
        if not isinstance(payload, dict) or not all(isinstance(payload.get(key), of) for key, of in types.items()):
            await self.handle_invalid_message("Send `query` as text, `variables` as an object, `operationName` as text")
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[SocketContext, None]) -> None:
        """Run an operation that is let in and passes the gate."""
        gate: Gate = self.schema.gate  # type: ignore[attr-defined]
        ticket: Ticket | None = None
        try:
            ticket = self.context.ticket = await self.context.let_in()
            document = gate.document(operation.query, operation.variables)
            ticket.begin(document.operation(operation.operation_name))
            await super().run_operation(operation)
        except Refused as refused:
            await self._refuse(operation, [refused.error])
        except Refusal as refusal:
            await self._refuse(operation, refusal.errors)
        finally:
            if ticket is not None:
                ticket.close()

    async def _refuse(self, operation: Operation[SocketContext, None], errors: list[GraphQLError]) -> None:
        await operation.send_initial_errors(errors)
        self.operations.pop(operation.id, None)

    async def handle_task_exception(self, error: Exception) -> None:
        """Log what nobody expected."""
        internal_extensions(error)


class SocketEndpoint(GraphQL[SocketContext, None]):
    """`/graphql` for WebSocket. A bad token closes the connection with 4403, as the protocol has it."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, schema: AlmonerSchema) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            max_subscriptions_per_connection=MAX_OPERATIONS,
        )

    def decode_json(self, data: str | bytes) -> object:
        """What a message says.

        Raises:
            JSONDecodeError: it is no JSON, or nested deeper than can be read; Strawberry expects nothing else.
        """
        try:
            return strict_json(data if isinstance(data, str) else data.decode("utf-8"))
        except (ValueError, RecursionError):
            raise JSONDecodeError("no JSON", "", 0) from None

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> SocketContext:
        """A context without a viewer; `on_ws_connect` adds it."""
        services: Services = request.app.state.services
        return SocketContext(
            services.house,
            services.changes,
            services.reader,
            request.state.request_id,
            None,
            authorization=request.headers.get("authorization"),
            limits=services.limits,
            scope=request.scope,
            policy_version=request.headers.get(POLICY_VERSION),
            tenant=request.headers.get(TENANT),
        )

    async def on_ws_connect(self, context: SocketContext) -> UnsetType | dict[str, object] | None:
        """Verify the token, and take the agency that is named. Opening a connection counts as a request.

        Raises:
            ConnectionRejectionError: the token is not valid.
            Refused: they have asked for too much, or see `Context.name_tenant`.
        """
        try:
            context.session = open_session(context.house, _token(context))
        except Unauthenticated:
            (await context.let_in()).close()
            raise ConnectionRejectionError from None
        context.ticket = await context.let_in()
        context.ticket.close()
        await context.name_tenant(_tenant(context))
        return cast(UnsetType, UNSET)


def _token(context: SocketContext) -> str | None:
    """The token in the payload of `connection_init`, for a browser cannot set headers; else the handshake's."""
    payload = context.connection_params or {}
    for key, read in (("Authorization", bearer_token), ("authorization", bearer_token), ("token", str)):
        value = payload.get(key)
        if value is not None:
            if not isinstance(value, str):
                raise Unauthenticated("Send the token as text.")
            return read(value)
    return bearer_token(context.authorization)


def _tenant(context: SocketContext) -> str | None:
    """The agency that the payload of `connection_init` names, for the same reason; else the handshake's."""
    named = (context.connection_params or {}).get("tenant", context.tenant)
    if named is not None and not isinstance(named, str):
        raise Refused(400, refusal(ErrorCode.BAD_REQUEST, "Send the code of the agency, `tenant`, as text."))
    return named
