"""Small and random policies, and viewers under them."""

from __future__ import annotations

import random
from collections.abc import Callable
from uuid import UUID

import pytest

from almoner.authorization.built_in import BuiltIn, built_in
from almoner.authorization.document import Grant, Item, PolicyDocument, Role
from almoner.authorization.facts import Facts
from almoner.authorization.policy import Policy
from almoner.authorization.scopes import SCOPES
from almoner.core.viewer import Held, Viewer

ME, SOMEBODY, TENANT, OTHER = (UUID(int=number) for number in range(1, 5))
PLACES = tuple(UUID(int=number) for number in range(101, 104))
NAMES = ("reader", "eve, data9, write", "Zoë | 'quoted'", "deep", "deeper", "other")
ACTIONS = ("view", "submit", "certify")


def small_policy(*grants: tuple[str, str, str, str, str], includes: dict[str, tuple[str, ...]] | None = None) -> Policy:
    """A policy with these grants (role, resource, action, scope, effect) alone; all roles are held anywhere."""
    links = includes or {}
    names = {grant[0] for grant in grants} | set(links) | {name for inner in links.values() for name in inner}
    roles = [Role(name, "organization", "test", links.get(name, ())) for name in sorted(names)]
    items: list[Item] = [*roles, *(Grant(*grant, "test") for grant in grants)]
    return Policy(BuiltIn(built_in().model, PolicyDocument.of(items), "test"), PolicyDocument(), 0)


def viewer_under(policy: Policy, *held: str | Held, tenant: UUID = TENANT, subject: UUID = ME) -> Viewer:
    """Somebody who holds these roles; a mere name is held at the tenant."""
    every = frozenset(Held(each) if isinstance(each, str) else each for each in held)
    profile = policy.profile(frozenset(each.role for each in every))
    return Viewer(tenant, subject, "account", every, profile, policy.version)


def random_policy(dice: random.Random) -> Policy:
    """Up to twelve grants of six roles, some of which include others; part built in, part the tenant's."""
    grants = [
        Grant(
            dice.choice(NAMES),
            "rate_development",
            dice.choice(ACTIONS),
            dice.choice(sorted(SCOPES)),
            dice.choice(("allow", "allow", "deny")),
            "test",
        )
        for _ in range(dice.randint(0, 12))
    ]
    # A role includes roles that stand after it, so there is no cycle.
    roles = [
        Role(name, "organization", "test", tuple(inner for inner in NAMES[place + 1 :] if dice.random() < 0.2))
        for place, name in enumerate(NAMES)
    ]
    cut = dice.randint(0, len(grants))
    base = BuiltIn(built_in().model, PolicyDocument.of([*roles, *grants[:cut]]), "test")
    return Policy(base, PolicyDocument.of(grants[cut:]), 1)


def random_held(dice: random.Random) -> frozenset[Held]:
    """Up to three roles, at the tenant or at one of three organizations."""
    return frozenset(Held(dice.choice(NAMES), dice.choice((None, *PLACES))) for _ in range(dice.randint(0, 3)))


def random_facts(dice: random.Random) -> Facts:
    """A row of nobody or of one of three organizations, and the rest by chance."""
    return Facts(dice.choice((None, *PLACES)), *(dice.random() < 0.4 for _ in range(3)))


@pytest.fixture(scope="session")
def small() -> Callable[..., Policy]:
    return small_policy


@pytest.fixture(scope="session")
def viewing() -> Callable[..., Viewer]:
    return viewer_under


@pytest.fixture(scope="session")
def some_facts() -> Callable[[random.Random], Facts]:
    return random_facts


@pytest.fixture(scope="session")
def some_held() -> Callable[[random.Random], frozenset[Held]]:
    return random_held


@pytest.fixture(scope="session")
def some_policy() -> Callable[[random.Random], Policy]:
    return random_policy
