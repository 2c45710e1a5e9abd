"""Reading a GraphQL request off HTTP, and agreeing on the media type of its answer."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from types import NoneType
from typing import Any, NamedTuple, NoReturn

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from almoner_graphql.errors import ErrorCode, refusal
from almoner_graphql.headers import headers_of
from almoner_graphql.screening import MAX_VALUE_NESTING

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"
#: The header by which a request insists on a version of the tenant's policy, and an answer names the one it stands on.
POLICY_VERSION = "Almoner-Policy-Version"
#: The header by which who is not signed in names the agency whose public it is, by its code.
TENANT = "Almoner-Tenant"
_OBJECT = (dict, NoneType)
_TEXT = (str, NoneType)
_SHA256 = re.compile("[0-9a-f]{64}")
#: In the order of our own liking: a client that takes anything gets plain JSON.
_OFFERS = (JSON, RESPONSE, EVENTS)


class Refused(Exception):
    """A request that is refused before anything of it is run.

    Attributes:
        status: of the HTTP response.
        error: for its body.
        headers: for the response.
    """

    def __init__(self, status: int, error: GraphQLError, headers: dict[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error
        self.headers = headers or {}


class GraphQLRequest(NamedTuple):
    """The parameters of a request, of the right types.

    Attributes:
        query: the document's text; None if `document_id` stands for it.
        document_id: the SHA-256 of a registered document, 64 hexadecimal digits.
    """

    query: str | None
    document_id: str | None
    variables: dict[str, Any] | None
    operation_name: str | None


def acceptable(header: str | None) -> tuple[str, ...]:
    """The media types of ours that an `Accept` header takes, the most wanted first. No header means plain JSON."""
    if header is None:
        return (JSON,)
    ranges = [_media_range(part) for part in header.split(",") if part.strip()]
    wanted = []
    for own_place, offer in enumerate(_OFFERS):
        matches = [
            (specificity, quality, place)
            for place, (name, quality) in enumerate(ranges)
            if (specificity := _specificity(name, offer))
        ]
        if matches:
            specificity, quality, place = max(matches, key=lambda match: match[0])
            if quality > 0:
                wanted.append((-quality, -specificity, place, own_place, offer))
    return tuple(offer for *_, offer in sorted(wanted))


def wants_only_plain_json(header: str | None) -> bool:
    """Whether an `Accept` header names `application/json` and would not take `application/graphql-response+json`."""
    offers = acceptable(header)
    named = JSON in {_media_range(part)[0] for part in (header or "").split(",")}
    return named and JSON in offers and RESPONSE not in offers


def _media_range(part: str) -> tuple[str, float]:
    name, *parameters = part.split(";")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                return name.strip().lower(), float(value)
            except ValueError:
                return name.strip().lower(), 0.0
    return name.strip().lower(), 1.0


def _specificity(name: str, offer: str) -> int:
    if name == offer:
        return 3
    if name == offer.partition("/")[0] + "/*":
        return 2
    # A stream is for those who name it.
    return 1 if name == "*/*" and offer != EVENTS else 0


async def read_request(request: Request) -> GraphQLRequest:
    """The GraphQL request in an HTTP one.

    Raises:
        Refused: it is none.
    """
    if request.method == "GET":
        parameters: object = _from_query(request)
    else:
        if not _is_json(headers_of(request.scope).get("content-type", "")):
            raise Refused(415, refusal(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON} in UTF-8."))
        parameters = _loads(await _body(request.receive), "The body")
    if isinstance(parameters, list):
        _bad("Send one operation at a time; batches are not taken.")
    if not isinstance(parameters, dict):
        _bad("Send a JSON object with `query`.")
    query, document_id = parameters.get("query"), parameters.get("documentId")
    if document_id is not None:
        document_id = _digest(document_id, query)
    elif not isinstance(query, str) or not query.strip():
        _bad("Send the document as text in `query`, or the `documentId` of a registered one.")
    variables = parameters.get("variables")
    if not isinstance(variables, _OBJECT):
        _bad("Send `variables` as an object.")
    if not isinstance(parameters.get("extensions"), _OBJECT):
        _bad("Send `extensions` as an object.")
    operation_name = parameters.get("operationName")
    if not isinstance(operation_name, _TEXT):
        _bad("Send `operationName` as text.")
    return GraphQLRequest(query, document_id, variables, operation_name or None)


async def _body(receive: Receive) -> bytes:
    """All of it. Starlette's `Request.body` goes through a generator, which takes as long as reading the JSON in it."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _digest(document_id: object, query: object) -> str:
    if query is not None:
        _bad("Send `query` or `documentId`, not both.")
    digest = document_id.lower().removeprefix("sha256:") if isinstance(document_id, str) else ""
    if not _SHA256.fullmatch(digest):
        _bad(
            "Send the SHA-256 of a registered document in `documentId`: 64 hexadecimal digits, or `sha256:` and these."
        )
    return digest


def _from_query(request: Request) -> dict[str, object]:
    given = request.query_params
    parameters: dict[str, object] = {
        key: given[key] for key in ("query", "documentId", "operationName") if key in given
    }
    for key in ("variables", "extensions"):
        if given.get(key):
            parameters[key] = _loads(given[key].encode(), f"`{key}`")
    return parameters


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    """Whether a `Content-Type` header says JSON in UTF-8."""
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = [value.strip('"') for key, _, value in (item.partition("=") for item in parameters) if key == "charset"]
    return name == JSON and charset in ([], ["utf-8"], ["utf8"])


def _loads(text: bytes, what: str) -> object:
    try:
        return strict_json(text.decode("utf-8"))
    except ValueError:
        _bad(f"{what} is no JSON.")
    except RecursionError:
        message = f"{what} exceeds the limit of nesting of values: hundreds of at most {MAX_VALUE_NESTING}."
        raise Refused(400, refusal(ErrorCode.LIMIT_EXCEEDED, message)) from None


def strict_json(text: str) -> object:
    """What a JSON text says.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested deeper than can be read.
    """
    return _STRICT.decode(text)


def _no_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which JSON does not have.
    raise ValueError(name)


_STRICT = json.JSONDecoder(parse_constant=_no_constant)


def least_version(given: object) -> int:
    """The version of the policy that a request insists on, by a header or a value of JSON; 0 if it does not.

    Raises:
        Refused: it is no whole number from 0.
    """
    if given is None:
        return 0
    text = str(given) if type(given) is int else given
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        _bad(f"Send `{POLICY_VERSION}` as a whole number from 0.")
    # More digits are refused by the policy's number all the same, and Python reads only so many.
    return int(text.lstrip("0")[:19] or "0")


def _bad(message: str) -> NoReturn:
    raise Refused(400, refusal(ErrorCode.BAD_REQUEST, message))
