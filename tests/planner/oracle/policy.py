"""What the fields of the policy are, from the files that ship and all rows of one tenant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from tests.planner.oracle.committees import seen_by
from tests.planner.oracle.engine import Call, Fields, Thing
from tests.planner.oracle.lists import Sorted, connection, filtered
from tests.planner.oracle.seen import VIEW, is_own, type_of

from almoner.authorization.built_in import built_in
from almoner.authorization.document import Item, item_from_json
from almoner.authorization.explain import Ground, explain_access
from almoner.authorization.tables import PolicyItem, PolicyVersion
from almoner.core.errors import NotFound
from almoner.core.ids import global_id, split_global_id
from almoner.core.viewer import Viewer
from almoner.identity.tokens import Identity
from almoner_graphql.authorization.policy_sources import _permissions

_TYPES = {
    "role": "PolicyRole",
    "grant": "PolicyGrant",
    "separation": "PolicySeparation",
    "assertion": "PolicyAssertion",
}
#: By the type of an id: the permission to view what it names.
_VIEW = {type_of(table): permission for table, permission in VIEW.items()} | {
    "Program": "program:view",
    "Period": "program:view",
    "JournalEntry": "journal_entry:view",
    "RegisteredOperation": "registered_operation:view",
    "OperationRule": "operation_rule:view",
}


@dataclass(frozen=True)
class Shown:
    """An item as it is shown at a version.

    Attributes:
        place: orders it among those of its kind.
    """

    item: Item
    built_in: bool
    number: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.item, name)

    @cached_property
    def key(self) -> str:
        return " ".join(part for part in self.item.key if part)

    @property
    def place(self) -> str:
        return f"{self.key} {0 if self.built_in else 1}"

    @property
    def thing(self) -> Thing:
        return Thing(_TYPES[self.item.kind], self)


def _items(world: Any, kind: str, number: int, role: str | None = None) -> list[Shown]:
    rows = [row for row in world.rows[PolicyItem] if row.kind == kind and _is_part(row, number)]
    shown = [Shown(item, True, number) for item in built_in().document.items.values() if item.kind == kind]
    shown += [Shown(item_from_json(row.content), False, number) for row in rows]
    return sorted((one for one in shown if role is None or one.role == role), key=lambda one: one.place)


def _is_part(row: Any, number: int) -> bool:
    return row.since_version <= number and (row.until_version is None or row.until_version > number)


def _place(row: Any) -> Any:
    return row.place


def _grants(found: Iterable[Shown], call: Call) -> Any:
    read = {name: lambda row, name=name: getattr(row, name) for name in ("role", "resource")}
    found = filtered(found, call.arguments.get("filter"), read)
    return connection("PolicyGrant", found, Sorted("PolicyGrant", [_place]), call.arguments)


@dataclass(frozen=True)
class Changed:
    """A member of the changes of a version, or of a difference."""

    op: str
    shown: Shown
    place: Any


def _changes(rows: list[Changed], call: Call) -> Any:
    return connection("PolicyChange", rows, Sorted("PolicyChange", [_place]), call.arguments)


@dataclass(frozen=True)
class AtVersion:
    """The policy at a version."""

    version: int


def _newest(world: Any) -> int:
    return max((row.number for row in world.rows[PolicyVersion]), default=0)


def fields_of_policy(world: Any) -> Fields:
    """Every field of a policy that is no attribute of the same name."""
    return {**_roots(world), **_parts(world), **_explanations(world)}


def _roots(world: Any) -> Fields:
    def policy(call: Call) -> Any:
        call.require("policy:view")
        version = call.arguments.get("version")
        number = _newest(world) if version is None else version
        return AtVersion(number) if 0 <= number <= _newest(world) else None

    def version(call: Call) -> Any:
        call.require("policy:view")
        wanted = call.arguments["number"]
        return next((row for row in world.rows[PolicyVersion] if row.number == wanted), None)

    def versions(call: Call) -> Any:
        call.require("policy:view")
        order = Sorted("PolicyVersion", [lambda row: row.number], descending=True)
        return connection("PolicyVersion", world.rows[PolicyVersion], order, call.arguments)

    def difference(call: Call) -> Any:
        call.require("policy:view")
        before, after = call.arguments["beforeVersion"], call.arguments["afterVersion"]
        if not (0 <= before <= _newest(world) and 0 <= after <= _newest(world)):
            return None
        gone, came = _only_at(world, before, after), _only_at(world, after, before)
        rows = [_compared("REMOVE", row, before) for row in gone] + [_compared("ADD", row, after) for row in came]
        return _changes(rows, call)

    return {
        "Query.policy": policy,
        "Query.policyVersion": version,
        "Query.policyVersions": versions,
        "Query.policyDifference": difference,
    }


def _only_at(world: Any, here: int, there: int) -> list[Any]:
    def at(number: int) -> dict[str, Any]:
        return {row.key: row for row in world.rows[PolicyItem] if _is_part(row, number)}

    others = at(there)
    return [row for key, row in at(here).items() if key not in others or others[key].content != row.content]


def _compared(op: str, row: Any, number: int) -> Changed:
    return Changed(op, Shown(item_from_json(row.content), False, number), f"{op == 'ADD':d} {row.id}")


def _parts(world: Any) -> Fields:
    def roles(call: Call) -> Any:
        rows = _items(world, "role", call.row.version)
        return connection("PolicyRole", rows, Sorted("PolicyRole", [_place]), call.arguments)

    def changes(call: Call) -> Any:
        found = [
            Changed(one["op"].upper(), Shown(item_from_json(one["item"]), False, call.row.number), place)
            for place, one in enumerate(call.row.changes, 1)
        ]
        return _changes(found, call)

    shown = {
        "PolicyRole.heldAt": lambda call: call.row.held_at.upper(),
        "PolicyGrant.scope": lambda call: call.row.scope.upper(),
        "PolicyGrant.effect": lambda call: call.row.effect.upper(),
        "PolicyAssertion.row": lambda call: [fact.upper() for fact in call.row.row],
        "PolicyChange.kind": lambda call: call.row.shown.kind.upper(),
        "PolicyChange.key": lambda call: call.row.shown.key,
        "PolicyChange.item": lambda call: call.row.shown.thing,
    }
    return {
        **shown,
        "Policy.roles": roles,
        "Policy.grants": lambda call: _grants(_items(world, "grant", call.row.version), call),
        "Policy.separations": lambda call: _items(world, "separation", call.row.version),
        "Policy.assertions": lambda call: _items(world, "assertion", call.row.version),
        "Policy.permissions": lambda _call: [
            one | {"scopes": [scope.upper() for scope in one["scopes"]]} for one in json.loads(_permissions())
        ],
        "PolicyRole.grants": lambda call: _grants(_items(world, "grant", call.row.number, call.row.name), call),
        "PolicyVersion.author": lambda call: global_id("Subject", call.row.author_id),
        "PolicyVersion.changes": changes,
    }


# --- why -----------------------------------------------------------------------------------------------------------


def _explanations(world: Any) -> Fields:
    async def explain(call: Call) -> Any:
        viewer, wanted = call.asker.viewer, call.arguments.get("id")
        asker = Identity(viewer.tenant_id, viewer.subject_id, viewer.kind)
        async with world.house.reading_scope(asker, "oracle") as scope:
            try:
                row, view = (None, None) if wanted is None else _row(world, wanted)
                subject = _subject(call.arguments["subject"])
                own_of = {one for one in (viewer.subject_id, subject) if row is not None and is_own(one, row)}
                permission = call.arguments["permission"]

                async def otherwise(asked: Viewer) -> bool:
                    also = seen_by(world, row)
                    return any(scope.authorizer.allows(asked, other, committee) for other, committee in also)

                ways: dict[str, Any] = {"view": view, "own_of": own_of, "otherwise": otherwise}
                return await explain_access(scope, subject, permission, row, **ways)
            except NotFound:
                return None

    return {
        "Query.explainAccess": explain,
        "AccessExplanation.subject": lambda call: global_id("Subject", call.row.subject_id),
        "AccessExplanation.otherRoles": lambda call: list(call.row.other_roles),
        "AccessGround.organization": lambda call: (
            call.row.organization_id and global_id("Organization", call.row.organization_id)
        ),
        "AccessGround.assignment": lambda call: global_id("RoleAssignment", call.row.assignment_id),
        "AccessGround.grant": lambda call: _granted(call.row),
    }


def _granted(ground: Ground) -> Shown:
    return Shown(ground.grant, ground.grant in built_in().document.grants, 0)


def _subject(text: str) -> UUID:
    kind, found = split_global_id(text)
    if kind not in ("Subject", "Account", "ServiceAccount"):
        raise NotFound("There is no such account.")
    return found


def _row(world: Any, text: str) -> tuple[Any, str]:
    """The row with an id and the permission to view it; the explanation itself says whether the asker may."""
    kind, wanted = split_global_id(text)
    for table, rows in world.rows.items():
        if type_of(table) == kind and (view := _VIEW.get(kind)):
            for row in rows:
                if row.id == wanted:
                    return row, view
    raise NotFound("There is nothing with this id.")
