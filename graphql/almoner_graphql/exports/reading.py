"""What exports read: our own documents, by the planner, as whoever asks. Nobody checks visibility here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from almoner.core.errors import NotFound
from almoner_graphql.endpoint import Services
from almoner_graphql.exports.texts import clean
from almoner_graphql.planner.reader import Caller


async def read(services: Services, caller: Caller, text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a query of ours, with texts that can be shown.

    Whoever is held to registered documents reads exports too: what they ask for is not theirs to choose.

    Raises:
        NotFound: a root has nothing that the viewer may know of.
        GraphQLError, AlmonerError: see `Reader.query`.
    """
    operation = services.schema.gate.document(text, dict(variables)).operation(None)
    if operation is None:
        raise RuntimeError("an export reads by one operation")
    answer = await services.reader.query(operation, variables, caller._replace(checked=True))
    if answer.errors:
        raise NotFound("There is nothing with this id.")
    found: dict[str, Any] = clean(json.loads(answer.json or b"{}"))
    return found


async def pages(
    services: Services, caller: Caller, text: str, variables: Mapping[str, Any], most: int
) -> AsyncIterator[dict[str, Any]]:
    """The same, page by page: `text` takes `$after`, and has one connection, at the root or in an object there.

    Args:
        most: so many pages.
    """
    after: str | None = None
    for _page in range(most):
        data = await read(services, caller, text, {**variables, "after": after})
        yield data
        info = connection_in(data)["pageInfo"]
        if not info["hasNextPage"]:
            return
        after = info["endCursor"]


def connection_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """The connection `meetings` of such a page."""
    found: dict[str, Any] = data.get("meetings") or data["committee"]["meetings"]
    return found
