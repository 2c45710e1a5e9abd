"""A declaration that cannot be right is refused when the schema is built, with its name and what to do."""

# Annotations are evaluated here, for types are made inside of functions.

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
import strawberry
from sqlalchemy import Text, case, cast, func, literal, select
from sqlalchemy.sql.elements import literal_column
from tests.planner.awkward import tables
from tests.planner.awkward.types import SCHEMA, Mood

from almoner_graphql.connection import Connection
from almoner_graphql.planner.catalog import BadDeclaration
from almoner_graphql.planner.declare import Argument, any_of, by_id, computed, many, one, pages, reads, same, told
from almoner_graphql.planner.filters import TextFilter
from almoner_graphql.planner.sources import all_rows, rows_of
from almoner_graphql.schema import AlmonerSchema

Fields = dict[str, tuple[Any, Any]]


def column() -> Any:
    return strawberry.field(description="A column.")


def value(read: Callable[[Any], Any], **options: Any) -> Any:
    return computed(read, description="A value.", **options)


def type_of(name: str, fields: Fields, table: Any = tables.Odd, view: str | None = None) -> Any:
    """A type that reads a table."""
    body = {"__annotations__": {key: found for key, (found, _) in fields.items()}}
    made = type(name, (), body | {key: declared for key, (_, declared) in fields.items()})
    return reads(table, view=view)(strawberry.type(made, description="Some."))


def build(roots: Fields) -> AlmonerSchema:
    body = {"__annotations__": {key: found for key, (found, _) in roots.items()}}
    made = type("Query", (), body | {key: declared for key, (_, declared) in roots.items()})
    query = strawberry.type(made, description="Roots.")
    return AlmonerSchema(query=query, mutation=None, subscription=None, open_schema=True)


def build_type(fields: Fields, **options: Any) -> AlmonerSchema:
    """A schema with one type, of these fields."""
    some = type_of("Some", fields, **options)
    return build({"all": (list[some], many(all_rows(tables.Odd, order=lambda odd: odd.label), description="All."))})  # type: ignore[valid-type]


def problem(build_it: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """The only problem of a schema."""
    with pytest.raises(BadDeclaration) as caught:
        build_it(*arguments, **options)
    assert str(caught.value).startswith("The schema cannot be read from its tables:\n  * ")
    (found,) = caught.value.problems
    return found


Other: Any = type_of("Other", {"label": (str, column())})
Hidden: Any = type_of("Hidden", {"text": (str, column())}, tables.Secret, "job:view")
OTHERS = rows_of(tables.Odd, lambda odd, row: row.parent_id == odd.id)
IN_ORDER = rows_of(tables.Odd, lambda odd, row: row.parent_id == odd.id, order=lambda row: (row.label, row.number))
HIDDEN = rows_of(tables.Secret, lambda odd, row: row.id == odd.secret_id)


async def tell(_scope: Any, _catalog: Any) -> dict[str, Any]:
    return {}


def test_what_is_right_passes():
    good: Fields = {
        "label": (str, column()),
        "note": (str | None, column()),
        "sure": (str, value(lambda row: func.coalesce(row.note, "none"))),
        "upper": (str, value(lambda row: func.upper(row.label))),
        "either": (str, value(lambda row: case((row.note.is_(None), "a"), else_=row.label))),
        "has_note": (bool, value(lambda row: row.note.is_not(None))),
        "vouched": (str, value(lambda row: row.note, always=True)),
        "counted": (int, value(lambda row: select(func.count()).scalar_subquery())),
        "other": (Other | None, one(OTHERS, description="One.")),
        "itself": (Other, same(description="The same.")),
        "hidden": (Hidden | None, one(HIDDEN, description="One.")),
        "others": (list[Other], many(IN_ORDER, description="All.")),
        "page": (Connection[Other], pages(OTHERS, key="number", description="A page.")),
    }
    assert build_type(good).catalog is not None
    assert SCHEMA.catalog is not None


@pytest.mark.parametrize(
    ("type_", "declared", "message"),
    [
        pytest.param(
            str, column(), r"does not say how it is read: declare it with computed.*its columns are .*label", id="none"
        ),
        pytest.param(str, value(lambda row: row.note), r"not nullable.*coalesce.*make it nullable", id="nullable"),
        pytest.param(str, value(lambda row: func.nullif(row.label, "")), "not nullable", id="function"),
        pytest.param(
            str, value(lambda row: case((row.number > 1, row.label))), "not nullable", id="case without else"
        ),
        pytest.param(str, value(lambda row: row.label + row.note), "not nullable", id="operator"),
        pytest.param(str, value(lambda row: cast(row.note, Text)), "not nullable", id="cast"),
        pytest.param(
            str, value(lambda row: select(row.label).scalar_subquery()), "not nullable", id="subquery without rows"
        ),
        pytest.param(str, value(lambda _row: literal_column("null")), "not nullable", id="null"),
        pytest.param(int | None, value(lambda row: row.big), "reads a bigint.*Decimal or a String", id="bigint"),
        pytest.param(
            str, value(lambda row: row.label, permission="job:view"), "must be nullable.*permission", id="permission"
        ),
        pytest.param(
            str, value(lambda row: row.lable), "cannot be read: Odd has no column lable", id="column misspelt"
        ),
        pytest.param(float, value(lambda row: row.number), "is a Float, which planner/values.py", id="unknown scalar"),
        pytest.param(
            list[Mood], value(lambda row: row.tags, always=True), "list of Mood, which is read from jsonb", id="enums"
        ),
        pytest.param(Other | None, told(tell, description="Told."), "told by a verb, which only a root", id="told"),
        pytest.param(Other, one(OTHERS, description="One."), "must be nullable: there may be no such row", id="one"),
        pytest.param(Hidden, one(HIDDEN, always=True, description="One."), "a scope of job:view may hide", id="hidden"),
        pytest.param(
            Other, one(OTHERS, always=True, permission="job:view", description="One."), "lacks its permission", id="one"
        ),
        pytest.param(list[Other] | None, one(OTHERS, description="One."), "declare it as many", id="one as list"),
        pytest.param(Other | None, many(IN_ORDER, description="All."), "declared as many, but is no list", id="many"),
        pytest.param(list[Other], many(OTHERS, description="All."), "a list, but in no order", id="order"),
        pytest.param(
            Other, same(when=lambda row: row.flag, description="The same."), "its condition may not hold", id="same"
        ),
        pytest.param(list[Other], pages(OTHERS, description="A page."), "is no Connection", id="pages"),
        pytest.param(
            Connection[Other],
            pages(OTHERS, permission="job:view", description="A page."),
            "must be nullable.*permission",
            id="pages with a permission",
        ),
        pytest.param(
            Connection[Other], pages(OTHERS, key="note", description="A page."), "by note, which may be null", id="key"
        ),
        pytest.param(
            Connection[Other],
            pages(OTHERS, key="label", description="A page."),
            "paged by label, which no constraint makes unique",
            id="key that is shared",
        ),
        pytest.param(
            Connection[Other], pages(OTHERS, key="exact", description="A page."), "cannot be ordered by", id="key type"
        ),
        pytest.param(
            Connection[Other], pages(OTHERS, key="nothing", description="A page."), "no column nothing", id="no key"
        ),
        pytest.param(
            Other | None, any_of("target_type", "target_id", description="One."), "interface nor a union", id="any_of"
        ),
        pytest.param(
            Other | None, one(rows_of(tables.Odd, lambda odd, row: row.nothing == odd.id), description="One."),
            "cannot be read: Odd has no column nothing", id="column of a source",
        ),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_right_is_refused_by_name(type_, declared, message):
    found = problem(build_type, {"wrong": (type_, declared)})
    assert found.startswith("Some.wrong ")
    assert re.search(message, found), found


def test_a_field_of_its_own_table_that_may_be_null_is_refused():
    assert problem(build_type, {"note": (str, column())}).startswith("Some.note is not nullable")


def test_a_type_that_does_not_say_what_it_is_read_from_is_refused():
    bare = strawberry.type(type("Bare", (), {"__annotations__": {"label": str}}), description="Nothing said.")
    found = problem(build_type, {"bare": (bare | None, one(OTHERS, description="One."))})
    assert found.startswith("Some.bare leads to Bare, which does not say what it is read from")


@reads()
@strawberry.type(description="What a verb tells.")
class Said:
    text: str = computed(lambda row: row.value["text"].astext, always=True, description="It.")


def test_a_root_that_a_verb_tells_must_be_nullable():
    assert "must be nullable: its verb may refuse" in problem(build, {"said": (Said, told(tell, description="It."))})
    assert build({"said": (Said | None, told(tell, description="It."))}).catalog is not None


def test_a_root_must_be_nullable_if_there_may_be_nothing_with_its_id():
    assert "must be nullable: there may be nothing" in problem(build, {"other": (Other, by_id(description="One."))})


@strawberry.input(description="By what no index leads to.")
class Unindexed:
    """One column."""

    user: TextFilter | None = strawberry.field(default=None, description="No index.")


@strawberry.input(description="By what is not there.")
class Unknown:
    """No column."""

    nothing: TextFilter | None = strawberry.field(default=None, description="No column.")


@strawberry.enum(description="By what no index leads to.")
class Disorder(Enum):
    """One column."""

    KIND_DESC = strawberry.enum_value("-kind", description="No index.")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": Unindexed}, "all of a tenant's rows by user, which no index begins with"),
        ({"filter": Unknown}, "cannot be read: Odd has no column nothing"),
        ({"orders": Disorder}, "all of a tenant's rows by kind, which no index begins with"),
    ],
)
def test_a_root_list_filters_and_orders_only_by_what_an_index_begins_with(options, message):
    found = problem(build, {"odds": (Connection[Other], pages(all_rows(tables.Odd), description="All.", **options))})
    assert found.startswith("Query.odds ")
    assert message in found


def test_the_rows_of_one_parent_may_be_sifted_without_an_index():
    listed = pages(OTHERS, filter=Unindexed, orders=Disorder, description="Few.")
    assert build_type({"others": (Connection[Other], listed)}).catalog is not None


def test_all_problems_are_told_at_once():
    with pytest.raises(BadDeclaration) as caught:
        build_type({"big": (int, column()), "note": (str, column()), "label": (str, column())})
    assert [found.split()[0] for found in caught.value.problems] == ["Some.big", "Some.big", "Some.note"]


def test_an_argument_is_an_example_when_a_source_is_checked():
    def of_number(_parent: Any, row: Any) -> Any:
        return row.number == literal(3)

    arguments = {"number": Argument(int, "Which."), "flag": Argument(bool, "Whether.")}
    declared = one(rows_of(tables.Odd, of_number), arguments=arguments, description="One.")
    assert build({"numbered": (Other | None, declared)}).catalog is not None
