"""The planner and the oracle agree about everything that is awkward."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.planner.awkward.tables import LONG_TEXT, TEXTS
from tests.planner.generated import ROLES, compare_all
from tests.planner.oracle.engine import day_text, instant_text, utc
from tests.planner.writer import Samples

from almoner.core.ids import global_id

pytestmark = pytest.mark.anyio

ORDERS = [f"{key}_{end}" for key in ("LABEL", "NUMBER", "FIRST_ON", "NOTED_AT") for end in ("ASC", "DESC")]
MANY = range(60)
EQUAL = "key" * 21


async def _cursors(roads: Any, field: str, order: str | None = None) -> list[str]:
    text = f"{{ {field}{f'(orderBy: {order})' if order else ''} {{ edges {{ cursor }} }} }}"
    return [edge["cursor"] for edge in (await roads.expected(text, "auditor")).data[field]["edges"]]


async def _nested_cursors(roads: Any, field: str) -> list[str]:
    text = f"{{ all {{ {field} {{ edges {{ cursor }} }} }} }}"
    found = (await roads.expected(text, "auditor")).data["all"]
    return [edge["cursor"] for item in found for edge in item[field]["edges"]]


async def _samples(roads: Any, rows: Any) -> Samples:
    cursors: dict[tuple[str, str | None], list[str]] = {
        ("OddConnection", order): await _cursors(roads, "odds", order) for order in ORDERS
    }
    # Lists that are sorted by different keys have cursors of different kinds, though their type is the same.
    cursors["SecretConnection", None] = await _cursors(roads, "secrets")
    cursors["ShapeConnection", None] = await _nested_cursors(roads, "shapes")
    ids = [global_id(type_, row.id) for type_, found in rows.items() for row in found[::3]]
    odds = rows["Odd"]
    instants = [utc(row.noted_at) for row in odds[:12]]
    values: dict[str, list[Any]] = {
        "Int": [*{row.number for row in odds[::4]}, -(2**31), 2**31 - 1, 0],
        "String": [*TEXTS[:10], "same", "nothing"],
        "Date": [*{day_text(row.first_on) for row in odds}, "2000-01-01"],
        "DateTime": [*map(instant_text, instants), "2026-03-29T04:30:00+02:00", "1969-12-31"],
    }
    return Samples([*ids, "bm90aGluZw==", "", "Ω"], cursors, values)


async def test_generated_operations_answer_alike_by_both_roads(awkward, awkward_rows, capsys):
    said = await compare_all(awkward, await _samples(awkward, awkward_rows), ROLES)
    with capsys.disabled():
        sys.stdout.write(said)


EVERYTHING = """
    id label number firstOn notedAt note fixed exact small day at tags mood flag select order user sum never hidden
    part { big mood again { big again { mood } } } maybe { mood } parent { id label }
    secret { id text detail failure } target { __typename ... on Secret { text } ... on Plain { its: text } }
    circle { label } square { label side }
    named { __typename id } shape { __typename label ... on Circle { radius } ... on Square { side } }
    youngest { id } siblings { id } shapes { totalCount nodes { label } }
    children { totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }
"""


@pytest.mark.parametrize("role", ROLES)
async def test_every_field_of_every_row_is_the_same(awkward, role):
    await awkward.compare(
        f"{{ all {{ {EVERYTHING} }} odds {{ edges {{ cursor node {{ {EVERYTHING} }} }} }} }}", role, {}
    )


async def test_an_object_of_which_nothing_is_selected_is_there_and_empty(awkward):
    inside = "target { ... on Secret { text } } parent { id @skip(if: true) } siblings { id @skip(if: true) }"
    await awkward.compare(f"{{ all {{ {inside} shapes {{ nodes {{ label @skip(if: true) }} }} }} }}", ROLES[0], {})


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("end", ["first: $size, after: $at", "last: $size, before: $at"])
async def test_pages_in_any_order_meet_without_a_gap(awkward, order, end):
    text = f"""query ($size: Int, $at: String) {{ odds({end}, orderBy: {order}) {{
        nodes {{ number }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"""
    at = None
    seen: list[int] = []
    for _page in range(40):
        await awkward.compare(text, "auditor", {"size": 4, "at": at})
        page = (await awkward.read(text, "auditor", size=4, at=at))["odds"]
        numbers = [node["number"] for node in page["nodes"]]
        forward = "first" in end
        seen = [*seen, *numbers] if forward else [*numbers, *seen]
        at = page["pageInfo"]["endCursor" if forward else "startCursor"]
        if not page["pageInfo"]["hasNextPage" if forward else "hasPreviousPage"]:
            break
    whole = (await awkward.read(f"{{ odds(orderBy: {order}) {{ nodes {{ number }} }} }}", "auditor"))["odds"]["nodes"]
    assert seen == [node["number"] for node in whole]
    assert len(seen) == 33


@pytest.mark.parametrize(
    "selection",
    [
        " ".join(f"k{n}: {name}" for n in MANY for name in ("cursor",)) + " __typename node { id }",
        "node { " + " ".join(f"k{n}: label" for n in MANY) + " __typename never tags }",
        f"node {{ {EQUAL}1: label {EQUAL}2: note {EQUAL}{'2' * 60}: number "
        + " ".join(f"k{n}: tags" for n in MANY)
        + " }",
        f"{EQUAL}1: cursor {EQUAL}2: __typename {EQUAL}3: node {{ {EQUAL}1: part {{ {EQUAL}1: mood }} }}",
    ],
)
async def test_very_many_and_very_long_keys_in_edges_are_all_there(awkward, selection):
    await awkward.compare(f"{{ odds(first: 7) {{ edges {{ {selection} }} }} }}", "actuary", {})


@pytest.mark.parametrize(
    "selection",
    [
        " ".join(f"k{n}: totalCount" for n in MANY) + " __typename nodes { id }",
        " ".join(f"k{n}: totalCount" for n in MANY) + " __typename",
        "pageInfo { " + " ".join(f"k{n}: startCursor" for n in MANY) + " __typename hasNextPage }",
    ],
)
async def test_very_many_keys_in_a_connection_are_all_there(awkward, selection):
    await awkward.compare(f"{{ odds(first: 7) {{ {selection} }} }}", "actuary", {})


async def test_response_keys_may_be_names_that_the_statement_uses(awkward):
    keys = " ".join(f"{letter}{n}: label" for letter in ("o", "t", "g", "k", "n") for n in range(12))
    text = f"{{ odds(first: 1) {{ nodes {{ {keys} r: number c: label json: id }} }} all {{ {keys} }} o1: __typename }}"
    await awkward.compare(text, "actuary", {})


async def test_a_text_of_100_kb_comes_out_whole(awkward):
    assert len(LONG_TEXT) > 100_000
    found = await awkward.read("query ($t: String!) { odds(filter: {note: {eq: $t}}) { nodes { note } } }", t=LONG_TEXT)
    assert {node["note"] for node in found["odds"]["nodes"]} == {LONG_TEXT}


async def test_an_id_of_one_type_of_a_table_is_none_of_another(awkward, awkward_rows):
    row = awkward_rows["Odd"][0]
    for type_ in ("Circle", "Square", "Shape", "odd", "Odd "):
        text = "query ($id: ID!) { odd(id: $id) { id } named(id: $id) { id } }"
        assert await awkward.read(text, id=global_id(type_, row.id)) == {"odd": None, "named": None}


async def test_the_rows_are_as_awkward_as_they_should_be(awkward_rows):
    odds = awkward_rows["Odd"]
    assert {date.min, date.max} <= {row.first_on for row in odds}
    assert {datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)} <= {utc(row.noted_at) for row in odds}
    assert len({row.label for row in odds}) < len(odds) - 5
    assert any(row.noted_at.microsecond % 1000 for row in odds)
