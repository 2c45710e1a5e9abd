"""Handing grants to casbin as lists.

casbin's own adapters join fields by commas and split them again, so a name with a comma becomes two; its
`Model.add_policy` searches all grants for a duplicate, which for 100,000 takes minutes; and `load_policy` first copies
the model deeply. Ours are checked before, so they are put where the model keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import casbin
from casbin.model import Model

#: Cannot be in a name: names are printable.
_SEPARATOR = "\0"


def build_enforcer(
    model_text: str, grants: Iterable[tuple[str, ...]], includes: Iterable[tuple[str, str]]
) -> casbin.Enforcer:
    """A casbin enforcer with grants (role, resource, action, scope, effect), each once, and links between roles."""
    model = Model()
    model.load_model_from_text(model_text)
    _fill(model["p"]["p"], grants)
    _fill(model["g"]["g"], includes)
    enforcer = casbin.Enforcer(model)
    enforcer.build_role_links()
    return enforcer


def _fill(assertion: Any, rules: Iterable[tuple[str, ...]]) -> None:
    assertion.policy = [list(rule) for rule in rules]
    assertion.policy_map = {_SEPARATOR.join(rule): place for place, rule in enumerate(assertion.policy)}
