"""How SQL writes a value into JSON so that it is the same as the scalar's own text. Each was compared with Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLEnumType, GraphQLNamedType
from sqlalchemy import ColumnElement, Integer, Text, Uuid, case, cast, func
from sqlalchemy.sql.elements import literal_column


def constant(text: str) -> ColumnElement[Any]:
    """A text of our own as part of the statement, not as a parameter: names of types, formats."""
    if "'" in text or "\\" in text:
        raise ValueError("only plain texts of our own are constants")
    return literal_column(f"'{text}'", Text)


def _decimal(value: Any) -> ColumnElement[Any]:
    return cast(func.trim_scale(value), Text)


def _instant(value: Any) -> ColumnElement[Any]:
    shown = func.to_char(func.timezone(constant("UTC"), value), constant('YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))
    return _finite(value, shown, "0001-01-01T00:00:00.000000+00:00", "9999-12-31T23:59:59.999999+00:00")


def _day(value: Any) -> ColumnElement[Any]:
    return _finite(value, func.to_char(value, constant("YYYY-MM-DD")), "0001-01-01", "9999-12-31")


def _finite(value: Any, shown: Any, first: str, last: str) -> ColumnElement[Any]:
    """asyncpg stores Python's first and last day as -infinity and infinity, of which `to_char` makes nothing."""
    before, after = (value == literal_column(f"'{end}'") for end in ("-infinity", "infinity"))
    return func.coalesce(shown, case((before, constant(first)), (after, constant(last))))


_WRITTEN: dict[str, Callable[[Any], Any]] = {"Decimal": _decimal, "DateTime": _instant, "Date": _day}
_PLAIN = frozenset({"String", "Int", "Boolean", "ID"})


def is_known(type_: GraphQLNamedType) -> bool:
    """Whether a value of this leaf type can be written by SQL."""
    return type_.name in _PLAIN or type_.name in _WRITTEN or isinstance(type_, GraphQLEnumType)


def written(type_: GraphQLNamedType, value: Any) -> Any:
    """The expression that writes a value of this type."""
    if isinstance(type_, GraphQLEnumType):
        return _name_of(type_, value)
    write = _WRITTEN.get(type_.name)
    return value if write is None else write(value)


def _name_of(type_: GraphQLEnumType, value: Any) -> Any:
    """The name of an enum's value; most are stored by their names already."""
    stored = {name: getattr(item.value, "value", item.value) for name, item in type_.values.items()}
    if all(name == value for name, value in stored.items()):
        return value
    return case(*((value == each, constant(name)) for name, each in stored.items()))


def global_id(type_name: str, row_id: Any) -> ColumnElement[Any]:
    """The opaque id of a row. PostgreSQL breaks base64 into lines, which are joined again."""
    return _base64(constant(f"{type_name}:").op("||")(cast(row_id, Text)), "\n", "")


def cursor(kind: str, keys: list[Any]) -> ColumnElement[Any]:
    """The cursor of a row: as `core.paging.cursor` writes it, base64 for URLs. Keys are written as text."""
    text: Any = constant(f'["{kind}"')
    for key in keys:
        text = text.op("||")(constant(",")).op("||")(_quoted(key))
    return _base64(text.op("||")(constant("]")), "+/\n", "-_")


def _quoted(key: Any) -> Any:
    text = cast(key, Text)
    if isinstance(key.type, Uuid | Integer):
        return constant('"').op("||")(text).op("||")(constant('"'))
    return cast(func.to_json(text), Text)


def _base64(text: Any, replaced: str, by: str) -> ColumnElement[Any]:
    encoded = func.encode(func.convert_to(text, constant("UTF8")), constant("base64"))
    return func.translate(encoded, constant(replaced), constant(by))
