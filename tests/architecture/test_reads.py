"""There is one implementation of a read: what a client selects is read by `planner/reader.py`, from declarations."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from graphql import GraphQLObjectType
from strawberry.types.base import StrawberryObjectDefinition

from almoner.core.tables import METADATA
from almoner_graphql.schema import build_schema

SOURCE = Path(__file__).parents[2] / "graphql" / "almoner_graphql"
SCHEMA = build_schema(open_schema=True)
ROOTS = {"Query", "Mutation", "Subscription"}
#: What opens a connection or a transaction, or sends a statement.
REACHES = {
    *("acquire", "connect", "create_async_engine", "create_pool"),
    *("scope", "public_scope", "reading_scope", "operator_scope", "worker_scope"),
    *("tenant_transaction", "global_transaction"),
    *("execute", "fetch", "fetchrow", "lent", "fetchval", "scalar_one", "scalars", "stream_scalars"),
}
#: Who may do so outside of the planner, and what for. `bench` is what the planner is measured against.
ALLOWED = {
    "planner/reader.py": {"reading_scope"},
    "planner/connections.py": {"acquire", "create_pool", "execute", "fetchrow", "lent"},
    "context.py": {"scope"},  # verbs
    "follow.py": {"scope"},  # whether what is followed is finished
    "exports/endpoints.py": {"public_scope"},  # which committee the address of a calendar names
    "committees/documents_endpoint.py": {"reading_scope", "scope"},  # bytes, which no selection could ask for
    "endpoint.py": {"execute"},  # of Strawberry's schema, not of a database
}


def reached(source: str) -> set[str]:
    """What a module calls that reaches the database, by name."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls}
    return names & REACHES


def modules():
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith("bench/"):
            yield name, path.read_text(encoding="utf-8")


def object_types() -> dict[str, GraphQLObjectType]:
    types = SCHEMA._schema.type_map.items()
    return {name: one for name, one in types if isinstance(one, GraphQLObjectType) and not name.startswith("__")}


def test_only_the_reader_reads_for_a_client():
    assert {name: found for name, source in modules() if (found := reached(source))} == ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "async def jobs(info):\n    async with info.context.scope() as scope:\n        return await jobs_of(scope)",
        "async def jobs(house):\n    async with house.database.tenant_transaction(house.id) as session: ...",
        "async def jobs(pool):\n    return await pool.fetch('select 1')",
    ],
)
def test_a_second_reader_would_be_noticed(source):
    assert reached(source)


def test_the_api_takes_no_reading_functions_from_the_domain():
    found = {}
    for name, source in modules():
        imported = [node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
        readers = [module for module in imported if module.startswith("almoner.") and module.endswith(".read")]
        if readers:
            found[name] = readers
    assert found == {
        "jobs/subscriptions.py": ["almoner.jobs.read"],
        "committees/subscriptions.py": ["almoner.committees.read"],
    }


def test_no_field_but_those_of_verbs_and_subscriptions_has_a_resolver():
    found = [
        f"{name}.{field.name}"
        for name, one in object_types().items()
        if name not in ("Mutation", "Subscription")
        for field in one.extensions["strawberry-definition"].fields
        if field.base_resolver is not None
    ]
    assert found == []


SHOWN_ONCE = {
    "AccountTokenPayload",
    "BeginProviderSignInPayload",
    "CreateCalendarFeedPayload",
    "CredentialsPayload",
    "EnrolAuthenticatorPayload",
    "LoginPayload",
    "PasswordPayload",
    "RecoveryCodesPayload",
    "RemoveAuthenticatorPayload",
    "SessionsPayload",
    "StepUpPayload",
}


def test_every_type_is_declared_but_those_that_no_row_is_behind():
    generic = {"Connection", "Edge"}
    undeclared = set()
    for name, one in object_types().items():
        definition: StrawberryObjectDefinition = one.extensions["strawberry-definition"]
        if not SCHEMA.catalog.is_read(one) and definition.origin.__name__ not in generic:
            undeclared.add(name)
    # A page is made of its nodes; what signing in gives is shown once, and stored nowhere as it is.
    assert undeclared == {*ROOTS, "PageInfo", *SHOWN_ONCE}


def test_a_type_that_is_called_like_a_table_reads_it():
    types = object_types()
    tables = {name.rpartition(".")[2].replace("_", "").lower(): name for name in METADATA.tables}
    found = {}
    for name, one in types.items():
        if name.lower() in tables:
            table = SCHEMA.catalog.reads(one).table
            found[name] = None if table is None else table.__table__.fullname  # type: ignore[attr-defined]
    derived = {"Tenant", "RateRules"}  # a table of no tenant; the tenant's row or the defaults
    assert {name for name, table in found.items() if table is None} == derived
    assert [name for name, table in found.items() if table not in (None, tables[name.lower()])] == []
    assert len(found) > 8
