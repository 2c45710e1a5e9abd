"""A tenant's policy at one version: casbin decides which grants apply to a role, and profiles keep what it decided.

A profile needs the grants of the roles that it reaches and no others, for the matcher asks of every grant whether the
subject has its role. So casbin is given those alone, and what it says is kept from version to version until one of
these roles is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import casbin

from almoner.authorization.adapter import build_enforcer
from almoner.authorization.built_in import BuiltIn, built_in
from almoner.authorization.check import reached_roles
from almoner.authorization.document import Draft, Granted, PolicyDocument, Role
from almoner.authorization.scopes import SCOPES
from almoner.core.pauses import Pauses
from almoner.core.recent import Recent
from almoner.core.viewer import Profile, Rights

Result = TypeVar("Result")
MAX_PROFILES = 2_048
#: Grants that are looked at in one piece of work.
_PIECE = 200

#: Profiles in use by their key, so that equal rights of different tenants are one object.
_PROFILES: WeakValueDictionary[str, Profile] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A profile, and the roles that were looked at for it: held, included, and so on."""

    profile: Profile
    reached: frozenset[str]


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
        self._profiles: Recent[frozenset[str], _Kept] = Recent(MAX_PROFILES)

    def changed(self, draft: Draft, number: int) -> Policy:
        """The policy of a draft that was begun with this one's document; profiles that it does not touch stay."""
        after = Policy(self.base, draft.document(), number)
        for held in self._profiles:
            kept = self._profiles.get(held)
            if kept is not None and kept.reached.isdisjoint(draft.touched):
                after._profiles.put(held, kept)
        return after

    def profile(self, roles: frozenset[str]) -> Profile:
        """What these roles may do together."""
        found = self._profiles.get(roles)
        if found is None:
            found = self._profiles.put(roles, _at_once(self._compiling(roles)))
        return found.profile

    async def profile_soon(self, roles: frozenset[str]) -> Profile:
        """The same; what takes long lets others have their turn."""
        found = self._profiles.get(roles)
        if found is None:
            found = self._profiles.put(roles, await _in_pieces(self._compiling(roles)))
        return found.profile

    def asked(self) -> list[frozenset[str]]:
        """The sets of roles whose profiles are kept, the one that was asked for last at the end."""
        return list(self._profiles)

    def granting(self, permission: str, *, scope: str | None = None, effect: str = "allow") -> set[str]:
        """The roles that have a grant of their own with this permission and effect, in some scope or in that one."""
        resource, _, action = permission.partition(":")
        scopes = SCOPES if scope is None else (scope,)
        wanted: list[Granted] = [(resource, action, each, effect) for each in scopes]
        both = (self.base.document.granted, self.document.granted)
        return {role for granted in both for role, given in granted.items() if any(one in given for one in wanted)}

    def enforcer(self) -> casbin.Enforcer:
        """casbin's enforcer with everything, made anew: of a large policy this takes a second."""
        every = {*self.roles, *self.base.document.granted, *self.document.granted}
        return _at_once(self._enforcing(sorted(every)))

    def _enforcing(self, roles: Iterable[str]) -> Generator[None, None, casbin.Enforcer]:
        """casbin's enforcer with the grants of these roles and what they include, piece by piece."""
        grants: dict[tuple[str, ...], None] = {}
        for role in roles:
            for granted in (self.base.document.granted, self.document.granted):
                if role in granted:
                    grants |= dict.fromkeys((role, *each) for each in granted[role].reasons)
                    yield
        includes = [(role, inner) for role in roles if role in self.roles for inner in self.roles[role].includes]
        return build_enforcer(self.base.model, grants, includes)

    def _compiling(self, held: frozenset[str]) -> Generator[None, None, _Kept]:
        reached = reached_roles(held, self.roles)
        enforcer = yield from self._enforcing(sorted(reached))
        holders: dict[str, list[str]] = {}
        for role in held:
            for name in (role, *enforcer.get_implicit_roles_for_user(role)):
                holders.setdefault(name, []).append(role)
        found: dict[str, dict[str, set[str]]] = {}
        for place, (name, resource, action, scope, effect) in enumerate(enforcer.get_policy()):
            if place % _PIECE == _PIECE - 1:
                yield
            if name not in holders:
                continue
            sides = found.setdefault(f"{resource}:{action}", {})
            sides.setdefault(effect, set()).add(scope)
            if scope == "own":
                sides.setdefault(f"own {effect}", set()).update(holders[name])
        yield
        return _Kept(_profile({name: _rights(sides) for name, sides in found.items()}), reached)


def _at_once(work: Generator[None, None, Result]) -> Result:
    """What the work comes to, done at once."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: Result = done.value
            return result


async def _in_pieces(work: Generator[None, None, Result]) -> Result:
    """The same, piece by piece."""
    pause = Pauses()
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: Result = done.value
            return result
        await pause()


def _profile(rights: Mapping[str, Rights]) -> Profile:
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
