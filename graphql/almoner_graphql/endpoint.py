"""Queries and mutations over HTTP, as the GraphQL-over-HTTP specification has them, and streams as server-sent events.

Errors of the request (no JSON, no GraphQL, unknown fields, variables of the wrong type) answer with 4xx and without
`data`. There is one exception, for clients of the old kind: who names `application/json` and would not take
`application/graphql-response+json` gets 200 for a document or variables that do not fit, as the specification advises.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http import process_result
from strawberry.http.ides import get_graphql_ide_html
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError, StreamExecutionResult
from strawberry.types.graphql import OperationType

from almoner.core.errors import AlmonerError, Unauthenticated
from almoner.wiring import House
from almoner_graphql.changes import Changes
from almoner_graphql.context import Context, bearer_token, open_session
from almoner_graphql.documents import Document
from almoner_graphql.errors import ErrorCode, code_of, present, refusal
from almoner_graphql.exports.pdf import Typesetter
from almoner_graphql.gate import Refusal
from almoner_graphql.headers import headers_of
from almoner_graphql.negotiation import (
    EVENTS,
    JSON,
    POLICY_VERSION,
    RESPONSE,
    TENANT,
    GraphQLRequest,
    Refused,
    acceptable,
    least_version,
    read_request,
    wants_only_plain_json,
)
from almoner_graphql.planner.answer import Answer, extensions_of, not_registered
from almoner_graphql.planner.build import ForGraphQLCore
from almoner_graphql.planner.plan import BadVariables
from almoner_graphql.planner.reader import Reader
from almoner_graphql.rate_limits import RateLimits
from almoner_graphql.schema import AlmonerSchema

_dumps = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="almoner"'}
_TENANT, _POLICY_VERSION = TENANT.lower(), POLICY_VERSION.lower()
_NOTHING: Mapping[str, str] = {}
_DOES_NOT_FIT = {ErrorCode.GRAPHQL_PARSE_FAILED, ErrorCode.GRAPHQL_VALIDATION_FAILED, ErrorCode.BAD_VARIABLES}


@dataclass(frozen=True, slots=True)
class Services:
    """What the endpoints of one process share."""

    house: House
    changes: Changes
    reader: Reader
    schema: AlmonerSchema
    limits: RateLimits
    typesetter: Typesetter
    development: bool

    def context(self, request_id: str, token: str | None, *, by_id: bool = False) -> Context:
        """The context of a connection.

        Raises:
            Unauthenticated: the token is not valid.
        """
        session = open_session(self.house, token)
        return Context(self.house, self.changes, self.reader, request_id, session, by_id=by_id)


class GraphQLEndpoint:
    """`/graphql` for GET and POST: an ASGI application, for Starlette would put two more around a function."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await _respond(Request(scope, receive))
        await response(scope, receive, send)


async def _respond(request: Request) -> Response:
    services: Services = request.app.state.services
    if services.development and _wants_a_page(request):
        # Strawberry's page loads GraphiQL from a content delivery network, so it needs the internet; development only.
        return HTMLResponse(get_graphql_ide_html("graphiql"))
    headers = headers_of(request.scope)
    style = _style(
        headers.get("accept"),
        get=request.method != "POST",
        suggestions=services.development,
        explain=headers.get("almoner-explain") == "sql",
    )
    try:
        context = await admitted(request)
        if not style.wanted:
            message = f"Accept {RESPONSE} or {JSON}, or {EVENTS} with POST."
            raise Refused(406, refusal(ErrorCode.NOT_ACCEPTABLE, message))
        return await _answer(services, request, style, context)
    except Refused as refused:
        media_type = next((name for name in style.wanted if name != EVENTS), JSON)
        return _response(_errors_body([refused.error]), refused.status, media_type, refused.headers)


def _wants_a_page(request: Request) -> bool:
    accepted = headers_of(request.scope).get("accept", "")
    return request.method == "GET" and "query" not in request.query_params and "text/html" in accepted


async def admitted(request: Request, tenant: str | None = None) -> Context:
    """The context of a request that is let in; a token that is not valid counts against the address.

    Args:
        tenant: the code of the agency that is named elsewhere than in the header.

    Raises:
        Refused: a token that is not valid, too many requests, or an agency that there is not.
    """
    services: Services = request.app.state.services
    headers = headers_of(request.scope)
    try:
        context = services.context(request.state.request_id, bearer_token(headers.get("authorization")))
    except Unauthenticated as error:
        await services.limits.admit(request.scope, None)
        raise Refused(401, refusal(ErrorCode.UNAUTHENTICATED, str(error)), _CHALLENGE) from None
    context.ticket = await services.limits.admit(request.scope, context.session)
    await context.name_tenant(headers.get(_TENANT, tenant))
    if context.public is not None:
        await services.limits.admit_public(context.ticket, context.public.tenant_id)
    context.at_least = least_version(headers.get(_POLICY_VERSION))
    return context


async def _answer(services: Services, request: Request, style: _Style, context: Context) -> Response:
    asked = await read_request(request)
    try:
        text = asked.query or await _registered(context, asked)
        document = services.schema.gate.document(text, asked.variables)
    except Refusal as refused:
        if style.events:
            return _events(_errors_alone(refused.errors))
        return _result_response(PreExecutionError(data=None, errors=refused.errors), style)
    if context.ticket is not None:
        context.ticket.begin(document.operation(asked.operation_name))
    if style.events:
        return await _stream(services.schema, text, asked, context)
    quick = await _quick_answer(context, document, asked, style)
    if quick is not None:
        return quick
    return await _executed(services.schema, text, asked, context, style, get=request.method == "GET")


async def _registered(context: Context, asked: GraphQLRequest) -> str:
    """The text of the document that a request names by its id.

    Raises:
        Refusal: none is registered for who asks.
    """
    context.by_id = True
    text = None
    if context.may_read and asked.document_id is not None:
        text = await context.reader.registered(asked.document_id, context.caller)
    if text is None:
        raise Refusal([not_registered(by_id=True)])
    return text


async def _executed(
    schema: AlmonerSchema, text: str, asked: GraphQLRequest, context: Context, style: _Style, *, get: bool
) -> Response:
    """The answer of what graphql-core runs: mutations, and queries that ask for the schema."""
    allowed = {OperationType.QUERY} if get else {OperationType.QUERY, OperationType.MUTATION}
    try:
        result = await schema.execute(
            text,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            allowed_operation_types=allowed,
        )
    except CannotGetOperationTypeError:
        message = "There is no such operation in the document; see `operationName`."
        raise Refused(400, refusal(ErrorCode.BAD_REQUEST, message)) from None
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.SUBSCRIPTION:
            if EVENTS in style.wanted:
                return await _stream(schema, text, asked, context)
            message = f"Subscriptions answer as {EVENTS} to a POST, or over a WebSocket."
            raise Refused(406, refusal(ErrorCode.NOT_ACCEPTABLE, message)) from None
        message = "Only queries are taken with GET; use POST."
        raise Refused(405, refusal(ErrorCode.METHOD_NOT_ALLOWED, message), {"Allow": "POST"}) from None
    return _result_response(result, style, context.headers)


@dataclass(frozen=True, slots=True)
class _Style:
    """How an answer is to look.

    Attributes:
        wanted: media types, the most wanted first.
        lenient: a document or variables that do not fit answer with 200.
        suggestions: messages may name fields that the client did not.
        explain: the statement and its plan are asked for.
    """

    wanted: tuple[str, ...]
    lenient: bool
    suggestions: bool
    explain: bool

    @property
    def events(self) -> bool:
        """The answer is to be a stream, whatever it is."""
        return self.wanted[0] == EVENTS

    @property
    def media_type(self) -> str:
        """Of a body that is no stream."""
        return self.wanted[0]


# Clients of one kind all send the same headers.
@lru_cache(maxsize=256)
def _style(accept: str | None, *, get: bool, suggestions: bool, explain: bool) -> _Style:
    """How an answer to these headers is to look: with `get`, it cannot be a stream."""
    wanted = tuple(name for name in acceptable(accept) if not (get and name == EVENTS))
    return _Style(wanted, wants_only_plain_json(accept), suggestions, explain)


async def _quick_answer(context: Context, document: Document, asked: GraphQLRequest, style: _Style) -> Response | None:
    """The bytes that PostgreSQL wrote, for a query that is read from tables alone; None for everything else."""
    operation = document.operation(asked.operation_name)
    if not context.may_read or operation is None or not operation.is_query:
        return None
    try:
        answer = await context.reader.query(operation, asked.variables, context.caller)
        explained = None
        if style.explain:
            explained = await context.reader.explain(operation, asked.variables, context.caller)
    except (ForGraphQLCore, BadVariables):
        return None  # graphql-core finds the same in the variables
    except GraphQLError as error:
        return _result_response(PreExecutionError(data=None, errors=[error]), style)
    except AlmonerError as error:
        refused = GraphQLError(str(error), original_error=error)
        return _result_response(PreExecutionError(data=None, errors=[refused]), style)
    told = [error.formatted for error in answer.errors]
    errors = f'"errors":{_dumps(told)},' if told else ""
    beside = _beside(answer, explained)
    body = b'{%b"data":%b,"extensions":%b}' % (errors.encode(), answer.json or b"null", beside)
    return _raw_response(body, 200, style.media_type, {POLICY_VERSION: str(answer.policy_version)})


def _beside(answer: Answer, explained: Mapping[str, Any] | None) -> bytes:
    """The JSON of what an answer says beside its data."""
    if explained is None and not answer.plan.redacted:
        return _cost_alone(answer.cost)
    return _dumps(answer.extensions | ({"explain": explained} if explained is not None else {})).encode()


# Most answers say this and nothing else.
@lru_cache(maxsize=1024)
def _cost_alone(cost: int) -> bytes:
    return _dumps(extensions_of(cost)).encode()


def _result_response(result: ExecutionResult, style: _Style, said: Mapping[str, str] = _NOTHING) -> Response:
    executing = not isinstance(result, PreExecutionError)
    errors = [present(error, executing=executing, suggestions=style.suggestions) for error in result.errors or ()]
    # graphql-core answers bad variables with `data: null`, like an execution that failed; but nothing was executed.
    broken_request = result.data is None and bool(errors) and all(error.path is None for error in errors)
    body: dict[str, Any] = _errors_body(errors) if errors else {}
    if not broken_request:
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    codes = {code_of(error) for error in errors}
    headers = {**said, **_version_behind(errors), **(_CHALLENGE if ErrorCode.UNAUTHENTICATED in codes else {})}
    broken_status = 200 if style.lenient and codes <= _DOES_NOT_FIT else 400
    status = _status(codes, broken_status if broken_request else 200, result.data is None)
    return _response(body, status, style.media_type, headers)


def _version_behind(errors: list[GraphQLError]) -> dict[str, str]:
    """The version that was not enough, if that is what was wrong."""
    found = ((error.extensions or {}).get("policyVersion") for error in errors)
    return next(({POLICY_VERSION: str(number)} for number in found if number is not None), {})


def _status(codes: set[ErrorCode | None], otherwise: int, nothing: bool) -> int:
    if ErrorCode.UNAUTHENTICATED in codes:
        return 401
    if ErrorCode.POLICY_VERSION_NOT_REACHED in codes:
        return 412
    if nothing and ErrorCode.INTERNAL in codes:
        return 500
    if nothing and ErrorCode.UNAVAILABLE in codes:
        return 503
    return otherwise


def error_response(refused: Refused, errors: list[GraphQLError] | None = None) -> Response:
    """The answer to a request that is refused; a code that has a status of its own takes that.

    Args:
        errors: all that there are, if they are more than the one.
    """
    code = code_of(refused.error)
    status = _status({code}, refused.status, nothing=True)
    challenge = _CHALLENGE if status == 401 else _NOTHING
    told = {**refused.headers, **challenge, **_version_behind([refused.error])}
    return _response(_errors_body(errors or [refused.error]), status, JSON, told)


def _errors_body(errors: list[GraphQLError]) -> dict[str, Any]:
    return {"errors": [error.formatted for error in errors]}


def _response(body: dict[str, Any], status: int, media_type: str, headers: dict[str, str]) -> Response:
    return _raw_response(_dumps(body), status, media_type, headers)


def _raw_response(body: str | bytes, status: int, media_type: str, headers: dict[str, str]) -> Response:
    return Response(
        body,
        status_code=status,
        headers={"Content-Type": f"{media_type}; charset=utf-8", "Cache-Control": "no-store", **headers},
    )


async def _stream(schema: AlmonerSchema, text: str, asked: GraphQLRequest, context: Context) -> Response:
    """Results as server-sent events, in graphql-sse's distinct connections mode."""
    results = await schema.stream(
        text,
        variable_values=asked.variables,
        context_value=context,
        operation_name=asked.operation_name,
    )
    return _events(results)


async def _errors_alone(errors: list[GraphQLError]) -> AsyncGenerator[StreamExecutionResult, None]:
    yield PreExecutionError(data=None, errors=errors)


def _events(results: AsyncGenerator[StreamExecutionResult, None]) -> Response:
    transport = SSETransport()

    async def events() -> AsyncGenerator[str, None]:
        async with aclosing(results):
            async for result in results:
                if isinstance(result, ExecutionResult):
                    yield transport.encode_next(process_result(result), _dumps)
        yield transport.encode_complete()

    with_heartbeat = merge_stream_with_heartbeat(
        events,
        lambda: transport.heartbeat_message(_dumps),
        interval=transport.heartbeat_interval,
        send_initial_heartbeat=False,
    )
    return StreamingResponse(with_heartbeat(), headers=dict(transport.headers))
