"""A plan is kept for long: of the document and of what built it, it keeps what gives parameters their values."""

from __future__ import annotations

import gc
from types import FunctionType, ModuleType

import pytest
from graphql import FieldNode, GraphQLField, OperationDefinitionNode, SelectionSetNode, Token
from graphql.language import Node
from sqlalchemy.sql.elements import ClauseElement

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.authorization.policy import built_in_policy
from almoner.core.ids import global_id, new_id
from almoner_graphql.gate import Gate
from almoner_graphql.planner.build import Builder
from almoner_graphql.planner.plan import Plans
from almoner_graphql.schema import build_schema

SCHEMA = build_schema(open_schema=True)
PROFILE = built_in_policy().profile(frozenset({"program_administrator"}))
DOCUMENTS = {
    "a page": "{ jobs(first: 5, filter: {state: {eq: DONE}}) { edges { cursor node { id kind } } } }",
    "a page in variables": "query ($n: Int, $at: String) {"
    " jobs(first: $n, after: $at) { nodes { id subject { id } } } }",
    "an id": f'{{ job(id: "{global_id("Job", new_id())}") {{ id kind state }} }}',
    "pages in a fragment": "{ rateDevelopments { nodes { ...F } } } fragment F on RateDevelopment {"
    " figures(revision: 1, first: 3) { nodes { id line inputs { id } } } }",
}


def planned(text):
    operation = Gate(SCHEMA._schema, open_schema=True).document(text, None).operation(None)
    assert operation is not None
    plans = Plans(SCHEMA.catalog, PolicyAuthorizer())
    return plans.query(operation, plans.variables(operation, {}), PROFILE)


def kept_by(plan):
    """All that a plan keeps from being forgotten, without the schema and the code."""
    found, rest = {}, [plan]
    while rest:
        one = rest.pop()
        if id(one) in found or isinstance(one, type | ModuleType | GraphQLField):
            continue
        found[id(one)] = one
        rest += one.__closure__ or () if isinstance(one, FunctionType) else gc.get_referents(one)
    return [*found.values()]


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_plan_keeps_its_arguments_and_neither_document_nor_builder(text):
    kept = kept_by(planned(text))
    assert any(isinstance(one, FieldNode) for one in kept)
    assert not [one for one in kept if isinstance(one, OperationDefinitionNode | SelectionSetNode | Builder)]
    assert not [one for one in kept if isinstance(one, ClauseElement)]


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_node_does_not_keep_the_tokens_around_it(text):
    kept = kept_by(planned(text))
    nodes = [one for one in kept if isinstance(one, Node)]
    assert len([one for one in kept if isinstance(one, Token)]) <= 2 * len(nodes)
    assert all(one.loc is not None for one in nodes)  # errors say where
