"""Who acts, and what that person or machine may do, as plain values that authorization fills in and everybody reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

_NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """A role that is held: at the tenant (no organization), or at one organization of it."""

    role: str
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """The scopes in which a permission is given and refused. Refused wins.

    Attributes:
        allow, deny: names of scopes.
        own_allow, own_deny: for the scope `own`, the held roles that give or refuse it; the organizations at which they
            are held are the viewer's to say.
    """

    allow: frozenset[str]
    deny: frozenset[str]
    own_allow: frozenset[str] = _NOWHERE
    own_deny: frozenset[str] = _NOWHERE

    @property
    def somewhere(self) -> bool:
        """Whether some row could exist for which the permission is held, as one that is about to be made."""
        if "any" in self.deny:
            return False
        others = (self.allow - self.deny) - {"own"}
        return bool(others or self.own_allow - self.own_deny)

    @property
    def everywhere(self) -> bool:
        """Whether it is held for every row of the tenant."""
        return "any" in self.allow and not self.deny


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Profile:
    """What a set of roles may do together: a permission set without ids of tenants, organizations or subjects.

    Everything that is made for a kind of viewer (a plan of a query) is kept by its profile. Comparing costs one
    comparison of short texts, and tenants whose policies give the same rights share profiles.

    Attributes:
        key: names exactly these rights.
        rights: permission -> rights; what is missing is not given.
        own: the sets of held roles whose organizations decide something here; follows from the rights.
    """

    key: str
    rights: Mapping[str, Rights]
    own: frozenset[frozenset[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        both = ((rights.own_allow, rights.own_deny) for rights in self.rights.values())
        object.__setattr__(self, "own", frozenset(roles for pair in both for roles in pair if roles))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self.key == other.key


@dataclass(frozen=True, slots=True)
class Proof:
    """How and when somebody proved who they are.

    Attributes:
        at: the instant at which it was proved last; renewing a token does not change it.
        factors: by what, in the names of RFC 8176 where it has one: see `identity/factors.py`.
        session_id: the session that this belongs to; None for a token that the operator signed with the keys.
    """

    at: datetime
    factors: frozenset[str]
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who acts.

    Attributes:
        subject_id: the account or service account; for a worker, who asked for the job.
        kind: `account`, `service_account`, `worker`, `operator`, `public`, or `visitor` for who has not signed in yet.
        held: the roles held now, and where.
        profile: what they may do together.
        policy_version: the policy that the rights were read from; journal entries and jobs name it.
        proof: of a verified token; None for whoever has none.
        places: role -> the organizations at which it is held; follows from `held`.
    """

    tenant_id: UUID
    subject_id: UUID
    kind: str
    held: frozenset[Held]
    profile: Profile
    policy_version: str
    proof: Proof | None = None
    places: Mapping[str, frozenset[UUID]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places: dict[str, set[UUID]] = {}
        for each in self.held:
            if each.organization_id is not None:
                places.setdefault(each.role, set()).add(each.organization_id)
        object.__setattr__(self, "places", {role: frozenset(found) for role, found in places.items()})

    @property
    def roles(self) -> frozenset[str]:
        """The names of the roles held now, wherever."""
        return frozenset(each.role for each in self.held)

    def organizations(self, roles: frozenset[str]) -> Any:
        """The organizations at which the viewer holds one of these roles, as SQL takes them: a list of UUIDs."""
        return sorted(frozenset().union(*(self.places.get(role, ()) for role in roles)))
