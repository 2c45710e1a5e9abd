"""What the addresses beside `/graphql` have in common: refusals with the status of their kind, and what a client has
already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response

from almoner.core.errors import AlmonerError, Conflict, Denied, Invalid, NotFound, Unauthenticated, Unavailable
from almoner_graphql.endpoint import Services, error_response
from almoner_graphql.errors import ErrorCode, database_facts, refusal
from almoner_graphql.negotiation import TENANT, Refused

_STATUS: tuple[tuple[type[AlmonerError], int], ...] = (
    (Unauthenticated, 401),
    (Denied, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Unavailable, 503),
)
#: Whatever there is none of, and why ever: the same bytes.
_NOTHING = Refused(404, refusal(ErrorCode.NOT_FOUND, "There is nothing with this id."))
Serve = Callable[[Services, Request], Awaitable[Response]]


def answering(serve: Serve) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that tells refusals as `/graphql` does, with a status for each kind."""

    async def endpoint(request: Request) -> Response:
        try:
            with database_facts():
                return await serve(request.app.state.services, request)
        except Refused as refused:
            return error_response(refused)
        except NotFound:
            return error_response(_NOTHING)
        except GraphQLError as error:
            return error_response(Refused(400, error))
        except AlmonerError as error:
            return _refusal(error)

    return endpoint


def _refusal(error: AlmonerError) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    errors = [
        GraphQLError(each.message, extensions={"code": each.code, "path": list(each.path)}) for each in error.problems
    ]
    return error_response(Refused(status, errors[0]), errors)


def kept(tag: str) -> dict[str, str]:
    """The headers of what a client may keep, but must ask about each time: who sees it may change."""
    return {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache", "Vary": f"Authorization, {TENANT}"}


def has_it(request: Request, tag: str) -> Response | None:
    """304 for who has what the tag names; `If-None-Match` is compared weakly (RFC 9110, section 13.1.2)."""
    given = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if f'"{tag}"' in given or given == ["*"]:
        return Response(status_code=304, headers=kept(tag))
    return None
