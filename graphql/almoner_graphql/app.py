"""The application: routes, and what is opened and closed with the process. `server.py` serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from almoner.authorization.listen import hearing_of_policies
from almoner.core.logs import configure_logs
from almoner.core.pauses import keep_what_is_loaded
from almoner.core.settings import Settings
from almoner.core.settings import settings as process_settings
from almoner.wiring import House, build_house
from almoner_graphql.changes import Changes
from almoner_graphql.committees.documents_endpoint import DocumentEndpoint
from almoner_graphql.endpoint import GraphQLEndpoint, Services
from almoner_graphql.exports.endpoints import ROUTES as EXPORTS
from almoner_graphql.exports.pdf import Typesetter
from almoner_graphql.middleware import Envelope
from almoner_graphql.oauth import revocation_endpoint, token_endpoint
from almoner_graphql.planner.connections import Connections
from almoner_graphql.planner.plan import Plans
from almoner_graphql.planner.reader import Reader
from almoner_graphql.rate_limits import RateLimits
from almoner_graphql.schema import AlmonerSchema, build_schema
from almoner_graphql.sockets import SocketEndpoint

OpenHouse = Callable[[], AbstractAsyncContextManager[House]]


def create_app() -> Starlette:
    """The application of this process, with the settings in its environment."""
    settings = process_settings()
    configure_logs(settings.log_level)
    return application(build_schema(open_schema=settings.is_development), settings, partial(serving_house, settings))


@asynccontextmanager
async def serving_house(settings: Settings) -> AsyncIterator[House]:
    """The domain, for a process that serves: opened when everything else is loaded, and closed."""
    house = build_house(settings, tenant_connections=settings.tenant_connections)
    keep_what_is_loaded()
    try:
        yield house
    finally:
        await house.close()


def build_app(house: House, settings: Settings) -> Starlette:
    """The application on a house that somebody else opens and closes."""

    @asynccontextmanager
    async def lend_house() -> AsyncIterator[House]:
        yield house

    return application(build_schema(open_schema=settings.is_development), settings, lend_house)


def application(schema: AlmonerSchema, settings: Settings, open_house: OpenHouse) -> Starlette:
    """The application that answers for a schema."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            open_house() as house,
            Changes(house.database.url).listening() as changes,
            hearing_of_policies(house.policies, house.database.url),
            Connections(
                house.database.url, settings.pool_size, tenant_connections=settings.tenant_connections
            ) as connections,
        ):
            reader = Reader(house, Plans(schema.catalog, house.authorizer), connections)
            limits = RateLimits(settings)
            app.state.services = Services(house, changes, reader, schema, limits, Typesetter(), settings.is_development)
            yield

    return Starlette(
        routes=[
            Route("/graphql", GraphQLEndpoint(), methods=["GET", "POST"]),
            WebSocketRoute("/graphql", SocketEndpoint(schema)),
            Route("/oauth/token", token_endpoint, methods=["POST"]),
            Route("/oauth/revoke", revocation_endpoint, methods=["POST"]),
            *DocumentEndpoint().routes(),
            *EXPORTS,
            Route("/healthz", _healthz),
            Route("/readyz", _readyz),
        ],
        middleware=[Middleware(Envelope)],
        lifespan=lifespan,
    )


async def _healthz(_request: Request) -> Response:
    """The process is alive."""
    return JSONResponse({"status": "alive"})


async def _readyz(request: Request) -> Response:
    """The process can serve: its database answers."""
    services: Services = request.app.state.services
    try:
        await services.house.database.ping()
    except (OSError, SQLAlchemyError):
        return JSONResponse({"status": "the database does not answer"}, status_code=503)
    return JSONResponse({"status": "ready"})
