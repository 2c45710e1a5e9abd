"""The rules of the specification that a document is not held to, since nothing in its text could break them."""

from __future__ import annotations

import pytest
from graphql import parse, specified_rules, validate

from almoner_graphql.gate import _ABOUT, _rules_for
from almoner_graphql.schema import build_schema

RULES = {rule.__name__: rule for rule in specified_rules}
SCHEMA = build_schema(open_schema=True)._schema
DEEP = "fields { type { fields { type { fields { name } } } } }"
#: Each breaks the rule, with as few of the marks in it as can be.
BREAKING = [
    ("FragmentsOnCompositeTypesRule", "{ ... on DateTime { x } }"),
    ("KnownFragmentNamesRule", "{ ...nowhere }"),
    ("NoFragmentCyclesRule", "fragment a on Query { ...a }"),
    ("NoUnusedFragmentsRule", "{ viewer { id } } fragment a on Query { __typename }"),
    ("PossibleFragmentSpreadsRule", "{ ... on Job { id } }"),
    ("UniqueFragmentNamesRule", "fragment a on Query { __typename } fragment a on Query { __typename }"),
    ("KnownDirectivesRule", "{ viewer @nowhere { id } }"),
    ("UniqueDirectivesPerLocationRule", "{ viewer @skip(if: true) @skip(if: true) { id } }"),
    ("DeferStreamDirectiveLabel", "query ($a: String) { ... @defer(label: $a) { __typename } }"),
    ("DeferStreamDirectiveOnRootField", "mutation { ... on Mutation @defer { __typename } }"),
    ("DeferStreamDirectiveOnValidOperationsRule", 'subscription { jobChanged(id: "x") { ... @defer { id } } }'),
    ("StreamDirectiveOnListField", "{ viewer @stream(initialCount: 1) { id } }"),
    ("NoUndefinedVariablesRule", "{ job(id: $a) { id } }"),
    ("NoUnusedVariablesRule", "query ($a: ID) { viewer { id } }"),
    ("UniqueVariableNamesRule", "query ($a: ID, $a: ID) { viewer { id } }"),
    ("VariablesAreInputTypesRule", "query ($a: Job) { viewer { id } }"),
    ("VariablesInAllowedPositionRule", "query ($a: String!) { job(id: $a) { id } }"),
    ("KnownTypeNamesRule", "query ($a: Nowhere) { viewer { id } }"),
    ("KnownTypeNamesRule", "{ ... on Nowhere { id } }"),
    ("KnownTypeNamesRule", "fragment a on Nowhere { id }"),
    ("MaxIntrospectionDepthRule", "{ __schema { types { " + DEEP + " } } }"),
    ("MaxIntrospectionDepthRule", '{ __type(name: "Job") { ' + DEEP + " } }"),
    ("SingleFieldSubscriptionsRule", 'subscription { jobChanged(id: "x") { id } b: jobChanged(id: "x") { id } }'),
]


@pytest.mark.parametrize(("name", "text"), BREAKING, ids=lambda value: value)
def test_a_document_that_breaks_a_rule_is_held_to_it(name, text):
    assert validate(SCHEMA, parse(text), [RULES[name]]) != []
    assert RULES[name] in _rules_for(text)


def test_every_rule_that_may_be_left_out_is_one_and_has_a_document_that_breaks_it():
    idle = {name for names in _ABOUT.values() for name in names}
    assert idle == {name for name, _ in BREAKING}
    assert not {rule.__name__ for rule in _rules_for("{ viewer { id } }")} & idle
