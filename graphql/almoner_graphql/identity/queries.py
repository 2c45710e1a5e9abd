"""Who one is."""

from __future__ import annotations

import strawberry

from almoner_graphql.identity.types import Viewer
from almoner_graphql.planner.declare import same


@strawberry.type(description="Queries about oneself.")
class IdentityQueries:
    """Part of `Query`."""

    viewer: Viewer = same(description="Who sends this request.")
