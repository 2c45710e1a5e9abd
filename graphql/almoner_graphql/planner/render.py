"""SQL that writes rows as JSON objects.

`row_to_json` of a subselect is the fastest way to an object, and its keys are the names of columns. PostgreSQL cuts
names at 63 bytes, so an object with a longer response key is put together as text, from columns with short names.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import literal_column
from sqlalchemy.sql.visitors import InternalTraversal

from almoner_graphql.planner.values import Template, constant

#: A response key and the expression of its value.
Pair = tuple[str, Any]
MAX_KEY = 63
#: `json_build_object` takes a hundred arguments.
_MAX_BUILT = 50
_JSON = JSON()
EMPTY_LIST: ColumnElement[Any] = literal_column("'[]'::json")
#: Of a type of which a fragment selects nothing, or all of whose fields are skipped.
_EMPTY_OBJECT: ColumnElement[Any] = literal_column("'{}'::json", _JSON)


def columns(pairs: list[Pair]) -> list[ColumnElement[Any]]:
    """The columns of the subselect whose rows `whole_row` writes."""
    if not pairs:
        return [literal_column("true").label("is_there")]
    long = _is_long(pairs)
    return [value.label(f"k{place}" if long else key) for place, (key, value) in enumerate(pairs)]


def whole_row(pairs: list[Pair], name: str) -> ColumnElement[Any]:
    """The row of the subselect with this name, as a JSON object."""
    if not pairs:
        return _EMPTY_OBJECT
    if not _is_long(pairs):
        # With the star it is the row; the name alone would be a column, if a response key happens to be the same.
        return literal_column(f"row_to_json({name}.*)", _JSON)
    return json_object([(key, literal_column(f"{name}.k{place}")) for place, (key, _) in enumerate(pairs)])


class FromRows(ColumnElement[Any]):
    """The one value that is made of the rows of a select: `(select value from (rows) name)`.

    As a select around a select it would take SQLAlchemy longer to build and to compile.
    """

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy declares it
        ("value", InternalTraversal.dp_clauseelement),
        ("rows", InternalTraversal.dp_clauseelement),
        ("name", InternalTraversal.dp_string),
    ]

    def __init__(self, value: ColumnElement[Any], rows: Select[Any], name: str) -> None:
        self.value = value
        self.rows = rows
        self.name = name
        self.type = _JSON


@compiles(FromRows)
def _compile(found: FromRows, compiler: SQLCompiler, **options: Any) -> str:
    value, rows = (compiler.process(part, **options) for part in (found.value, found.rows))
    return f"(SELECT {value} FROM ({rows}) AS {found.name})"  # noqa: S608  (SQLAlchemy's text, and a name of ours)


def wrapped(inner: Select[Any], pairs: list[Pair], name: str) -> ColumnElement[Any]:
    """The one row of a select with `columns`, as a JSON object; null if there is none."""
    return FromRows(whole_row(pairs, name), inner, name)


def listed(inner: Select[Any], item: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """One JSON list of an item for each row of a select, in its order; empty if there is none."""
    return FromRows(Template("coalesce(json_agg({}), '[]'::json)", item), inner, name)


def json_object(pairs: list[Pair]) -> ColumnElement[Any]:
    """A JSON object of any number of members, for what is no row."""
    if len(pairs) <= _MAX_BUILT:
        # Response keys are GraphQL names: letters, digits and underscores.
        return func.json_build_object(*(part for key, value in pairs for part in (constant(key), value)))
    text: Any = constant("{")
    for place, (key, value) in enumerate(pairs):
        member = func.coalesce(cast(func.to_json(value), Text), constant("null"))
        text = text.op("||")(constant(f'{"," if place else ""}"{key}":')).op("||")(member)
    return cast(text.op("||")(constant("}")), JSON)


def _is_long(pairs: list[Pair]) -> bool:
    return any(len(key) > MAX_KEY for key, _ in pairs)
