"""What can be wrong with a policy's items, all of it at once. Pure: nothing is read or changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from almoner.authorization.document import (
    HELD_AT,
    Assertion,
    Facets,
    Grant,
    Item,
    PolicyDocument,
    Role,
    RoleGrants,
    Separation,
)
from almoner.authorization.permissions import Permission
from almoner.authorization.scopes import SCOPES
from almoner.core.errors import Problem
from almoner.core.pauses import one_by_one
from almoner.core.recent import Recent
from almoner.core.texts import is_blank

ROLE_NAME = re.compile(r"[a-z][a-z0-9_]{1,62}")
MAX_DEPTH = 8
#: Roles, separations and assertions in which nothing was found wrong, by their ids.
_SOUND: Recent[tuple[int, ...], tuple[object, ...]] = Recent(64)
_PERMISSIONS = frozenset(permission.value for permission in Permission)


def policy_problems(document: PolicyDocument, base: PolicyDocument) -> list[Problem]:
    """What is wrong with a document that stands on top of another (a tenant's on the built-in one).

    The paths are those of `item_path`.
    """
    return [problem for piece in problem_pieces(document, base) for problem in piece]


async def policy_problems_soon(document: PolicyDocument, base: PolicyDocument) -> list[Problem]:
    """The same; a large document lets others have their turn."""
    return [problem for piece in await one_by_one(problem_pieces(document, base)) for problem in piece]


def problem_pieces(document: PolicyDocument, base: PolicyDocument) -> Iterator[list[Problem]]:
    """The same, piece by piece. Grants that were found sound before are not looked at again."""
    roles = {**base.roles, **document.roles}
    for of_role in document.granted.values():
        yield _problems_of_role(of_role, roles, base)
    # Documents share these if no change has touched them. What was looked at is kept, so that its id stays its own.
    parts = (document.roles, document.separations, document.assertions, base.roles, base.separations)
    key = tuple(map(id, parts))
    if _SOUND.get(key) is None:
        sound = True
        for piece in _pieces(document, base, roles):
            sound = sound and not piece
            yield piece
        if sound:
            _SOUND.put(key, parts)


def _pieces(document: PolicyDocument, base: PolicyDocument, roles: Mapping[str, Role]) -> Iterator[list[Problem]]:
    """Of roles, separations and assertions; what includes what is only looked at if they are right by themselves."""
    sound = True
    for piece in _pieces_by_themselves(document, base, roles):
        sound = sound and not piece
        yield piece
    if sound:
        separations = [*base.separations.values(), *document.separations.values()]
        for role in roles.values():
            yield [*_united(role, separations, roles)]


def _pieces_by_themselves(
    document: PolicyDocument, base: PolicyDocument, roles: Mapping[str, Role]
) -> Iterator[list[Problem]]:
    others: list[Item] = [*document.roles.values(), *document.separations.values(), *document.assertions.values()]
    for item in others:
        yield [*_item_problems(item, roles, base)]
    depths: dict[str, int] = {}
    for role in document.roles.values():
        yield [*_cycle(role, roles, depths)]


def _problems_of_role(of_role: RoleGrants, roles: Mapping[str, Role], base: PolicyDocument) -> list[Problem]:
    """Of the grants of a role: what is wrong with them depends on nothing but them, the role, and who wrote them."""
    sound_as = (roles.get(of_role.role), bool(base.roles))
    if of_role.sound_as == sound_as:
        return []
    found = [problem for grant in of_role for problem in _item_problems(grant, roles, base)]
    of_role.sound_as = None if found else sound_as
    return found


def _united(role: Role, separations: Iterable[Separation], roles: Mapping[str, Role]) -> Iterator[Problem]:
    """A role that includes two which nobody may hold both."""
    inside = included_roles(role.name, roles)
    for each in separations:
        if each.role in inside and each.other in inside:
            message = f"{role.name} would have both {each.role} and {each.other}: {each.comment}."
            yield Problem("ROLES_SEPARATED", message, item_path(role))


def item_path(item: Item) -> tuple[str, ...]:
    """Where a problem of an item is: its kind and what names it."""
    return item.key


def _item_problems(item: Item, roles: Mapping[str, Role], base: PolicyDocument) -> Iterator[Problem]:
    if is_blank(item.comment):
        yield Problem("REASON_MISSING", f"Say why: {' '.join(item.key)}.", item_path(item))
    if isinstance(item, Role):
        yield from _role_problems(item, roles, base)
    elif isinstance(item, Grant):
        yield from _grant_problems(item, roles, base)
    elif isinstance(item, Separation):
        yield from _unknown_roles(item, (item.role, item.other), roles)
        if item.role == item.other:
            yield Problem("SEPARATION_OF_ONE", "A separation is between two roles.", item_path(item))
    else:
        yield from _assertion_problems(item, roles)


def _unknown_roles(item: Item, names: Iterable[str], roles: Mapping[str, Role]) -> Iterator[Problem]:
    for name in names:
        if name not in roles:
            yield Problem("UNKNOWN_ROLE", f"There is no role {name}.", item_path(item))


def _role_problems(role: Role, roles: Mapping[str, Role], base: PolicyDocument) -> Iterator[Problem]:
    path = item_path(role)
    if not ROLE_NAME.fullmatch(role.name):
        yield Problem("BAD_ROLE_NAME", "A role's name is 2 to 63 of a-z, 0-9 and _, a letter first.", path)
    if role.name in base.roles:
        yield Problem("ROLE_IS_BUILT_IN", f"{role.name} is a built-in role; give yours another name.", path)
    if role.held_at not in HELD_AT or (role.held_at == "platform" and base.roles):
        yield Problem("UNKNOWN_PLACE", f"A role is not held at {role.held_at!r}.", path)
    yield from _unknown_roles(role, role.includes, roles)
    for name in role.includes:
        included = roles.get(name)
        # A role that is held at an organization must not reach the whole tenant by what it includes, nor the reverse.
        if included and included.held_at not in ("part", role.held_at):
            message = f"{role.name} is held at {role.held_at}, and {name}, which it includes, at {included.held_at}."
            yield Problem("ROLE_PLACE_DIFFERS", message, path)


def _grant_problems(grant: Grant, roles: Mapping[str, Role], base: PolicyDocument) -> Iterator[Problem]:
    path = item_path(grant)
    yield from _unknown_roles(grant, (grant.role,), roles)
    if grant.permission not in _PERMISSIONS:
        yield Problem("UNKNOWN_PERMISSION", f"There is no permission {grant.permission}.", path)
    if grant.scope not in SCOPES:
        yield Problem("UNKNOWN_SCOPE", f"There is no scope {grant.scope}.", path)
    if grant.effect not in ("allow", "deny"):
        yield Problem("UNKNOWN_EFFECT", f"An effect is allow or deny, not {grant.effect}.", path)
    role = roles.get(grant.role)
    if role is None:
        return
    if role.held_at == "platform" and base.roles:
        yield Problem("ROLE_IS_THE_PLATFORMS", f"What {role.name} may do is not a tenant's to say.", path)
    if grant.scope == "own" and not (role.at_organization or role.held_at == "part"):
        yield Problem("SCOPE_NEEDS_ORGANIZATION", f"{role.name} is not held at an organization, so owns no rows.", path)


def _assertion_problems(assertion: Assertion, roles: Mapping[str, Role]) -> Iterator[Problem]:
    yield from _unknown_roles(assertion, assertion.roles, roles)
    if assertion.permission not in _PERMISSIONS:
        message = f"There is no permission {assertion.permission}."
        yield Problem("UNKNOWN_PERMISSION", message, item_path(assertion))
    for facet in assertion.row:
        if facet not in tuple(Facets):
            message = f"A row is own, assigned, public or barred, not {facet}."
            yield Problem("UNKNOWN_FACT", message, item_path(assertion))


def _cycle(role: Role, roles: Mapping[str, Role], depths: dict[str, int]) -> Iterator[Problem]:
    try:
        _depth(role, roles, (), depths)
    except _Cycle as cycle:
        yield Problem("ROLE_CYCLE", f"Roles include each other: {cycle}.", item_path(role))
    except _TooDeep:
        yield Problem("ROLE_TOO_DEEP", f"{role.name} includes roles more than {MAX_DEPTH} deep.", item_path(role))


class _Cycle(Exception):
    """Roles that include each other, as a sentence."""


class _TooDeep(Exception):
    """A chain of roles that is longer than allowed; it may be a cycle of that many."""


def _depth(role: Role, roles: Mapping[str, Role], above: tuple[str, ...], depths: dict[str, int]) -> int:
    """How many roles the longest chain from this one has. No chain is walked twice: a file may have very many."""
    if role.name in above:
        raise _Cycle(" > ".join((*above, role.name)))
    if len(above) + depths.get(role.name, 1) > MAX_DEPTH:
        raise _TooDeep
    if role.name not in depths:
        here = (*above, role.name)
        below = [_depth(roles[name], roles, here, depths) for name in role.includes if name in roles]
        depths[role.name] = 1 + max(below, default=0)
    return depths[role.name]


def included_roles(name: str, roles: Mapping[str, Role]) -> frozenset[str]:
    """The role and everything that it includes; nothing for a name that is no role."""
    return frozenset(each for each in reached_roles((name,), roles) if each in roles)


def reached_roles(held: Iterable[str], roles: Mapping[str, Role]) -> frozenset[str]:
    """What is held, what that includes, and so on; names that are no roles too."""
    found: set[str] = set()
    waiting = list(held)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += roles[name].includes if name in roles else ()
    return frozenset(found)
