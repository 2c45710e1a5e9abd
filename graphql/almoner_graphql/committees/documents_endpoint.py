"""Documents of papers, as they are: `PUT /documents?paper=…&name=…` attaches one, `GET /documents/{id}` gives it.

Both take a bearer token. Who has none names an agency, in the header `Almoner-Tenant` or as `tenant` in the query, and
gets what is published there. Refusals look as those of `/graphql`, with a status that says the kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from almoner.authorization.authorizer import policy_of
from almoner.committees.paper_documents import (
    MAX_BYTES,
    NewDocument,
    attach_document,
    content_of,
    document_problems,
    find_document,
    insist_on_attaching,
)
from almoner.committees.tables import PaperDocument
from almoner.core.errors import Invalid
from almoner.core.ids import global_id, row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.context import Context
from almoner_graphql.endpoint import Services, admitted
from almoner_graphql.errors import ErrorCode, refusal
from almoner_graphql.negotiation import POLICY_VERSION, Refused
from almoner_graphql.planner.answer import policy_behind
from almoner_graphql.resources import answering, has_it, kept

#: A body that takes longer is given up: 10 MiB in that time are 1.4 Mbit/s.
BODY_SECONDS = 60.0
_NO_STORE = {"Cache-Control": "no-store"}


class DocumentEndpoint:
    """The two routes.

    Args:
        body_seconds: how long a body may take.
    """

    def __init__(self, body_seconds: float = BODY_SECONDS) -> None:
        self._body_seconds = body_seconds

    def routes(self) -> list[Route]:
        """What the application joins."""
        return [
            Route("/documents", answering(self._put), methods=["PUT"]),
            Route("/documents/{id}", answering(self._get), methods=["GET"]),
        ]

    async def _put(self, _services: Services, request: Request) -> Response:
        """Attach the body to a paper. Nothing of it is read before it is sure that the sender may."""
        context = await admitted(request)
        context.require_session()
        paper_id = row_id_of("Paper", request.query_params.get("paper", ""))
        name = request.query_params.get("name", "")
        media_type = _media_type(request)
        async with context.scope() as scope:
            _insist_on_version(scope, context.at_least)
            await insist_on_attaching(scope, paper_id)
        problems = document_problems(name, media_type)
        if problems:
            raise Invalid(problems)
        content = await self._content(request)
        _pay(context, len(content))
        stored = await context.write(attach_document, paper_id, NewDocument(name, media_type, content))
        return JSONResponse({"document": _told(stored)}, headers=_NO_STORE)

    async def _get(self, _services: Services, request: Request) -> Response:
        """A document, for who may see a paper that it is attached to."""
        context = await admitted(request, tenant=request.query_params.get("tenant"))
        async with context.house.reading_scope(context.caller.identity, context.request_id) as scope:
            _insist_on_version(scope, context.at_least)
            found = await find_document(scope, row_id_of("PaperDocument", request.path_params["id"]))
            same = has_it(request, found.digest)
            if same is not None:
                return same
            _pay(context, found.size)
            return Response(await content_of(scope, found), headers=_headers(found))

    async def _content(self, request: Request) -> bytes:
        """The body, as far as it is not too long.

        Raises:
            Refused: it is too long or too slow, or it is not as long as was said.
        """
        declared = request.headers.get("content-length")
        if declared is not None and not (declared.isascii() and declared.isdecimal()):
            raise _bad("`Content-Length` is no number.")
        # More digits are far too many, and Python reads only so many.
        length = None if declared is None else int(declared[:20])
        if length is not None and length > MAX_BYTES:
            raise _too_large()
        try:
            async with asyncio.timeout(self._body_seconds):
                content = await read_at_most(request.stream(), MAX_BYTES)
        except TimeoutError:
            message = f"The document did not arrive within {self._body_seconds:g} seconds; try again."
            raise Refused(408, refusal(ErrorCode.BAD_REQUEST, message), {"Connection": "close"}) from None
        if length is not None and len(content) != length:
            raise _bad("The document is not as long as `Content-Length` says.")
        return content


async def read_at_most(stream: AsyncIterator[bytes], most: int) -> bytes:
    """All of a stream; what is longer is not kept.

    Raises:
        Refused: it is longer.
    """
    content = bytearray()
    async for chunk in stream:
        if len(content) + len(chunk) > most:
            raise _too_large()
        content += chunk
    return bytes(content)


def _pay(context: Context, size: int) -> None:
    if context.ticket is not None:
        context.ticket.charge_bytes(size)


def _insist_on_version(scope: TenantScope, at_least: int) -> None:
    """Refuse to answer by a policy that is older than the request insists on.

    Raises:
        Refused: it is.
    """
    number = policy_of(scope).number
    if number < at_least:
        raise Refused(412, policy_behind(number, at_least), {POLICY_VERSION: str(number)})


def _media_type(request: Request) -> str:
    """What the body says that it is, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _told(document: PaperDocument) -> dict[str, Any]:
    return {
        "id": global_id("PaperDocument", document.id),
        "name": document.name,
        "mediaType": document.media_type,
        "size": document.size,
        "digest": document.digest,
    }


def _headers(found: PaperDocument) -> dict[str, str]:
    charset = "; charset=utf-8" if found.media_type.startswith("text/") else ""
    return {
        **kept(found.digest),
        "Content-Type": found.media_type + charset,
        "Content-Disposition": disposition(found.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


def disposition(name: str) -> str:
    """`Content-Disposition` of a file to be saved under that name (RFC 6266): in ASCII, and as it is."""
    plain = "".join(each if each.isascii() and each.isprintable() and each not in '"\\%' else "_" for each in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def _too_large() -> Refused:
    return Refused(413, refusal(ErrorCode.BODY_TOO_LARGE, f"A document has at most {MAX_BYTES} bytes."))


def _bad(message: str) -> Refused:
    return Refused(400, refusal(ErrorCode.BAD_REQUEST, message))
