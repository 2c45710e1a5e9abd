"""The schema as it is published."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_specified_scalar_type,
)
from graphql.utilities import find_breaking_changes

from almoner_graphql import schema as module
from almoner_graphql.rates.enums import Exhibit, RateColumn, Status, TieOut

COMMITTED = module.FILE.read_text(encoding="utf-8")
SCHEMA = build_schema(module.printed_schema())


def type_of(name) -> Any:
    return SCHEMA.type_map[name]


def own_types():
    return {
        name: type_
        for name, type_ in SCHEMA.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(type_)
    }


def test_the_committed_schema_is_the_printed_one():
    assert module.printed_schema() == COMMITTED, "run: python -m almoner_graphql.schema --write"


def test_nothing_that_clients_rely_on_has_changed():
    assert find_breaking_changes(build_schema(COMMITTED), SCHEMA) == []


@pytest.mark.parametrize(
    ("line", "other", "kind"),
    [
        ("  display: String!\n", "  shown: String!\n", "FIELD_REMOVED"),
        ("  ONE_UNIT\n", "  ONE\n", "VALUE_REMOVED_FROM_ENUM"),
        ("  repair: String\n", "  repair: Int\n", "FIELD_CHANGED_KIND"),
    ],
)
def test_the_check_notices_what_is_taken_away(line, other, kind):
    assert line in COMMITTED
    changes = find_breaking_changes(build_schema(COMMITTED), build_schema(COMMITTED.replace(line, other, 1)))
    assert kind in [change.type.name for change in changes]


def test_everything_has_a_description():
    bare = []
    for name, type_ in own_types().items():
        members = {}
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            members = dict(type_.fields)
            for field_name, field in type_.fields.items():
                members |= {f"{field_name}({arg})": value for arg, value in field.args.items()}
        elif isinstance(type_, GraphQLInputObjectType):
            members = dict(type_.fields)
        elif isinstance(type_, GraphQLEnumType):
            members = dict(type_.values)
        bare += [name] if not type_.description else []
        bare += [f"{name}.{member}" for member, value in members.items() if not value.description]
    assert bare == []


def test_every_node_can_be_found_by_its_id():
    schema = module.build_schema(open_schema=True)
    nodes = {type_.name for type_ in SCHEMA.get_possible_types(type_of("Node"))}
    assert {name for name in nodes if schema.catalog.reads(schema._schema.type_map[name]).table is None} == set()
    assert len(nodes) >= 3


def test_every_query_is_read_from_tables():
    schema = module.build_schema(open_schema=True)
    root = schema._schema.query_type
    assert root is not None
    assert [name for name in root.fields if schema.catalog.field(root, name) is None] == []


def test_no_scalar_lets_anything_through():
    scalars = {name for name, type_ in own_types().items() if type(type_).__name__ == "GraphQLScalarType"}
    assert scalars == {"Decimal", "Date", "DateTime"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Exhibit", [item.value for item in Exhibit]),
        ("RateColumn", [item.value for item in RateColumn]),
        ("TieOut", [item.value for item in TieOut]),
        ("RateDevelopmentStatus", [item.value for item in Status]),
    ],
)
def test_enums_have_the_values_of_the_domain(name, values):
    assert list(type_of(name).values) == values


@pytest.mark.parametrize(
    ("type_name", "fields"),
    [
        (
            "SubmitRateDevelopmentPayload",
            {"rateDevelopment": "RateDevelopment", "job": "Job", "problems": "[Problem!]!"},
        ),
        ("Problem", {"code": "String!", "message": "String!", "path": "[String!]!"}),
    ],
)
def test_types_of_the_contract_have_exactly_its_fields(type_name, fields):
    assert {name: str(field.type) for name, field in type_of(type_name).fields.items()} == fields


@pytest.mark.parametrize(
    ("type_name", "fields"),
    [
        (
            "RateDevelopment",
            {
                "id": "ID!",
                "name": "String!",
                "status": "RateDevelopmentStatus!",
                "revision": "Int!",
                "figures": "RateFigureConnection!",
                "tieOut": "TieOutSummary",
            },
        ),
        (
            "RateFigure",
            {
                "exhibit": "Exhibit!",
                "rateCell": "String",
                "contractor": "String",
                "line": "String!",
                "column": "RateColumn",
                "value": "Decimal!",
                "display": "String!",
                "printed": "String",
                "tieOut": "TieOut",
                "repair": "String",
                "formula": "String!",
                "inputs": "[RateFigure!]!",
            },
        ),
        ("TieOutSummary", {"exact": "Int!", "oneUnit": "Int!", "differs": "Int!"}),
    ],
)
def test_types_of_the_contract_have_at_least_its_fields(type_name, fields):
    found = {name: str(field.type) for name, field in type_of(type_name).fields.items()}
    assert {name: found.get(name) for name in fields} == fields


def test_the_command_prints_the_schema():
    command = [sys.executable, "-m", "almoner_graphql.schema"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == COMMITTED
