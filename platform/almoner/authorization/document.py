"""A policy as values: roles, grants, separations and assertions, and the difference between two policies.

Every item is immutable and has a key; what changes is an item that goes and another that comes. So a version is its
changes, a diff is exact, and restoring is the diff to what was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, TypeVar

Key = tuple[str, ...]


class OrganizationKind(StrEnum):
    """The kinds of parties of a program."""

    ACO = "ACO"
    RBHA = "RBHA"
    COMMITTEE = "COMMITTEE"
    OTHER = "OTHER"


#: Where a role may be held. `platform`: by the platform's own processes and operators, never given to anybody;
#: `part`: not held, only included in other roles; `organization`: at one of any kind.
HELD_AT = ("platform", "part", "tenant", "organization", *OrganizationKind)


class Facets(StrEnum):
    """What a row can be to a viewer; the words of assertions."""

    OWN = "own"
    ASSIGNED = "assigned"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Role:
    """A role.

    Attributes:
        held_at: one of `HELD_AT`.
        includes: roles whose grants it has as well.
        emergency: whether it can be taken by breaking the glass.
        comment: what it is for.
    """

    kind: ClassVar[str] = "role"
    name: str
    held_at: str
    comment: str
    includes: tuple[str, ...] = ()
    emergency: bool = False

    @property
    def key(self) -> Key:
        """Its name."""
        return (self.kind, self.name)

    @property
    def at_organization(self) -> bool:
        """Whether it is held at an organization."""
        return self.held_at not in ("platform", "part", "tenant")


class Grant(NamedTuple):
    """A role may, or may not, do an action on rows of a resource, and why."""

    role: str
    resource: str
    action: str
    scope: str
    effect: str
    comment: str

    @property
    def kind(self) -> str:
        """The kind of item."""
        return "grant"

    @property
    def key(self) -> Key:
        """Everything but the comment."""
        return ("grant", *self[:5])

    @property
    def permission(self) -> str:
        """`resource:action`."""
        return f"{self.resource}:{self.action}"


@dataclass(frozen=True, slots=True)
class Separation:
    """Two roles that nobody may hold both, at one organization or with one of them at the tenant."""

    kind: ClassVar[str] = "separation"
    role: str
    other: str
    comment: str

    @property
    def key(self) -> Key:
        """The pair, whichever way round it was written."""
        return (self.kind, *sorted((self.role, self.other)))


@dataclass(frozen=True, slots=True)
class Assertion:
    """Who may, or may not; every change of the policy must keep it.

    Attributes:
        roles: somebody who holds all of these, and nothing else.
        permission: `resource:action`.
        row: what the row is to that person: `own`, `assigned`, `public`; nothing for any other row.
        allowed: what the answer must be.
        always: of the built-in ones: binds every tenant's policy too.
    """

    kind: ClassVar[str] = "assertion"
    roles: tuple[str, ...]
    permission: str
    allowed: bool
    comment: str
    row: tuple[str, ...] = ()
    always: bool = False

    @property
    def key(self) -> Key:
        """The question; its answer is the rest."""
        return (self.kind, ",".join(sorted(self.roles)), self.permission, ",".join(sorted(self.row)))


Item = Role | Grant | Separation | Assertion
KINDS: dict[str, Callable[..., Item]] = {"role": Role, "grant": Grant, "separation": Separation, "assertion": Assertion}
OneKind = TypeVar("OneKind", Role, Grant, Separation, Assertion)


def item_to_json(item: Item) -> dict[str, Any]:
    """The item's fields, with its kind."""
    content = item._asdict() if isinstance(item, Grant) else {f.name: getattr(item, f.name) for f in fields(item)}
    return {"kind": item.kind, **{name: list(v) if isinstance(v, tuple) else v for name, v in content.items()}}


def item_from_json(found: Mapping[str, Any]) -> Item:
    """The item that `item_to_json` wrote.

    Raises:
        KeyError, TypeError: it is none.
    """
    content = {name: tuple(v) if isinstance(v, list) else v for name, v in found.items() if name != "kind"}
    return KINDS[found["kind"]](**content)


@dataclass(frozen=True, slots=True)
class Change:
    """An item that comes (`add`) or goes (`remove`)."""

    op: str
    item: Item

    def to_json(self) -> dict[str, Any]:
        """For the version's diff."""
        return {"op": self.op, "item": item_to_json(self.item)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Change:
        """The change that `to_json` wrote."""
        return cls(found["op"], item_from_json(found["item"]))


@dataclass(frozen=True)
class PolicyDocument:
    """A set of items, by key."""

    items: Mapping[Key, Item] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item]) -> PolicyDocument:
        """The document with these items; a later one replaces an earlier one of the same key."""
        return cls({item.key: item for item in items})

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Roles by name."""
        return {role.name: role for role in self._all(Role)}

    @cached_property
    def grants(self) -> list[Grant]:
        """All grants, in order of their coming."""
        return self._all(Grant)

    @cached_property
    def separations(self) -> list[Separation]:
        """All pairs of roles that nobody may hold both."""
        return self._all(Separation)

    @cached_property
    def assertions(self) -> list[Assertion]:
        """All assertions."""
        return self._all(Assertion)

    def _all(self, kind: type[OneKind]) -> list[OneKind]:
        return [item for item in self.items.values() if isinstance(item, kind)]

    def changed(self, changes: Sequence[Change]) -> PolicyDocument:
        """The document after these changes, in order. What is not there to be removed is passed over."""
        items = dict(self.items)
        for change in changes:
            if change.op == "add":
                items[change.item.key] = change.item
            else:
                items.pop(change.item.key, None)
        return PolicyDocument(items)


def difference(before: PolicyDocument, after: PolicyDocument) -> list[Change]:
    """The changes that lead from one document to the other: what goes, then what comes."""
    gone = [Change("remove", item) for key, item in before.items.items() if after.items.get(key) != item]
    came = [Change("add", item) for key, item in after.items.items() if before.items.get(key) != item]
    return [*gone, *came]
