"""Nothing that the schema offers goes through a large table from end to end, nor looks at many rows for a few.

Every list with every operator of every filter and in every order, nested ones too, and every root that takes an id: a
new one is here as soon as the schema has it.
"""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

from almoner.core.database import libpq_url
from almoner.core.ids import global_id
from almoner_graphql.gate import Refusal

pytestmark = pytest.mark.anyio

MANY = runpy.run_path(str(Path(__file__).with_name("many_rows.py")))
SCHEMA = MANY["SCHEMA"]._schema
VIEWERS = {"everything": MANY["SEES_ALL"], "its own": MANY["SEES_OWN"]}
PAGE = 10
#: As PostgreSQL calls a plan for any values, which it may settle for after some executions.
GENERIC = "generic_plan"
#: PostgreSQL tells such plans since then.
GENERIC_SINCE = 16

_SUBJECT = global_id("Subject", MANY["row_id"](8))
_REVISION = 1
#: Values for what is asked for, by the names of arguments and of filters' fields; for instants, by their type.
EXAMPLES: dict[str, list[Any]] = {
    "id": [global_id("RateDevelopment", MANY["row_id"](1))],
    "committee.id": [global_id("Committee", MANY["row_id"](1))],
    "meeting.id": [global_id("Meeting", MANY["row_id"](220))],
    "committee": [global_id("Committee", MANY["row_id"](1))],
    "paper": [global_id("Paper", MANY["row_id"](1))],
    "beforeRevision": [_REVISION],
    "afterRevision": [_REVISION],
    "packageDigest": ["0" * 64],
    "subject": [global_id("RateDevelopment", MANY["row_id"](number)) for number in (1, 3999)],
    "actor": [_SUBJECT],
    "sponsor": [_SUBJECT],
    "email": ["8@agency.example", "nothing"],
    "DayFilter": ["2026-03-01", "2030-01-01"],
    "client": [_SUBJECT],
    "organization": [global_id("Organization", MANY["row_id"](number)) for number in (1, 51)],
    "role": ["auditor", "nothing"],
    "code": ["C7", "nothing"],
    "name": ["Party 7", "nothing"],
    "action": ["rate_rules.set", "rate_development.3", "nothing"],
    "rateCell": ["CELL-7"],
    "contractor": ["CONTRACTOR-4"],
    "line": ["rate"],
    "number": [1],
    "version": [0],
    "beforeVersion": [0],
    "afterVersion": [0],
    "permission": ["job:view"],
    "resource": ["job"],
    "InstantFilter": ["2020-01-01T01:00:00Z", "2020-01-02T12:00:00Z", "2030-01-01T00:00:00Z"],
}


# --- operations from the schema ------------------------------------------------------------------------------------


def lists(type_: Any, path: tuple[str, ...], seen: set[str]) -> Iterator[tuple[str, GraphQLField]]:
    """Where the schema first has each connection, as `root(…).field`, and its field."""
    if type_.name in seen or not isinstance(type_, GraphQLObjectType):
        return
    seen.add(type_.name)
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if "pageInfo" in getattr(inner, "fields", {}):
            yield ".".join((*path, name)), field
        else:
            yield from lists(inner, (*path, name), seen)


LISTS = dict(lists(SCHEMA.query_type, (), set()))
TYPES = [one.name for one in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])]


def ambiguous() -> set[str]:
    """Leaves that are of different types in different types, and so need different names beside each other."""
    kinds: dict[str, set[str]] = {}
    for one in SCHEMA.get_possible_types(SCHEMA.type_map["Node"]):
        for name, field in one.fields.items():
            kinds.setdefault(name, set()).add(str(field.type))
    return {name for name, found in kinds.items() if len(found) > 1}


AMBIGUOUS = ambiguous()


def opened(name: str, field: GraphQLField, arguments: str = "") -> str:
    """A field with its required arguments and these."""
    examples = {key: EXAMPLES.get(f"{name}.{key}", EXAMPLES.get(key, [])) for key in field.args}
    needed = [f"{key}: {json.dumps(examples[key][0])}" for key, one in field.args.items() if is_required_argument(one)]
    given = ", ".join([*needed, *([arguments] if arguments else [])])
    return f"{name}({given})" if given else name


def operation(place: str, arguments: str) -> str:
    """One list, with what its nodes say without going elsewhere."""
    type_, parts = SCHEMA.query_type, []
    for name in place.split("."):
        field = type_.fields[name]
        parts.append(opened(name, field, arguments if field is LISTS[place] else ""))
        type_ = get_named_type(field.type)
    node = get_named_type(type_.fields["nodes"].type)
    leaves = " ".join(name for name, one in node.fields.items() if is_leaf_type(get_named_type(one.type)))
    text = f"{{ edges {{ cursor node {{ {leaves} }} }} pageInfo {{ hasNextPage endCursor }} }}"
    for part in reversed(parts):
        text = f"{{ {part} {text} }}"
    return text


def conditions(field: GraphQLField) -> Iterator[str]:
    """Every operator of every field of a list's filter, and its own arguments."""
    if "filter" in field.args:
        asked: Any = get_named_type(field.args["filter"].type)
        for name, one in asked.fields.items():
            yield from (f"filter: {{{name}: {{{what}}}}}" for what in operators(name, get_named_type(one.type)))
    for name in EXAMPLES:
        if name in field.args and not is_required_argument(field.args[name]):
            yield f"{name}: {json.dumps(EXAMPLES[name][0])}"


def operators(name: str, filter_: GraphQLInputObjectType) -> Iterator[str]:
    for operator, field in filter_.fields.items():
        type_ = get_named_type(field.type)
        if operator == "isNull":
            yield from ("isNull: true", "isNull: false")
            continue
        if isinstance(type_, GraphQLEnumType):
            values = [*type_.values][:: max(1, len(type_.values) // 3)]
        else:
            values = [json.dumps(value) for value in EXAMPLES[filter_.name if name not in EXAMPLES else name]]
        yield from ([f"in: [{', '.join(values)}]"] if operator == "in" else (f"{operator}: {one}" for one in values))


def orders(field: GraphQLField) -> list[str]:
    """The orders of a list, its own first."""
    if "orderBy" not in field.args:
        return [""]
    offered: Any = get_named_type(field.args["orderBy"].type)
    return ["", *(f"orderBy: {name}" for name in offered.values)]


def everything(type_: Any, depth: int, above: tuple[str, ...] = ()) -> str:
    """All fields of a type, and of what they lead to, for so many steps; aliased by their types, which may differ."""
    if is_abstract_type(type_):
        # All of them at any depth would be more than a document may say; each has a test of its own.
        possible, inside = SCHEMA.get_possible_types(type_), 0 if above else 1
        return " ".join(f"... on {one.name} {{ {everything(one, inside, above)} }}" for one in possible)
    parts = ["__typename"]
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if name == "totalCount":
            continue  # which counts all rows of the tenant, and those may well be most of the table
        if is_leaf_type(inner):
            parts.append(f"{type_.name}_{name}: {name}" if name in AMBIGUOUS else name)
        elif depth and name not in above and name != "edges":
            found = everything(inner, depth if name == "nodes" else depth - 1, (*above, name))
            parts.append(
                f"{type_.name}_{name}: {opened(name, field, 'first: 3' if 'first' in field.args else '')} {{ {found} }}"
            )
    return " ".join(parts)


def deepest(written: Callable[[int], str], most: int = 3) -> str:
    """The deepest text of these that is not refused: of what leads far, all of it is more than anybody may ask for."""
    for depth in range(most, 1, -1):
        try:
            MANY["SCHEMA"].gate.document(written(depth), None)
        except Refusal:
            continue
        return written(depth)
    return written(1)


# --- what PostgreSQL makes of them ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(superuser_url):
    with MANY["database"](superuser_url, MANY["SMALL"]) as url:
        yield url


@pytest.fixture
async def many(filled):
    async with MANY["reading"](filled) as many:
        yield many


async def faults(many, text, viewer, *, most=None):
    """What is wrong with the plans of an operation: of the one for its values, and of the one for any."""
    plan = await many.explain(text, who=VIEWERS[viewer])
    found = {*many.far_scans(plan)}
    if many.version >= GENERIC_SINCE:
        found |= {*many.far_scans(await many.explain(text, who=VIEWERS[viewer], options=GENERIC))}
    looked_at = MANY["rows_looked_at"](plan)
    if most is not None and looked_at > most:
        found.add(f"looks at {looked_at:,.0f} rows")
    return [f"{one}: {text}" for one in sorted(found)]


def most_rows(place: str, *, filtered: bool = False) -> int:
    """How many rows a page may look at: a few for each that it gives, or all figures of two revisions.

    A meeting adds up its agenda. A filter of a committee's list may go through what the one committee has, and a filter
    of meetings by committees through the meetings that these have.
    """
    root = SCHEMA.query_type.fields[place.partition(".")[0]]
    if place.startswith("committee.") and filtered:
        return 20_000
    if place.endswith("meetings"):
        return 60 * PAGE + (600 if filtered else 240 if "." in place else 0)
    return 3 * MANY["FIGURES"] if any(map(is_required_argument, root.args.values())) else 20 * PAGE


def test_a_scan_of_a_large_table_is_named(filled):
    large = frozenset({"journal_entry"})
    with psycopg.connect(libpq_url(filled)) as connection:
        for condition in ("true", "action = 'nothing'", "at > '2030-01-01Z'"):
            text = f"explain (format json) select count(*) from almoner.journal_entry where {condition}"
            ((found,),) = connection.execute(text.encode()).fetchall()
            (scan,) = MANY["far_scans"](found[0]["Plan"], large)
            assert "journal_entry" in scan


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("place", LISTS)
async def test_a_page_is_found_by_an_index(many, place, viewer):
    found = []
    for order in orders(LISTS[place]):
        for size, beyond in (("first", "after"), ("last", "before")):
            page = operation(place, f"{size}: {PAGE} {order}")
            answer = await many.ask(page, who=VIEWERS[viewer])
            (cursor,) = [*re.findall(r'"endCursor" : "([^"]+)"', answer.json.decode()), ""][:1]
            more = [operation(place, f'{size}: {PAGE} {order} {beyond}: "{cursor}"')] if cursor else []
            for text in (page, *more):
                found += await faults(many, text, viewer, most=most_rows(place))
    assert found == []


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("place", LISTS)
async def test_a_filter_finds_its_rows_by_an_index(many, place, viewer):
    found = []
    for condition in conditions(LISTS[place]):
        for end in ("first", "last") if viewer == "everything" else ("first",):
            text = operation(place, f"{end}: {PAGE} {condition}")
            found += await faults(many, text, viewer, most=most_rows(place, filtered=True))
    assert found == []


@pytest.mark.parametrize("place", [place for place in LISTS if len(orders(LISTS[place])) > 1])
async def test_a_filter_with_an_order_scans_no_table(many, place):
    found = []
    for condition in conditions(LISTS[place]):
        for order in orders(LISTS[place])[1:]:
            found += await faults(many, operation(place, f"first: {PAGE} {condition} {order}"), "everything")
    assert found == []


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("type_name", TYPES)
async def test_a_thing_and_all_that_belongs_to_it_are_found_by_their_ids(many, type_name, viewer):
    id_ = global_id(type_name, MANY["row_id"](1))
    head, tail = f'{{ node(id: "{id_}") {{ ... on {type_name} {{', "} } }"
    text = deepest(lambda depth: f"{head} {everything(SCHEMA.type_map[type_name], depth)} {tail}")
    assert await faults(many, text, viewer) == []


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("root", SCHEMA.query_type.fields)
async def test_a_root_and_all_that_belongs_to_it_scan_no_table(many, root, viewer):
    field = SCHEMA.query_type.fields[root]
    first = "first: 3" if "first" in field.args else ""
    type_ = get_named_type(field.type)
    # All types at once are too many fields: one after the other. Each of them goes deeper in the test above.
    abstract, found = is_abstract_type(type_), []
    for one in SCHEMA.get_possible_types(type_) if abstract else [type_]:
        head, tail = (f"{{ ... on {one.name} {{", "} }") if abstract else ("{", "}")
        texts = [f"{{ {opened(root, field, first)} {head} {everything(one, depth)} {tail} }}" for depth in range(4)]
        found += await faults(many, deepest(texts.__getitem__, 1 if abstract else 3), viewer)
    assert found == []
