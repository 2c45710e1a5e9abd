"""Asking a policy the questions of its assertions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from almoner.authorization.authorizer import reaches
from almoner.authorization.document import Assertion, Facets
from almoner.authorization.facts import Facts
from almoner.authorization.policy import Policy
from almoner.core.errors import Problem
from almoner.core.pauses import Pauses
from almoner.core.viewer import Held, Viewer

_SOMEBODY, _HERE, _ELSEWHERE = UUID(int=1), UUID(int=2), UUID(int=3)


@dataclass(frozen=True, slots=True)
class Answer:
    """An assertion and what the policy really says."""

    assertion: Assertion
    allowed: bool

    @property
    def kept(self) -> bool:
        """Whether the two agree."""
        return self.allowed == self.assertion.allowed


def binding_assertions(policy: Policy) -> list[Assertion]:
    """The assertions that the tenant's policy must keep: its own, and the built-in ones that bind everybody.

    For a tenant that has changed nothing, all of the built-in ones.
    """
    built_in = policy.base.document.assertions.values()
    return [
        *(each for each in built_in if each.always or not policy.document),
        *policy.document.assertions.values(),
    ]


def ask(policy: Policy, assertion: Assertion) -> Answer:
    """What the policy says about somebody with these roles alone, and a row that is to that person as said."""
    held = frozenset(
        Held(name, _HERE if name in policy.roles and policy.roles[name].at_organization else None)
        for name in assertion.roles
    )
    profile = policy.profile(frozenset(assertion.roles))
    viewer = Viewer(_SOMEBODY, _SOMEBODY, "account", held, profile, policy.version)
    facts = Facts(
        _HERE if Facets.OWN in assertion.row else _ELSEWHERE,
        Facets.ASSIGNED in assertion.row,
        Facets.PUBLIC in assertion.row,
        Facets.BARRED in assertion.row,
    )
    rights = profile.rights.get(assertion.permission)
    return Answer(assertion, rights is not None and reaches(rights, viewer, facts))


async def assertion_problems(policy: Policy, assertions: Iterable[Assertion]) -> list[Problem]:
    """The assertions that the policy does not keep."""
    found = []
    pause = Pauses()
    for each in assertions:
        await policy.profile_soon(frozenset(each.roles))
        if not ask(policy, each).kept:
            found.append(Problem("ASSERTION_BROKEN", f"{sentence(each)}: {each.comment}.", each.key))
        await pause()
    return found


def sentence(assertion: Assertion) -> str:
    """The assertion in words."""
    who = " and ".join(assertion.roles)
    what = f"{'may' if assertion.allowed else 'may not'} {assertion.permission}"
    return f"{who} {what} where the row is {', '.join(assertion.row)}" if assertion.row else f"{who} {what}"
