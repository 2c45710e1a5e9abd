"""How SQL writes a value into JSON so that it is the same as the scalar's own text. Each was compared with Python."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLEnumType, GraphQLNamedType
from sqlalchemy import ColumnElement, Integer, Text, Uuid, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnClause, literal_column
from sqlalchemy.sql.visitors import InternalTraversal

#: One for all: of each that it meets, SQLAlchemy makes another one for the dialect.
_TEXT = Text()


class Template(ColumnElement[str]):
    """SQL of our own around one value: `{}` stands for it, as often as it is needed.

    A plan is mostly made of these. As a tree of functions, each would be ten times as much to build and to compile.
    """

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy declares it
        ("pattern", InternalTraversal.dp_string),
        ("value", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, pattern: str, value: Any) -> None:
        self.pattern = pattern
        self.value = value
        self.type = _TEXT


@compiles(Template)
def _compile(template: Template, compiler: SQLCompiler, **options: Any) -> str:
    value = compiler.process(template.value, **options)
    return template.pattern.replace("{}", value if isinstance(template.value, ColumnClause) else f"({value})")


def constant(text: str) -> ColumnElement[Any]:
    """A text of our own as part of the statement, not as a parameter: names of types, formats."""
    if "'" in text or "\\" in text:
        raise ValueError("only plain texts of our own are constants")
    return literal_column(f"'{text}'::text", _TEXT)


#: asyncpg stores Python's first and last day and instant as -infinity and infinity. A day that stays a date is written
#: by `row_to_json` itself, in half the time that `to_char` takes.
_PATTERNS = {
    "Decimal": "trim_scale({})::text",
    "Date": "case {} when '-infinity' then date '0001-01-01' when 'infinity' then date '9999-12-31' else {} end",
    "DateTime": """coalesce(to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), case {}
        when '-infinity' then '0001-01-01T00:00:00.000000+00:00'
        when 'infinity' then '9999-12-31T23:59:59.999999+00:00' end)""",
}
_PLAIN = frozenset({"String", "Int", "Boolean", "ID"})


def is_known(type_: GraphQLNamedType) -> bool:
    """Whether a value of this leaf type can be written by SQL."""
    return type_.name in _PLAIN or type_.name in _PATTERNS or isinstance(type_, GraphQLEnumType)


def written(type_: GraphQLNamedType, value: Any) -> Any:
    """The expression that writes a value of this type."""
    if isinstance(type_, GraphQLEnumType):
        return _name_of(type_, value)
    pattern = _PATTERNS.get(type_.name)
    return value if pattern is None else Template(pattern, value)


def _name_of(type_: GraphQLEnumType, value: Any) -> Any:
    """The name of an enum's value; most are stored by their names already."""
    stored = {name: getattr(item.value, "value", item.value) for name, item in type_.values.items()}
    if all(name == value for name, value in stored.items()):
        return value
    return case(*((value == each, constant(name)) for name, each in stored.items()))


_NAMES_IN = """
(select coalesce(json_agg(case one.v {cases} end order by one.n), '[]'::json)
from jsonb_array_elements_text({}) with ordinality as one(v, n))
"""


def names_in(type_: GraphQLEnumType, json: Any) -> ColumnElement[Any]:
    """The names of an enum's values in a jsonb list, in order."""
    stored = {name: getattr(item.value, "value", item.value) for name, item in type_.values.items()}
    quoted = {name: value.replace("'", "''") for name, value in stored.items()}
    cases = " ".join(f"when '{value}' then '{name}'" for name, value in quoted.items())
    return Template(_NAMES_IN.replace("{cases}", cases), json)


#: PostgreSQL breaks base64 into lines, which are joined again.
_ID = "translate(encode(convert_to('{type_name}:' || {}, 'UTF8'), 'base64'), E'\\n', '')"
#: And its alphabet is not the one for addresses.
_CURSOR = "translate(encode(convert_to({}, 'UTF8'), 'base64'), E'+/\\n', '-_')"


def global_id(type_name: str, row_id: Any) -> ColumnElement[Any]:
    """The opaque id of a row."""
    return Template(_ID.replace("{type_name}", type_name), row_id)


def cursor(kind: str, keys: list[Any]) -> ColumnElement[Any]:
    """The cursor of a row: a JSON list of its kind and its keys, written as texts, in base64 for addresses."""
    text: Any = constant(f'["{kind}"')
    for key in keys:
        text = text.op("||")(Template(_key(key), key))
    return Template(_CURSOR, text.op("||")(constant("]")))


def _key(key: Any) -> str:
    plain = isinstance(key.type, Uuid | Integer)
    return """',"' || {}::text || '"'""" if plain else "',' || to_json({}::text)::text"
