"""Policies and their versions in the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import Boolean, case, cast

from almoner.authorization import tables
from almoner.authorization.document import Facets
from almoner.authorization.permissions import Permission
from almoner_graphql.authorization.policy_enums import (
    PolicyEffect,
    PolicyItemKind,
    PolicyOp,
    PolicyScope,
    RoleHeldAt,
)
from almoner_graphql.authorization.policy_sources import (
    PERMISSIONS,
    changes_of,
    is_built_in,
    items,
    key_of,
)
from almoner_graphql.connection import Connection
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import computed, many, pages, reads, same
from almoner_graphql.planner.filters import TextFilter
from almoner_graphql.planner.sources import Row
from almoner_graphql.planner.values import global_id

_KINDS = {
    PolicyItemKind.ROLE: "PolicyRole",
    PolicyItemKind.GRANT: "PolicyGrant",
    PolicyItemKind.SEPARATION: "PolicySeparation",
    PolicyItemKind.ASSERTION: "PolicyAssertion",
}


def _type_of(row: Row) -> Any:
    return case(*((row.value["kind"].astext == kind.value, name) for kind, name in _KINDS.items()))


def member(name: str, description: str) -> Any:
    """A text of an item, which `document.item_to_json` has always written."""
    return computed(lambda row: row.value[name].astext, always=True, description=description)


def truth(name: str, description: str) -> Any:
    """A boolean of an item, written likewise."""
    return computed(lambda row: cast(row.value[name].astext, Boolean), always=True, description=description)


def listed(name: str, description: str) -> Any:
    """A list of an item, written likewise."""
    return computed(lambda row: row.value[name], always=True, description=description)


def _key() -> Any:
    return computed(
        lambda row: key_of(row.value),
        always=True,  # of every kind
        description="Names the item among those of its policy, and is the same at each version; `remove` takes it.",
    )


@reads(kind=_type_of)
@strawberry.interface(description="A part of a policy. What changes is an item that goes and another that comes.")
class PolicyItem:
    """Read from the JSON of an item: `value`."""

    key: str = _key()
    comment: str = member("comment", "Why it is there, or what it is for.")
    built_in: bool = computed(
        lambda row: is_built_in(row.value),
        always=True,
        description="Whether it ships with the platform. It cannot be removed; a grant can refuse what it allows.",
    )


@reads()
@strawberry.type(description="Who may, or may not, do what with which rows.")
class PolicyGrant(PolicyItem):
    """Of `document.Grant`."""

    role: str = member("role", "The role that it is given to, by name.")
    permission: str = computed(
        lambda row: row.value["resource"].astext.op("||")(":").op("||")(row.value["action"].astext),
        always=True,
        description="What it is about, by name; see `permissions`.",
    )
    scope: PolicyScope = member("scope", "With which rows.")
    effect: PolicyEffect = member("effect", "Whether it allows or refuses.")


@strawberry.input(description="Which grants; what is not given or null means any.")
class PolicyGrantFilter:
    """Members of a grant."""

    role: TextFilter | None = strawberry.field(default=None, description="Of which roles.")
    resource: TextFilter | None = strawberry.field(default=None, description="About which resources.")


def _member_of(name: str) -> Any:
    return lambda row: row.value[name].astext


_GRANT_PAGES: dict[str, Any] = {
    "key": "place",
    "filter": PolicyGrantFilter,
    "where": {"role": _member_of("role"), "resource": _member_of("resource")},
}


@reads()
@strawberry.type(description="What somebody can hold, here or there, and what comes with it.")
class PolicyRole(PolicyItem):
    """Of `document.Role`."""

    name: str = member("name", "Unique among built-in roles and the agency's own.")
    held_at: RoleHeldAt = member("held_at", "Where it is held.")
    includes: list[str] = listed("includes", "Roles whose grants it has as well, by name.")
    emergency: bool = truth("emergency", "Whether it can be taken for a time by breaking the glass.")
    grants: Connection[PolicyGrant] = pages(
        items("grant", of_role=True),
        **_GRANT_PAGES,
        description="Its own grants, at the version at which the role was found; those of `includes` are not here.",
    )


@reads()
@strawberry.type(description="Two roles that nobody may hold both, at one organization or with one at the agency.")
class PolicySeparation(PolicyItem):
    """Of `document.Separation`."""

    role: str = member("role", "One role, by name.")
    other: str = member("other", "The other.")


@reads()
@strawberry.type(description="Who may or may not. A change of the policy that breaks it is refused.")
class PolicyAssertion(PolicyItem):
    """Of `document.Assertion`."""

    roles: list[str] = listed("roles", "Somebody who holds all of these and nothing else.")
    permission: str = member("permission", "What that person wants to do, by name; see `permissions`.")
    row: list[Facets] = listed("row", "What the row is to that person; empty for any other row.")
    allowed: bool = truth("allowed", "What the answer must be.")
    always: bool = truth("always", "Of a built-in one: it binds a policy with items of the agency's own, too.")


@reads()
@strawberry.type(description="An item that comes or goes.")
class PolicyChange:
    """A member of a version's or a preview's `changes`."""

    op: PolicyOp = computed(lambda row: row.op, always=True, description="Whether it comes or goes.")
    kind: PolicyItemKind = member("kind", "What kind of item it is.")
    key: str = _key()
    item: PolicyItem = same(description="The item.")


@reads(tables.PolicyVersion, view=Permission.POLICY_VIEW)
@strawberry.type(description="One change of the agency's policy. Numbers count from 1; a version never changes.")
class PolicyVersion(Node):
    """Read from `policy_version`."""

    number: int = strawberry.field(description="Its number. Decisions and journal entries name it after a plus sign.")
    author: strawberry.ID = computed(
        lambda version: global_id("Subject", version.author_id),
        description="Who made it: the `id` of that account's `viewer`.",
    )
    reason: str = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="Since when it was in force.")
    restores: int | None = strawberry.field(
        description="The number of the version whose content it has again; 0 is nothing of the agency's own."
    )
    changes: Connection[PolicyChange] = pages(
        changes_of("number"), key="place", description="What went and what came with it."
    )


@reads(tables.PolicyPreview, view=Permission.POLICY_CHANGE)
@strawberry.type(description="A change that was looked at. It can be applied as long as the policy has not moved.")
class PolicyPreview:
    """Read from `policy_preview`."""

    id: strawberry.ID = strawberry.field(description="What `applyPolicyChange` takes.")
    base: int = strawberry.field(description="The number of the version that it was looked at from.")
    created_at: datetime = strawberry.field(description="When.")
    applied_version: int | None = strawberry.field(
        description="The version that it became; null as long as it is none."
    )
    changes: Connection[PolicyChange] = pages(
        changes_of("base"), key="place", description="Those of the changes that change something."
    )


@reads()
@strawberry.type(description="What can be granted.")
class PolicyPermission:
    """A member of `Permission`."""

    name: str = member("name", "As grants name it: `resource:action`, or `resource.field:view` for a single field.")
    resource: str = member("resource", "What kind of row it is about.")
    field: str | None = computed(lambda row: row.value["field"].astext, description="The single field that it shows.")
    action: str = member("action", "What may be done.")
    description: str = member("description", "What it allows, in words.")
    scopes: list[PolicyScope] = listed(
        "scopes", "The scopes that its rows can be in; in any other, a grant reaches none."
    )


@reads()
@strawberry.type(
    description="Who may do what: what ships with the platform, and the agency's own on top, at a version."
)
class Policy:
    """Read at a version's number."""

    version: int = computed(
        lambda policy: policy.number, always=True, description="The version; 0 is nothing of the agency's own."
    )
    roles: Connection[PolicyRole] = pages(items("role"), key="place", description="All roles, by name.")
    grants: Connection[PolicyGrant] = pages(items("grant"), **_GRANT_PAGES, description="All grants, by role.")
    separations: list[PolicySeparation] = many(items("separation"), description="All separations.")
    assertions: list[PolicyAssertion] = many(items("assertion"), expect=40, description="All assertions.")
    permissions: list[PolicyPermission] = many(
        PERMISSIONS, expect=60, description="Everything that can be granted, by name."
    )
