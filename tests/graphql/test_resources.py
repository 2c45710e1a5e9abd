"""What the addresses beside `/graphql` refuse, and how."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from almoner.core.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
)
from almoner_graphql.resources import answering, has_it, kept

pytestmark = pytest.mark.anyio
TWO = [Problem("ONE", "First.", ("name",)), Problem("OTHER", "Second.")]


async def answer(serve, **headers):
    async def served(_services, request):
        return serve(request)

    app = Starlette(routes=[Route("/", answering(served))])
    app.state.services = None
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        return await client.get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("error", "status", "codes"),
    [
        (NotFound("There is nothing with this code.", code="BY_CODE"), 404, ["NOT_FOUND"]),
        (Denied("No."), 403, ["DENIED"]),
        (Conflict("No.", code="WRONG_STATUS"), 409, ["WRONG_STATUS"]),
        (Invalid(TWO), 422, ["ONE", "OTHER"]),
        (Unauthenticated("Who?"), 401, ["UNAUTHENTICATED"]),
        (Unavailable("Later."), 503, ["UNAVAILABLE"]),
        (TimeoutError(), 503, ["UNAVAILABLE"]),
    ],
)
async def test_each_kind_of_refusal_has_a_status_and_its_own_codes(error, status, codes):
    def refuse(_request):
        raise error

    response = await answer(refuse)
    told = response.json()["errors"]
    assert (response.status_code, [each["extensions"]["code"] for each in told]) == (status, codes)
    assert response.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in response.headers) is (status == 401)


@pytest.mark.parametrize(
    ("known", "same"),
    [(None, False), ("", False), ('"tag"', True), ('W/"tag"', True), ('"x", "tag"', True), ("*", True), ("tag", False)],
)
async def test_who_has_it_is_told_so(known, same):
    headers = {} if known is None else {"If_None_Match": known}
    response = await answer(lambda request: has_it(request, "tag") or PlainTextResponse("body"), **headers)
    assert (response.status_code, response.headers.get("etag")) == ((304, kept("tag")["ETag"]) if same else (200, None))
