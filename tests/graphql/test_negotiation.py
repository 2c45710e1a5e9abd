"""Which media type an answer has: what clients accept, and what nobody speaks."""

from __future__ import annotations

import pytest

from almoner_graphql.negotiation import acceptable

pytestmark = pytest.mark.anyio

JSON = "application/json"
RESPONSE = "application/graphql-response+json"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, [JSON]),
        ("*/*", [JSON, RESPONSE]),
        ("application/*", [JSON, RESPONSE]),
        (JSON, [JSON]),
        (RESPONSE, [RESPONSE]),
        (f"{RESPONSE}, {JSON};q=0.9", [RESPONSE, JSON]),
        (f"{JSON};q=0.9, {RESPONSE}", [RESPONSE, JSON]),
        (f"{RESPONSE}, */*;q=0.1", [RESPONSE, JSON]),
        (f"{JSON};q=0, */*", [RESPONSE]),
        (f"{RESPONSE}, {JSON}, text/event-stream", [RESPONSE, JSON, "text/event-stream"]),
        ("text/event-stream", ["text/event-stream"]),
        ("text/html", []),
        ("text/html;q=x", []),
        ("", []),
    ],
)
def test_the_media_type_of_the_answer_is_negotiated(accept, wanted):
    assert [*acceptable(accept)] == wanted


@pytest.mark.parametrize("media_type", [JSON, RESPONSE])
async def test_the_answer_has_the_media_type_that_was_asked_for(ask, media_type):
    response = await ask("{ __typename }", accept=media_type)
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}
