"""Compiled permission sets decide as casbin does: random decisions over random policies, and no difference."""

from __future__ import annotations

import random

import pytest

from almoner.authorization.authorizer import reaches
from almoner.authorization.oracle import Oracle

ACTIONS = ("view", "submit", "certify")
PER_POLICY = 40


def differences(seed, decisions, some_policy, some_held, some_facts, viewing):
    """Decisions that the two ways answer differently, and how many were allowed."""
    dice = random.Random(seed)
    found, allowed = [], 0
    for _ in range(decisions // PER_POLICY):
        policy = some_policy(dice)
        oracle = Oracle(policy)
        for _ in range(PER_POLICY):
            held, facts = some_held(dice), some_facts(dice)
            permission = f"rate_development:{dice.choice(ACTIONS)}"
            viewer = viewing(policy, *held)
            rights = viewer.profile.rights.get(permission)
            answer = rights is not None and reaches(rights, viewer, facts)
            allowed += answer
            if answer != oracle.allows(held, permission, facts):
                found.append((policy.document.grants, policy.base.document.items, held, permission, facts, answer))
    return found, allowed


def test_permission_sets_decide_as_casbin_does(some_policy, some_held, some_facts, viewing):
    found, allowed = differences(4, 4_000, some_policy, some_held, some_facts, viewing)
    assert found == []
    assert 400 < allowed < 3_600  # both answers are tried


@pytest.mark.bench
def test_a_million_permission_sets_decide_as_casbin_does(some_policy, some_held, some_facts, viewing):
    found, _allowed = differences(5, 1_000_000, some_policy, some_held, some_facts, viewing)
    assert found == []
