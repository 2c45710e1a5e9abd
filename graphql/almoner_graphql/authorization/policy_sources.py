"""Where policies are read from: what ships with the platform, which Python knows, and the agency's own items.

The rows of items have the item as `value`, the tenant, the `number` of the version that they were found at, and a
`place` that orders them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import literal_column

from almoner.authorization.built_in import built_in
from almoner.authorization.document import item_to_json
from almoner.authorization.permissions import Permission, descriptions
from almoner.authorization.tables import PolicyItem, PolicyVersion
from almoner.core.tables import TenantTable
from almoner_graphql.planner.declare import Permitted
from almoner_graphql.planner.sources import Given, Row, Rows, Source, TableRow, elements, known_elements, rows_of
from almoner_graphql.planner.values import Template

# The words of an item's key: its kind and what tells it from others, each without spaces.
_KEY = """
case {}->>'kind'
    when 'role' then concat_ws(' ', 'role', {}->>'name')
    when 'grant' then concat_ws(
        ' ', 'grant', {}->>'role', {}->>'resource', {}->>'action', {}->>'scope', {}->>'effect')
    when 'separation' then concat_ws(
        ' ', 'separation', least({}->>'role' collate "C", {}->>'other'),
        greatest({}->>'role' collate "C", {}->>'other'))
    else concat_ws(
        ' ', 'assertion',
        (select string_agg(v, ',' order by v collate "C") from jsonb_array_elements_text({}->'roles') v),
        {}->>'permission',
        (select string_agg(v, ',' order by v collate "C") from jsonb_array_elements_text({}->'row') v))
end
"""


def key_of(item: Any) -> ColumnElement[Any]:
    """The key of an item; `policy_inputs.key_of` writes the same."""
    return Template(_KEY, item)


@lru_cache(maxsize=8)
def _shipped(kind: str) -> str:
    """The built-in items of a kind, as a JSON list."""
    items = built_in().document.items.values()
    return json.dumps([item_to_json(item) | {"builtIn": True} for item in items if item.kind == kind])


@lru_cache(maxsize=1)
def _permissions() -> str:
    found = []
    for permission in sorted(Permission):
        resource, _, action = permission.partition(":")
        type_, _, field = resource.partition(".")
        named = {"name": permission, "resource": type_, "field": field or None, "action": action}
        found.append(named | {"description": descriptions()[permission], "scopes": _scopes(type_)})
    return json.dumps(found)


#: Resources whose rows are in a table with another name.
_TABLES = {"session": "sign_in_session"}


def _scopes(resource: str) -> list[str]:
    """The scopes that a resource's rows can be in; what has no table is only asked without a row."""
    name = _TABLES.get(resource, resource)
    table = next((one for one in TenantTable.__subclasses__() if one.__tablename__ == name), TenantTable)
    named = (
        ("own", table.owned_by),
        ("assigned", table.assigned_to),
        ("public", table.public_since),
        ("barred", table.barred_to),
    )
    return ["any", *(scope for scope, column in named if column is not None)]


PERMISSIONS = known_elements(_permissions)


def _newest(parent: Row) -> Any:
    """The number of the agency's newest version; 0 if it never changed anything."""
    version = TableRow.of(PolicyVersion, "newest_version")
    newest = select(func.max(version.number)).where(version.tenant_id == parent.tenant_id)
    return func.coalesce(newest.scalar_subquery(), 0)


def policy_at(parent: Row, name: str, given: Given) -> Rows:
    """The policy at the version that is given, or now."""
    newest = _newest(parent)
    numbers = select(
        cast(given.get("version", newest), Integer).label("number"),
        newest.label("newest"),
        cast(parent.tenant_id, Uuid).label("tenant_id"),
    ).subquery(name)
    return Rows(numbers.c, numbers, (numbers.c.number >= 0, numbers.c.number <= numbers.c.newest))


def _at(item: Row, number: Any) -> ColumnElement[bool]:
    """Whether an item is part of a version."""
    return and_(item.since_version <= number, or_(item.until_version.is_(None), item.until_version > number))


def items(kind: str, *, of_role: bool = False) -> Source:
    """The items of a kind, built-in and of the agency's own, at the version of the parent.

    Args:
        of_role: those that name the parent's role only.
    """

    def source(parent: Row, name: str, given: Given) -> Rows:
        shipped = known_elements(lambda: _shipped(kind))(parent, f"{name}_shipped", given)
        item = TableRow.of(PolicyItem, f"{name}_own")
        mine = (item.tenant_id == parent.tenant_id, item.kind == kind, _at(item, parent.number))

        def arm(value: Any, place: int, *conditions: Any) -> Select[Any]:
            same_role = (value["role"].astext == parent.value["name"].astext,) if of_role else ()
            chosen = select(value.label("value"), literal_column(str(place)).label("own"))
            return chosen.where(*conditions, *same_role).correlate(parent.number.table)

        arms = (arm(shipped.row.value, 0).select_from(shipped.from_), arm(item.content, 1, *mine))
        both = union_all(*arms).subquery(f"{name}_both")
        table = (
            select(
                both.c.value,
                parent.tenant_id.label("tenant_id"),
                parent.number.label("number"),
                (key_of(both.c.value).op("||")(case((both.c.own == 0, " 0"), else_=" 1"))).collate("C").label("place"),
            )
            .select_from(both)
            .correlate(parent.number.table)
            .subquery(name)
        )
        return Rows(table.c, table, (), (table.c.place,))

    return source


def changes_of(number: str) -> Source:
    """The changes in a row's column `changes`; their items are those of the version in the column of this name."""

    def source(parent: Row, name: str, given: Given) -> Rows:
        listed = elements(lambda row: row.changes)(parent, f"{name}_listed", given)
        table = (
            select(
                listed.row.value["op"].astext.label("op"),
                listed.row.value["item"].label("value"),
                parent.tenant_id.label("tenant_id"),
                getattr(parent, number).label("number"),
                cast(listed.row.n, Integer).label("place"),
            )
            .select_from(listed.from_)
            .correlate(parent.alias)
            .subquery(name)
        )
        return Rows(table.c, table, (), (table.c.place,))

    return source


def difference(parent: Row, name: str, given: Given) -> Rows:
    """What leads from one version to another: what goes, then what comes. What went and came again is no change."""
    before, after = (cast(given[key], Integer) for key in ("before_version", "after_version"))
    arms = [
        _only_at(parent, f"{name}_gone", before, after, "remove"),
        _only_at(parent, f"{name}_came", after, before, "add"),
    ]
    table = union_all(*arms).subquery(name)
    return Rows(table.c, table, (), (table.c.place,))


def _only_at(parent: Row, name: str, here: Any, there: Any, op: str) -> Select[Any]:
    item, same = TableRow.of(PolicyItem, name), TableRow.of(PolicyItem, f"{name}_same")
    kept = exists(
        select(literal(1)).where(
            same.tenant_id == item.tenant_id, same.key == item.key, same.content == item.content, _at(same, there)
        )
    )
    return select(
        literal_column(f"'{op}'::text", Text).label("op"),
        item.content.label("value"),
        item.tenant_id.label("tenant_id"),
        here.label("number"),
        literal_column(f"'{op != 'remove':d} '::text", Text).op("||")(cast(item.id, Text)).label("place"),
    ).where(item.tenant_id == parent.tenant_id, _at(item, here), ~kept)


def can_be_compared(parent: Row, given: Given, _permitted: Permitted) -> ColumnElement[bool]:
    """Both versions are there."""
    newest = _newest(parent)
    numbers = [cast(given[key], Integer) for key in ("before_version", "after_version")]
    return and_(*(condition for number in numbers for condition in (number >= 0, number <= newest)))


def version_with_number(parent: Row, name: str, given: Given) -> Rows:
    """The version with the number that is given."""
    return rows_of(PolicyVersion, lambda _root, version: version.number == given["number"])(parent, name, given)


def is_built_in(item: Any) -> ColumnElement[bool]:
    """Whether an item ships with the platform."""
    return func.coalesce(item["builtIn"] == cast(literal("true"), JSONB), false())
