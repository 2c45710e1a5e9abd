"""Changes of a policy as they are sent, and what is wrong with them, at its place in the arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

from almoner.authorization.document import (
    Assertion,
    Change,
    Facets,
    Grant,
    Item,
    Key,
    PolicyDocument,
    Role,
    Separation,
)
from almoner.core.errors import Invalid, Problem
from almoner_graphql.authorization.policy_enums import PolicyEffect, PolicyScope, RoleHeldAt

#: More at once are for files, at the command line.
MAX_CHANGES = 1_000
_COMMENT = "Why; kept with it."


@strawberry.input(description="A role of the agency's own.")
class PolicyRoleInput:
    """See `document.Role`."""

    name: str = strawberry.field(description="2 to 63 of a-z, 0-9 and _, a letter first; no built-in role's.")
    held_at: RoleHeldAt = strawberry.field(description="Where it is held; not `PLATFORM`.")
    comment: str = strawberry.field(description="What it is for, at most 1,000 characters.")
    includes: list[str] = strawberry.field(
        default_factory=list, description="Roles whose grants it has as well: parts, or held where it is. At most 100."
    )
    emergency: bool = strawberry.field(default=False, description="Whether it can be taken by breaking the glass.")

    def item(self) -> Item:
        """The role."""
        return Role(self.name, self.held_at.value, self.comment, tuple(self.includes), self.emergency)


@strawberry.input(description="A grant of the agency's own, for any role but the platform's.")
class PolicyGrantInput:
    """See `document.Grant`."""

    role: str = strawberry.field(description="The role that it is given to, by name.")
    permission: str = strawberry.field(description="What it is about, by name; see `permissions` of `policy`.")
    scope: PolicyScope = strawberry.field(description="With which rows.")
    effect: PolicyEffect = strawberry.field(default=PolicyEffect.ALLOW, description="Whether it allows or refuses.")
    comment: str = strawberry.field(description=_COMMENT)

    def item(self) -> Item:
        """The grant."""
        resource, _, action = self.permission.partition(":")
        return Grant(self.role, resource, action, self.scope.value, self.effect.value, self.comment)


@strawberry.input(description="Two roles that nobody may hold both, at one organization or with one at the agency.")
class PolicySeparationInput:
    """See `document.Separation`."""

    role: str = strawberry.field(description="One role, by name.")
    other: str = strawberry.field(description="The other.")
    comment: str = strawberry.field(description=_COMMENT)

    def item(self) -> Item:
        """The separation."""
        return Separation(self.role, self.other, self.comment)


@strawberry.input(description="Who may or may not, whatever else changes.")
class PolicyAssertionInput:
    """See `document.Assertion`."""

    roles: list[str] = strawberry.field(description="Somebody who holds all of these and nothing else. At most 100.")
    permission: str = strawberry.field(description="What that person wants to do, by name.")
    row: list[Facets] = strawberry.field(
        default_factory=list, description="What the row is to that person; empty for any other row."
    )
    allowed: bool = strawberry.field(description="What the answer must be.")
    comment: str = strawberry.field(description=_COMMENT)

    def item(self) -> Item:
        """The assertion."""
        row = tuple(fact.value for fact in self.row)
        return Assertion(tuple(self.roles), self.permission, self.allowed, self.comment, row)


@strawberry.input(
    one_of=True,
    description="One change: exactly one of these. An item that is added replaces the agency's own one with its key.",
)
class PolicyChangeInput:
    """See `document.Change`."""

    add_role: PolicyRoleInput | None = strawberry.field(default=strawberry.UNSET, description="A role comes.")
    add_grant: PolicyGrantInput | None = strawberry.field(default=strawberry.UNSET, description="A grant comes.")
    add_separation: PolicySeparationInput | None = strawberry.field(
        default=strawberry.UNSET, description="A separation comes."
    )
    add_assertion: PolicyAssertionInput | None = strawberry.field(
        default=strawberry.UNSET, description="An assertion comes."
    )
    remove: str | None = strawberry.field(
        default=strawberry.UNSET, description="An item of the agency's own goes: its `key`."
    )


_NAMES = {
    "add_role": "addRole",
    "add_grant": "addGrant",
    "add_separation": "addSeparation",
    "add_assertion": "addAssertion",
}


def key_of(item: Item) -> str:
    """The key of an item; `policy_sources.key_of` reads the same."""
    return " ".join(part for part in item.key if part)


def read_changes(given: Sequence[PolicyChangeInput], there: PolicyDocument) -> list[Change]:
    """The changes, in order.

    Args:
        there: the agency's own items now, of which some may go.

    Raises:
        Invalid: there are none or too many of them, or what is to go is not there.
    """
    if not given:
        raise Invalid([Problem("LIST_EMPTY", "Give at least one change.", ("changes",))])
    if len(given) > MAX_CHANGES:
        message = f"Give at most {MAX_CHANGES:,} changes at once; `almoner policy import` takes more."
        raise Invalid([Problem("TOO_MANY_CHANGES", message, ("changes",))])
    known = {key_of(item): item for item in there.items.values()}
    changes, problems = [], []
    for place, one in enumerate(given):
        item = next((added.item() for added in map(one.__dict__.get, _NAMES) if added), None)
        if item is not None:
            known[key_of(item)] = item
            changes.append(Change("add", item))
        elif (gone := known.pop(one.remove or "", None)) is not None:
            changes.append(Change("remove", gone))
        else:
            message = "There is no item of the agency's own with this key. What is built in cannot be removed."
            problems.append(Problem("NOT_THERE", message, ("changes", str(place), "remove")))
    if problems:
        raise Invalid(problems)
    return changes


#: Which field of an input a problem is about, by the kind of the item and the problem's code; `roles` of an assertion.
_ABOUT: Mapping[tuple[str, str], str] = {
    ("role", "BAD_ROLE_NAME"): "name",
    ("role", "ROLE_IS_BUILT_IN"): "name",
    ("role", "UNKNOWN_PLACE"): "heldAt",
    ("role", "UNKNOWN_ROLE"): "includes",
    ("role", "ROLE_PLACE_DIFFERS"): "includes",
    ("role", "ROLE_CYCLE"): "includes",
    ("role", "ROLE_TOO_DEEP"): "includes",
    ("role", "ROLES_SEPARATED"): "includes",
    ("grant", "UNKNOWN_ROLE"): "role",
    ("grant", "ROLE_IS_THE_PLATFORMS"): "role",
    ("grant", "UNKNOWN_PERMISSION"): "permission",
    ("grant", "SCOPE_NEEDS_ORGANIZATION"): "scope",
    ("assertion", "UNKNOWN_ROLE"): "roles",
    ("assertion", "UNKNOWN_PERMISSION"): "permission",
}
#: The same for fields of items that are called otherwise in inputs.
_FIELDS = {"held_at": "heldAt", "resource": "permission", "action": "permission"}


def located(error: Invalid, given: Sequence[PolicyChangeInput], changes: Sequence[Change]) -> Invalid:
    """The same problems at their places in the arguments.

    The domain names an item by its key, or a text by the place of its change. What is about no change that was sent,
    such as an assertion that would be broken, is about `changes` as a whole.
    """
    places = {change.item.key: place for place, change in enumerate(changes)}
    return Invalid([_located(problem, given, changes, places) for problem in error.problems])


def _located(
    problem: Problem, given: Sequence[PolicyChangeInput], changes: Sequence[Change], places: Mapping[Key, int]
) -> Problem:
    if problem.path[:1] == ("changes",) and len(problem.path) == 3:
        place, field = int(problem.path[1]), _FIELDS.get(problem.path[2], problem.path[2])
    elif problem.path in places:
        place = places[problem.path]
        code = "comment" if problem.code == "REASON_MISSING" else ""
        field = _ABOUT.get((changes[place].item.kind, problem.code), code)
    else:
        return Problem(problem.code, problem.message, ("changes",))
    member = _member(given[place])
    path = ("changes", str(place), member, field) if field and member != "remove" else ("changes", str(place), member)
    return Problem(problem.code, problem.message, path)


def _member(given: PolicyChangeInput) -> str:
    """Which of its members a change has, as the schema names it."""
    values: dict[str, Any] = given.__dict__
    return next((name for attribute, name in _NAMES.items() if values.get(attribute)), "remove")
