"""The contender "limit": a route that sends one hand-written statement through asyncpg, as plainly as can be.

It does for a request what the product's reader does, and nothing else: the token is verified, one message goes to the
database, a statement that is the tenant's transaction by itself, and it also tells the roles that are held now and
whether the account is active. The operation is named by the path, and nothing of GraphQL is looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from almoner.authorization.standing import standing_sql
from almoner.core.database import READING, entrance_sql, has_entered, libpq_url
from almoner.core.errors import Unauthenticated
from almoner.core.ids import row_id_of
from almoner.core.settings import Settings
from almoner.wiring import House
from almoner_graphql.bench.served import VIEW, serve
from almoner_graphql.context import bearer_token

_ID = "translate(encode(convert_to('Organization:' || o.id, 'UTF8'), 'base64'), E'\\n', '')"
_INSTANT = "to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"

_SIGNATURES = f"""
select s.signer, s.role, s.status, {_INSTANT.format("s.signed_at")} as "signedAt"
from almoner.bench_signature s where s.tenant_id = $1 and s.document_id = d.id order by s.id
"""  # noqa: S608  (our own text)
_DOCUMENTS = f"""
select d.title, d.kind, d.status, d.due_on as "dueOn", trim_scale(d.amount)::text as amount,
    {_INSTANT.format("d.submitted_at")} as "submittedAt",
    (select coalesce(json_agg(row_to_json(y)), '[]') from ({_SIGNATURES}) y) as signatures
from almoner.bench_document d where d.tenant_id = $1 and d.organization_id = o.id order by d.id
"""  # noqa: S608  (our own text)
_ORGANIZATION = f"""
select {_ID} as id, o.name, o.kind, o.status, o.enrolled_on as "enrolledOn",
    trim_scale(o.savings)::text as savings, {_INSTANT.format("o.updated_at")} as "updatedAt",
    (select coalesce(json_agg(row_to_json(y)), '[]') from ({_DOCUMENTS}) y) as documents
from almoner.bench_organization o where o.tenant_id = $1
"""  # noqa: S608  (our own text)
_GUARDED = """
select ({})::text,
    {standing},
    exists (select from almoner.account where tenant_id = $1 and id = $2 and disabled_at is null),
    entered
from {entrance}
"""


def _guarded(statement: str) -> str:
    standing = standing_sql(tenant="$1", subject="$2", now="$3")
    return _GUARDED.format(statement, standing=standing, entrance=entrance_sql(tenant="$1"))


NESTED = _guarded(f"""
select row_to_json(r) from (select (
    select row_to_json(n) from (select coalesce(json_agg(row_to_json(y)), '[]') as nodes
    from ({_ORGANIZATION} order by o.id limit 50) y) n
) as organizations) r
""")  # noqa: S608  (our own text)
SINGLE = _guarded(f"""
select row_to_json(r) from (select (
    select row_to_json(y) from ({_ORGANIZATION} and o.id = $4) y
) as organization) r
""")  # noqa: S608  (our own text)


@dataclass(frozen=True, slots=True)
class Services:
    """A house and the pool of its own that asyncpg has beside it."""

    house: House
    pool: Any


def create_app() -> Starlette:
    """The application of this process."""
    routes = [
        Route("/graphql/nested", _nested, methods=["POST"]),
        Route("/graphql/single", _single, methods=["POST"]),
    ]
    return serve(routes, _open)


@asynccontextmanager
async def _open(house: House, settings: Settings) -> AsyncIterator[Services]:
    async with asyncpg.create_pool(
        libpq_url(settings.application_url),
        min_size=0,
        max_size=settings.pool_size,
        server_settings={**READING, "plan_cache_mode": "force_generic_plan"},
        reset=_nothing_to_reset,
    ) as pool:
        yield Services(house, pool)


async def _nothing_to_reset(_connection: object) -> None:
    """As in the product's reader: all settings end with the statement."""


async def _nested(request: Request) -> Response:
    return await _answer(request, NESTED)


async def _single(request: Request) -> Response:
    asked = await request.json()
    return await _answer(request, SINGLE, row_id_of("Organization", asked["variables"]["id"]))


async def _answer(request: Request, statement: str, *parameters: Any) -> Response:
    services: Services = request.app.state.services
    house = services.house
    now = house.clock()
    try:
        identity = house.keys.verify(bearer_token(request.headers.get("authorization")) or "", now).identity
    except Unauthenticated:
        return Response(status_code=401)
    async with services.pool.acquire() as connection:
        row = await connection.fetchrow(statement, identity.tenant_id, identity.subject_id, now, *parameters)
    data, standing, active, entered = row
    if not active or not has_entered(entered, identity.tenant_id):
        return Response(status_code=401)
    if not house.authorizer.allows(await house.viewer(identity, standing), VIEW, None):
        return Response(status_code=403)
    return Response(f'{{"data":{data}}}', media_type="application/json", headers={"Cache-Control": "no-store"})
