"""What the contenders have in common: settings, a house, and a door that says when it is open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from almoner.authorization.permissions import Permission
from almoner.core.logs import configure_logs
from almoner.core.settings import Settings, settings
from almoner.wiring import House
from almoner_graphql.app import serving_house

#: Organizations are in no policy; who sees programs sees the parties in them, here.
VIEW = Permission.PROGRAM_VIEW

#: Opens what a contender answers with; it becomes `app.state.services`.
Open = Callable[[House, Settings], AbstractAsyncContextManager[Any]]


def serve(routes: list[Route], open_services: Open) -> Starlette:
    """An application with these routes, for the settings in the environment."""
    found = settings()
    configure_logs(found.log_level)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with serving_house(found) as house, open_services(house, found) as services:
            app.state.services = services
            yield

    return Starlette(routes=[*routes, Route("/readyz", _ready)], lifespan=lifespan)


async def _ready(_request: Request) -> Response:
    return Response("ready")
