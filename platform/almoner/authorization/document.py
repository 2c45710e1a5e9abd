"""A policy as values: roles, grants, separations and assertions, and the difference between two policies.

Every item is immutable and has a key; what changes is an item that goes and another that comes. So a version is its
changes, a diff is exact, and restoring is the diff to what was. The grants of a role are kept together, and documents
share those that no change has touched: a change costs what it touches, however large the policy is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from sys import intern
from typing import Any, ClassVar, NamedTuple

Key = tuple[str, ...]
#: What a grant says beside its role: resource, action, scope, effect.
Granted = tuple[str, str, str, str]


class OrganizationKind(StrEnum):
    """The kinds of parties of a program."""

    ACO = "ACO"
    RBHA = "RBHA"
    COMMITTEE = "COMMITTEE"
    BODY = "BODY"
    OTHER = "OTHER"


#: Where a role may be held. `platform`: by the platform's own processes and operators, never given to anybody;
#: `part`: not held, only included in other roles; `organization`: at one of any kind.
HELD_AT = ("platform", "part", "tenant", "organization", *OrganizationKind)


class Facets(StrEnum):
    """What a row can be to a viewer; the words of assertions."""

    OWN = "own"
    ASSIGNED = "assigned"
    PUBLIC = "public"
    BARRED = "barred"


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
        row: what the row is to that person: `own`, `assigned`, `public`, `barred`; nothing for any other row.
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


def item_to_json(item: Item) -> dict[str, Any]:
    """The item's fields, with its kind."""
    content = item._asdict() if isinstance(item, Grant) else {f.name: getattr(item, f.name) for f in fields(item)}
    return {"kind": item.kind, **{name: list(v) if isinstance(v, tuple) else v for name, v in content.items()}}


def item_from_json(found: Mapping[str, Any]) -> Item:
    """The item that `item_to_json` wrote.

    Raises:
        KeyError, TypeError: it is none.
    """
    content = dict(found)
    kind = content.pop("kind")
    if kind == "grant":  # of these there are many, and they have no lists
        return Grant(**content)
    return KINDS[kind](**{name: tuple(v) if isinstance(v, list) else v for name, v in content.items()})


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


class RoleGrants:
    """The grants of one role: what is granted, and why. Never changes, so versions of a policy share it.

    Attributes:
        sound_as: what the grants were found sound under, once they were checked; see `check.py`.
    """

    __slots__ = ("reasons", "role", "sound_as")

    def __init__(self, role: str, reasons: Mapping[Granted, str]) -> None:
        self.role = role
        self.reasons = reasons
        self.sound_as: object = None

    def __iter__(self) -> Iterator[Grant]:
        return (Grant(self.role, *granted, comment) for granted, comment in self.reasons.items())

    def __contains__(self, granted: Granted) -> bool:
        return granted in self.reasons

    def __len__(self) -> int:
        return len(self.reasons)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RoleGrants) and (self.role, self.reasons) == (other.role, other.reasons)

    __hash__ = None  # type: ignore[assignment]  # equal by content, which is large

    def get(self, granted: Granted) -> Grant | None:
        """The grant, if it is there."""
        comment = self.reasons.get(granted)
        return None if comment is None else Grant(self.role, *granted, comment)


@dataclass(frozen=True)
class PolicyDocument:
    """A set of items, each kind by what names it.

    Attributes:
        roles: by name.
        granted: the grants by role; roles without any are not in it.
        separations, assertions: by key.
    """

    roles: Mapping[str, Role] = field(default_factory=dict)
    granted: Mapping[str, RoleGrants] = field(default_factory=dict)
    separations: Mapping[Key, Separation] = field(default_factory=dict)
    assertions: Mapping[Key, Assertion] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item]) -> PolicyDocument:
        """The document with these items; a later one replaces an earlier one of the same key."""
        draft = Draft(cls())
        for item in items:
            draft.put(item)
        return draft.document()

    def __bool__(self) -> bool:
        return bool(self.roles or self.granted or self.separations or self.assertions)

    def __len__(self) -> int:
        return len(self.roles) + sum(map(len, self.granted.values())) + len(self.separations) + len(self.assertions)

    def __iter__(self) -> Iterator[Item]:
        yield from self.roles.values()
        yield from self.grants
        yield from self.separations.values()
        yield from self.assertions.values()

    @property
    def items(self) -> dict[Key, Item]:
        """All items by key, made anew: of a large document, better ask for what is wanted."""
        return {item.key: item for item in self}

    @property
    def grants(self) -> Iterator[Grant]:
        """All grants, role by role."""
        return (grant for of_role in self.granted.values() for grant in of_role)

    def get(self, key: Key) -> Item | None:
        """The item with that key."""
        kind, *named = key
        if kind == "role":
            return self.roles.get(named[0])
        if kind == "grant":
            of_role = self.granted.get(named[0])
            return of_role.get((named[1], named[2], named[3], named[4])) if of_role else None
        return self.separations.get(key) or self.assertions.get(key)

    def changed(self, changes: Iterable[Change]) -> PolicyDocument:
        """The document after these changes, in order. What is not there to be removed is passed over."""
        draft = Draft(self)
        for change in changes:
            draft.apply(change)
        return draft.document()


class Draft:
    """A document in the making: begins as another, which stays as it is, and shares with it what is not touched.

    Attributes:
        touched: the roles that are another, or have other grants.
    """

    def __init__(self, begun: PolicyDocument) -> None:
        self._begun = begun
        self._roles: dict[str, Role] | None = None
        self._separations: dict[Key, Separation] | None = None
        self._assertions: dict[Key, Assertion] | None = None
        self._granted: dict[str, dict[Granted, str]] = {}
        self.touched: set[str] = set()

    def apply(self, change: Change) -> None:
        """Make a change. What is not there to be removed is passed over."""
        if change.op == "add":
            self.put(change.item)
        else:
            self.drop(change.item)

    def put(self, item: Item) -> None:
        """Add an item, in place of the one with its key."""
        if isinstance(item, Grant):
            # Few words, very many grants.
            self._of_role(item.role)[_shared(item[1:5])] = item.comment
        else:
            self._of_kind(item)[item.name if isinstance(item, Role) else item.key] = item

    def drop(self, item: Item) -> None:
        """Take the item with this one's key out."""
        if isinstance(item, Grant):
            self._of_role(item.role).pop(item[1:5], None)
        else:
            self._of_kind(item).pop(item.name if isinstance(item, Role) else item.key, None)

    def document(self) -> PolicyDocument:
        """The document as it is now; the draft is used up."""
        granted = self._begun.granted
        if self._granted:
            granted = {**granted, **{role: RoleGrants(role, reasons) for role, reasons in self._granted.items()}}
            for role in [role for role, reasons in self._granted.items() if not reasons]:
                del granted[role]
        roles = self._begun.roles if self._roles is None else self._roles
        separations = self._begun.separations if self._separations is None else self._separations
        assertions = self._begun.assertions if self._assertions is None else self._assertions
        return PolicyDocument(roles, granted, separations, assertions)

    def _of_role(self, role: str) -> dict[Granted, str]:
        found = self._granted.get(role)
        if found is None:
            self.touched.add(role)
            there = self._begun.granted.get(role)
            found = self._granted[role] = dict(there.reasons) if there else {}
        return found

    def _of_kind(self, item: Role | Separation | Assertion) -> dict[Any, Any]:
        if isinstance(item, Role):
            self.touched.add(item.name)
            self._roles = self._roles if self._roles is not None else dict(self._begun.roles)
            return self._roles
        if isinstance(item, Separation):
            self._separations = self._separations if self._separations is not None else dict(self._begun.separations)
            return self._separations
        self._assertions = self._assertions if self._assertions is not None else dict(self._begun.assertions)
        return self._assertions


def _shared(granted: Granted) -> Granted:
    resource, action, scope, effect = (intern(word) if type(word) is str else word for word in granted)
    return resource, action, scope, effect


def difference(before: PolicyDocument, after: PolicyDocument) -> Iterator[Change]:
    """The changes that lead from one document to the other: what goes, then what comes."""
    yield from (Change("remove", item) for item in _missing(before, after))
    yield from (Change("add", item) for item in _missing(after, before))


def _missing(there: PolicyDocument, other: PolicyDocument) -> Iterator[Item]:
    """The items that the other document does not have, or has differently."""
    yield from (role for name, role in there.roles.items() if other.roles.get(name) != role)
    for role, of_role in there.granted.items():
        others = other.granted.get(role)
        if others is not of_role:
            reasons = others.reasons if others else {}
            found = of_role.reasons.items()
            yield from (Grant(role, *granted, comment) for granted, comment in found if reasons.get(granted) != comment)
    yield from (item for key, item in there.separations.items() if other.separations.get(key) != item)
    yield from (item for key, item in there.assertions.items() if other.assertions.get(key) != item)
