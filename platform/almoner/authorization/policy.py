"""The built-in policy: casbin's model and the grants in `policies/`, and the permission set that they give to roles."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import casbin

from almoner.authorization.permissions import Permission
from almoner.authorization.scopes import SCOPES

COLUMNS = ("role", "resource", "action", "scope", "effect", "comment")
_SUBJECT = "subject"


class BadPolicy(ValueError):
    """A grant names something that does not exist, or says why it exists nowhere."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The scopes in which a permission is given and refused. Refused wins."""

    allow: frozenset[str]
    deny: frozenset[str]


PermissionSet = Mapping[str, Rights]


@dataclass(frozen=True, slots=True)
class Policy:
    """Grants as casbin takes them (role, resource, action, scope, effect), and a version that names exactly these."""

    model: str
    grants: tuple[tuple[str, ...], ...]
    version: str

    @property
    def roles(self) -> frozenset[str]:
        """The roles that some grant names."""
        return frozenset(grant[0] for grant in self.grants)

    def enforcer(self, roles: Iterable[str]) -> casbin.Enforcer:
        """A casbin enforcer in which one subject, called `subject`, holds these roles."""
        model = casbin.Model()
        model.load_model_from_text(self.model)
        enforcer = casbin.Enforcer(model)
        if self.grants:
            enforcer.add_policies([list(grant) for grant in self.grants])
        for role in sorted(roles):
            enforcer.add_grouping_policy(_SUBJECT, role)
        return enforcer

    def permissions(self, roles: frozenset[str]) -> PermissionSet:
        """What these roles may do together, compiled for quick answers."""
        return _compile(self, roles)


@lru_cache(maxsize=1024)
def _compile(policy: Policy, roles: frozenset[str]) -> PermissionSet:
    found: dict[str, dict[str, set[str]]] = {}
    for _role, resource, action, scope, effect in policy.enforcer(roles).get_implicit_permissions_for_user(_SUBJECT):
        sides = found.setdefault(f"{resource}:{action}", {"allow": set(), "deny": set()})
        sides[effect].add(scope)
    return {name: Rights(frozenset(sides["allow"]), frozenset(sides["deny"])) for name, sides in found.items()}


def parse_grants(text: str, name: str) -> list[tuple[str, ...]]:
    """The grants in a CSV.

    Raises:
        BadPolicy: unknown permission, scope or effect, a missing field, or a grant without its comment.
    """
    rows = list(csv.reader(text.splitlines()))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise BadPolicy(f"{name}: the first line must be {','.join(COLUMNS)}.")
    known = {permission.value for permission in Permission}
    grants = []
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(COLUMNS) or not all(field.strip() for field in row):
            raise BadPolicy(f"{name}, line {number}: {len(COLUMNS)} filled fields are needed, the last says why.")
        _role, resource, action, scope, effect, _comment = row
        if f"{resource}:{action}" not in known:
            raise BadPolicy(f"{name}, line {number}: there is no permission {resource}:{action}.")
        if scope not in SCOPES or effect not in ("allow", "deny"):
            raise BadPolicy(f"{name}, line {number}: unknown scope {scope!r} or effect {effect!r}.")
        grants.append(tuple(row[:5]))
    return grants


@lru_cache(maxsize=1)
def built_in_policy() -> Policy:
    """The policy that ships with the platform.

    Raises:
        BadPolicy: see `parse_grants`.
    """
    folder = files("almoner_policies")
    model = folder.joinpath("model.conf").read_text(encoding="utf-8")
    grants: list[tuple[str, ...]] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".csv"):
            grants += parse_grants(path.read_text(encoding="utf-8"), path.name)
    digest = hashlib.sha256(repr((model, grants)).encode()).hexdigest()
    return Policy(model, tuple(grants), f"built-in-{digest[:12]}")
