"""A tenant's policy at one version: casbin decides which grants apply to a role, and profiles keep what it decided."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

import casbin

from almoner.authorization.adapter import build_enforcer
from almoner.authorization.built_in import BuiltIn, built_in
from almoner.authorization.document import PolicyDocument, Role
from almoner.core.recent import Recent
from almoner.core.viewer import Profile, Rights

MAX_PROFILES = 2_048
#: Fewer grants are compiled at once; more would stall the event loop, so a thread does it.
SMALL = 2_000

#: Profiles in use by their key, so that equal rights of different tenants are one object.
_PROFILES: WeakValueDictionary[str, Profile] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Compiled:
    """An enforcer with all of a policy's grants, and those grants by role."""

    enforcer: casbin.Enforcer
    by_role: Mapping[str, list[list[str]]]


class Policy:
    """Built-in grants and a tenant's own, at a version. Never changes; the next version is another object.

    Attributes:
        document: the tenant's own items; empty for a tenant without any.
        number: the tenant's version, 0 before its first change.
        version: names exactly these grants: `<built-in digest>+<number>`.
    """

    def __init__(self, base: BuiltIn, document: PolicyDocument, number: int) -> None:
        self.base = base
        self.document = document
        self.number = number
        self.version = f"{base.digest}+{number}"
        self.roles: Mapping[str, Role] = {**base.document.roles, **document.roles}
        self._profiles: Recent[frozenset[str], Profile] = Recent(MAX_PROFILES)

    @property
    def size(self) -> int:
        """How many grants there are."""
        return len(self.base.document.grants) + len(self.document.grants)

    def profile(self, roles: frozenset[str]) -> Profile:
        """What these roles may do together."""
        return self._profiles.get(roles) or self._profiles.put(roles, _profile(self.compiled(), roles))

    def asked(self) -> list[frozenset[str]]:
        """The sets of roles whose profiles are kept."""
        return list(self._profiles)

    async def profile_soon(self, roles: frozenset[str]) -> Profile:
        """The same; a large policy that is not compiled yet is compiled in a thread, so that nobody else waits."""
        found = self._profiles.get(roles)
        if found is None and self.size > SMALL and _COMPILED.get(self) is None:
            _COMPILED.put(self, await asyncio.to_thread(self._compile))
        return found or self.profile(roles)

    def compiled(self) -> Compiled:
        """casbin's enforcer for this policy, kept for a while."""
        found = _COMPILED.get(self)
        return found if found is not None else _COMPILED.put(self, self._compile())

    def _compile(self) -> Compiled:
        grants = {grant[:5]: None for grant in (*self.base.document.grants, *self.document.grants)}
        includes = [(role.name, inner) for role in self.roles.values() for inner in role.includes]
        enforcer = build_enforcer(self.base.model, grants, includes)
        by_role: dict[str, list[list[str]]] = {}
        for rule in enforcer.get_policy():
            by_role.setdefault(rule[0], []).append(rule)
        return Compiled(enforcer, by_role)


#: Compiling is needed once for each set of roles that is met; most tenants are done after a few requests.
_COMPILED: Recent[Policy, Compiled] = Recent(64)


def _profile(compiled: Compiled, roles: frozenset[str]) -> Profile:
    found: dict[str, dict[str, set[str]]] = {}
    for held in roles:
        for name in (held, *compiled.enforcer.get_implicit_roles_for_user(held)):
            for _role, resource, action, scope, effect in compiled.by_role.get(name, ()):
                sides = found.setdefault(f"{resource}:{action}", {})
                sides.setdefault(effect, set()).add(scope)
                if scope == "own":
                    sides.setdefault(f"own {effect}", set()).add(held)
    rights = {name: _rights(sides) for name, sides in found.items()}
    key = _key(rights)
    there = _PROFILES.get(key)
    return there if there is not None else _PROFILES.setdefault(key, Profile(key, rights))


def _rights(sides: dict[str, set[str]]) -> Rights:
    parts: Any = (sides.get(name, ()) for name in ("allow", "deny", "own allow", "own deny"))
    return Rights(*(frozenset(part) for part in parts))


def _key(rights: Mapping[str, Rights]) -> str:
    """A digest of everything that the rights say."""
    lines = [
        repr((name, *(sorted(part) for part in (each.allow, each.deny, each.own_allow, each.own_deny))))
        for name, each in sorted(rights.items())
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@lru_cache(maxsize=1)
def built_in_policy() -> Policy:
    """The policy of every tenant that has changed nothing."""
    return Policy(built_in(), PolicyDocument(), 0)
