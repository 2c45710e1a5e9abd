"""Arguments that cannot be meant are refused with a code; variables of another shape get a plan of their own."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from graphql import GraphQLError

from almoner.core.errors import Invalid
from almoner_graphql.errors import present
from almoner_graphql.planner.plan import BadVariables

pytestmark = pytest.mark.anyio


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


UUID = "01a2001f-c5b5-7a64-a44e-4cf39a4a4efd"
PAGE = """query ($first: Int, $after: String, $last: Int, $before: String) {
    rateDevelopments(first: $first, after: $after, last: $last, before: $before, orderBy: %s) { totalCount } }"""


async def problems(roads: Any, document: str, role: str = "actuary", **variables: Any) -> list[dict[str, Any]]:
    """How the client is told."""
    with pytest.raises((GraphQLError, Invalid)) as caught:
        await roads.ask(document, role, **variables)
    error = caught.value
    shown = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
    extensions = present(shown, executing=True, suggestions=True).extensions or {}
    assert extensions["code"] == "INVALID"
    return extensions["problems"]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"first": -1}, "PAGE_SIZE", ["first"]),
        ({"first": 101}, "PAGE_SIZE", ["first"]),
        ({"last": 101}, "PAGE_SIZE", ["last"]),
        ({"first": 1, "last": 1}, "PAGE_CONTRADICTION", ["last"]),
        ({"first": 0, "last": 0}, "PAGE_CONTRADICTION", ["last"]),
    ],
)
async def test_a_page_that_cannot_be_is_refused(roads, given, code, path):
    (problem,) = await problems(roads, PAGE % "null", **given)
    assert (problem["code"], problem["path"]) == (code, path)


BAD_CURSORS = [
    "",
    "bad",
    "Ω",
    "\0",
    packed(["Job", UUID]),
    packed(["RateDevelopment"]),
    packed(["RateDevelopment", UUID, UUID]),
    packed(["RateDevelopment", 7]),
    packed(["RateDevelopment", None]),
    packed(["RateDevelopment", "x' or true --"]),
    packed(["RateDevelopment by name", "a", UUID]),
    packed({"RateDevelopment": UUID}),
    packed([["RateDevelopment"], UUID]),
    base64.b64encode(b"[" * 100_000).decode(),
    base64.b64encode(b'["RateDevelopment","\xff"]').decode(),
]


@pytest.mark.parametrize("cursor", BAD_CURSORS, ids=range(len(BAD_CURSORS)))
@pytest.mark.parametrize("argument", ["after", "before"])
async def test_a_cursor_of_another_list_or_of_nothing_is_refused(roads, cursor, argument):
    (problem,) = await problems(roads, PAGE % "null", **{argument: cursor})
    assert (problem["code"], problem["path"]) == ("BAD_CURSOR", [argument])
    assert "pageInfo" in problem["message"]


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("NAME_ASC", ["RateDevelopment by -name", "a", UUID]),
        ("NAME_ASC", ["RateDevelopment by name", "nul \0", UUID]),
        ("NAME_ASC", ["RateDevelopment by name", "\ud800", UUID]),
        ("SUBMITTED_AT_ASC", ["RateDevelopment by submitted_at", "yesterday", UUID]),
        ("SUBMITTED_AT_ASC", ["RateDevelopment by submitted_at", "0001-01-01 00:00:00+07", UUID]),
        ("SUBMITTED_AT_ASC", ["RateDevelopment by submitted_at", "9999-12-31 23:59:59-07", UUID]),
        ("SUBMITTED_AT_ASC", ["RateDevelopment by submitted_at", "NaN", UUID]),
    ],
)
async def test_a_cursor_that_says_nothing_in_this_order_is_refused(roads, order, keys):
    (problem,) = await problems(roads, PAGE % order, after=packed(keys))
    assert problem["code"] == "BAD_CURSOR"


@pytest.mark.parametrize("number", ["9" * 30, "9" * 10_000, "1e3", "", "-9223372036854775809"])
async def test_a_cursor_with_a_strange_number_is_refused(roads, number):
    document = "query ($after: String) { rateDevelopments { nodes { figures(after: $after) { totalCount } } } }"
    (problem,) = await problems(roads, document, after=packed(["RateFigure", number]))
    assert problem["code"] == "BAD_CURSOR"


async def test_what_is_no_instant_is_refused_with_its_place(roads):
    document = "query ($at: DateTime) { jobs(filter: {requestedAt: {lte: $at}}) { totalCount } }"
    for text in ("yesterday", "", "2026-02-30", "0001-01-01T00:00:00+07:00", "٢٠٢٦-01-01x"):
        (problem,) = await problems(roads, document, at=text)
        assert problem["code"] == "INSTANT_MALFORMED"
        assert problem["path"] == ["filter", "requestedAt", "lte"]


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800"])
async def test_a_text_that_cannot_be_stored_is_refused(roads, text):
    for document in (
        "query ($t: String!) { rateDevelopments(packageDigest: $t) { totalCount } }",
        "query ($t: String!) { journal(filter: {action: {eq: $t}}) { totalCount } }",
        "query ($t: String!) { journal(filter: {action: {in: [$t]}}) { totalCount } }",
    ):
        (problem,) = await problems(roads, document, "auditor", t=text)
        assert problem["code"] == "TEXT_NOT_STORABLE"


@pytest.mark.parametrize("variables", [{}, {"id": None}, {"id": ["x"]}, {"id": {}}, {"id": True}])
async def test_variables_that_do_not_fit_are_named(roads, variables):
    with pytest.raises(BadVariables, match=r"\$id"):
        await roads.ask("query ($id: ID!) { job(id: $id) { kind } }", **variables)


async def test_one_document_with_variables_of_different_shapes_has_a_plan_for_each(roads):
    document = """query ($after: String, $names: Boolean!, $filter: RateFigureFilter, $order: RateDevelopmentOrder) {
        rateDevelopments(after: $after, orderBy: $order) { totalCount nodes { id name @include(if: $names)
            figures(first: 2, filter: $filter) { totalCount } } pageInfo { endCursor } } }"""
    first = await roads.read("{ rateDevelopments(first: 1) { pageInfo { endCursor } } }")
    shapes: list[dict[str, Any]] = [
        {"names": True},
        {"names": False},
        {"names": True, "filter": {"exhibit": {"eq": "B"}}},
        {"names": True, "filter": {"exhibit": {"in": ["B", "C1"]}, "line": None}},
        {"names": True, "filter": {"exhibit": {"eq": None, "in": []}}},
        {"names": True, "filter": {"contractor": {"isNull": True}}},
        {"names": True, "filter": {"contractor": {"isNull": False}}},
        {"names": True, "order": "NAME_ASC"},
        {"names": True, "order": "NAME_DESC", "after": None},
        {"names": False, "after": first["rateDevelopments"]["pageInfo"]["endCursor"]},
    ]
    for variables in [*shapes, *reversed(shapes)]:
        await roads.compare(document, "actuary", variables)


async def test_values_alone_make_no_new_plan(roads):
    document = """query ($n: Int, $t: String) {
        jobs(first: $n) { nodes { id } } rateDevelopments(packageDigest: $t) { totalCount } }"""
    await roads.ask(document, n=1, t="a")
    before = len(roads.reader._plans)
    for number in range(2, 20):
        await roads.ask(document, n=number, t=str(number))
    assert len(roads.reader._plans) == before


@pytest.mark.parametrize(
    "document", ["{ viewer @skip(if: true) { id } }", "{ jobs @include(if: false) { totalCount } }"]
)
async def test_a_query_of_which_everything_is_skipped_is_an_empty_object(roads, document):
    assert (await roads.ask(document)).json == b"{}"
