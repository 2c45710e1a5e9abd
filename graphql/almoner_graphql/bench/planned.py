"""The contender "almoner": the product's own application, with a schema of the benchmark's tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial

import strawberry
from starlette.applications import Starlette

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.policy import built_in_policy
from almoner.core.logs import configure_logs
from almoner.core.pauses import keep_what_is_loaded
from almoner.core.settings import settings
from almoner_graphql.app import application, serving_house
from almoner_graphql.bench import tables
from almoner_graphql.bench.served import VIEW
from almoner_graphql.connection import Connection
from almoner_graphql.gate import Gate
from almoner_graphql.planner.declare import by_id, many, pages, reads
from almoner_graphql.planner.plan import Plans
from almoner_graphql.planner.sources import all_rows, rows_of
from almoner_graphql.schema import AlmonerSchema

_SIGNATURES = rows_of(
    tables.BenchSignature,
    lambda document, signature: signature.document_id == document.id,
    order=lambda signature: signature.id,
)
_DOCUMENTS = rows_of(
    tables.BenchDocument,
    lambda organization, document: document.organization_id == organization.id,
    order=lambda document: document.id,
)


@reads(tables.BenchSignature)
@strawberry.type(description="A signature that a document needs.")
class Signature:
    """Read from `bench_signature`."""

    id: strawberry.ID
    signer: str
    role: str
    status: str
    signed_at: datetime | None
    remark: str | None


@reads(tables.BenchDocument)
@strawberry.type(description="Something that an organization has to sign.")
class Document:
    """Read from `bench_document`."""

    id: strawberry.ID
    title: str
    kind: str
    status: str
    due_on: date
    amount: Decimal | None
    submitted_at: datetime | None
    signatures: list[Signature] = many(_SIGNATURES, expect=2, description="The signatures on it.")


@reads(tables.BenchOrganization, view=VIEW)
@strawberry.type(description="A party of a program.")
class Organization:
    """Read from `bench_organization`."""

    id: strawberry.ID
    name: str
    kind: str
    status: str
    enrolled_on: date
    savings: Decimal | None
    contact: str | None
    updated_at: datetime
    documents: list[Document] = many(_DOCUMENTS, expect=5, description="What it has to sign.")


@strawberry.type
class Query:
    """What is measured."""

    organization: Organization | None = by_id(description="One.")
    organizations: Connection[Organization] = pages(all_rows(tables.BenchOrganization), description="All.")


def create_app() -> Starlette:
    """The application of this process."""
    found = settings()
    configure_logs(found.log_level)
    return application(_schema(), found, partial(serving_house, found))


def cold_planner() -> Callable[[str], object]:
    """Parses, checks the limits, validates and plans a document, with nothing remembered."""
    schema = _schema()
    authorizer, profile = PolicyAuthorizer(), built_in_policy().profile(frozenset({"actuary"}))
    keep_what_is_loaded()  # as a process that serves does

    def plan(text: str) -> object:
        operation = Gate(schema._schema, open_schema=False).document(text, None).operation(None)
        plans = Plans(schema.catalog, authorizer)
        if operation is None:
            raise ValueError("there is no operation in the document")
        return plans.query(operation, plans.variables(operation, {}), profile)

    return plan


def _schema() -> AlmonerSchema:
    return AlmonerSchema(query=Query, open_schema=False)
