"""The contender "strawberry": the same schema as Strawberry's documentation would have it, a DataLoader per relation.

Types and resolvers are Strawberry's own, rows come through SQLAlchemy's ORM, one tenant transaction serves a request,
each level of the selection is one statement, and parsed and validated documents are kept by Strawberry's extensions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry
from cross_web import HTTPException
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig

from almoner.core.errors import NotFound, Unauthenticated
from almoner.core.ids import global_id, row_id_of
from almoner.core.scope import TenantScope
from almoner.core.settings import Settings
from almoner.identity.tokens import Identity
from almoner.wiring import House
from almoner_graphql.bench.served import VIEW, serve
from almoner_graphql.bench.tables import BenchDocument, BenchOrganization, BenchSignature
from almoner_graphql.context import bearer_token
from almoner_graphql.scalars import SCALARS


@dataclass
class Context:
    """Of one request; the extension opens the scope and makes the loaders in it."""

    house: House
    identity: Identity
    scope: TenantScope = field(init=False)
    documents: DataLoader[UUID, list[Document]] = field(init=False)
    signatures: DataLoader[UUID, list[Signature]] = field(init=False)


Info = strawberry.Info[Context, None]


@strawberry.type
class Signature:
    """A signature that a document needs."""

    signer: str
    role: str
    status: str
    signed_at: datetime | None
    remark: str | None

    @classmethod
    def of(cls, row: BenchSignature) -> Signature:
        """A row as the API shows it."""
        return cls(
            signer=row.signer,
            role=row.role,
            status=row.status,
            signed_at=row.signed_at,
            remark=row.remark,
        )


@strawberry.type
class Document:
    """Something that an organization has to sign."""

    row_id: strawberry.Private[UUID]
    title: str
    kind: str
    status: str
    due_on: date
    amount: Decimal | None
    submitted_at: datetime | None

    @strawberry.field
    async def signatures(self, info: Info) -> list[Signature]:
        """By id."""
        return await info.context.signatures.load(self.row_id)

    @classmethod
    def of(cls, row: BenchDocument) -> Document:
        """A row as the API shows it."""
        return cls(
            row_id=row.id,
            title=row.title,
            kind=row.kind,
            status=row.status,
            due_on=row.due_on,
            amount=row.amount,
            submitted_at=row.submitted_at,
        )


@strawberry.type
class Organization:
    """A party of a program."""

    row_id: strawberry.Private[UUID]
    id: strawberry.ID
    name: str
    kind: str
    status: str
    enrolled_on: date
    savings: Decimal | None
    contact: str | None
    updated_at: datetime

    @strawberry.field
    async def documents(self, info: Info) -> list[Document]:
        """By id."""
        return await info.context.documents.load(self.row_id)

    @classmethod
    def of(cls, row: BenchOrganization) -> Organization:
        """A row as the API shows it."""
        return cls(
            row_id=row.id,
            id=strawberry.ID(global_id("Organization", row.id)),
            name=row.name,
            kind=row.kind,
            status=row.status,
            enrolled_on=row.enrolled_on,
            savings=row.savings,
            contact=row.contact,
            updated_at=row.updated_at,
        )


@strawberry.type
class OrganizationConnection:
    """One page of organizations."""

    nodes: list[Organization]


@strawberry.type
class Query:
    """What the benchmark reads."""

    @strawberry.field
    async def organizations(self, info: Info, first: int) -> OrganizationConnection:
        """The first ones by id."""
        scope = _allowed(info)
        query = (
            select(BenchOrganization)
            .where(col(BenchOrganization.tenant_id) == scope.tenant_id)
            .order_by(col(BenchOrganization.id))
            .limit(first)
        )
        rows = await scope.session.scalars(query)
        return OrganizationConnection(nodes=[Organization.of(row) for row in rows])

    @strawberry.field
    async def organization(self, info: Info, id: strawberry.ID) -> Organization | None:
        """One of them."""
        scope = _allowed(info)
        try:
            row_id = row_id_of("Organization", id)
        except NotFound:
            return None
        row = await scope.find(BenchOrganization, row_id)
        return None if row is None else Organization.of(row)


def _allowed(info: Info) -> TenantScope:
    scope = info.context.scope
    scope.require(VIEW)
    return scope


def _documents_of(scope: TenantScope) -> DataLoader[UUID, list[Document]]:
    async def load(keys: list[UUID]) -> list[list[Document]]:
        query = (
            select(BenchDocument)
            .where(col(BenchDocument.tenant_id) == scope.tenant_id, col(BenchDocument.organization_id).in_(keys))
            .order_by(col(BenchDocument.id))
        )
        found: dict[UUID, list[Document]] = defaultdict(list)
        for row in await scope.session.scalars(query):
            found[row.organization_id].append(Document.of(row))
        return [found[key] for key in keys]

    return DataLoader(load)


def _signatures_of(scope: TenantScope) -> DataLoader[UUID, list[Signature]]:
    async def load(keys: list[UUID]) -> list[list[Signature]]:
        query = (
            select(BenchSignature)
            .where(col(BenchSignature.tenant_id) == scope.tenant_id, col(BenchSignature.document_id).in_(keys))
            .order_by(col(BenchSignature.id))
        )
        found: dict[UUID, list[Signature]] = defaultdict(list)
        for row in await scope.session.scalars(query):
            found[row.document_id].append(Signature.of(row))
        return [found[key] for key in keys]

    return DataLoader(load)


class TenantTransaction(SchemaExtension):
    """One transaction of the viewer around each operation; opening it reads the account and the roles."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Open it, and commit it at the end."""
        context: Context = self.execution_context.context
        async with context.house.scope(context.identity, "bench") as scope:
            context.scope = scope
            context.documents = _documents_of(scope)
            context.signatures = _signatures_of(scope)
            yield


class Endpoint(GraphQL[Context, None]):
    """Strawberry's own view, for those with a token."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Verify the token."""
        house: House = request.app.state.services
        try:
            token = bearer_token(request.headers.get("authorization")) or ""
            return Context(house, house.keys.verify(token, house.clock()).identity)
        except Unauthenticated as error:
            raise HTTPException(401, str(error)) from None


def create_app() -> Starlette:
    """The application of this process."""
    schema = strawberry.Schema(
        query=Query,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[TenantTransaction, ParserCache, ValidationCache],
    )
    return serve([Route("/graphql", Endpoint(schema))], _open)


@asynccontextmanager
async def _open(house: House, _settings: Settings) -> AsyncIterator[House]:
    yield house
