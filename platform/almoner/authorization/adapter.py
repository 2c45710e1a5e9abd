"""Handing grants to casbin as lists.

casbin's own adapters join fields by commas and split them again, so a name with a comma becomes two; and its
`Model.add_policy` searches all grants for a duplicate, which for 100,000 takes minutes. Ours are checked before, so
they are put where the model keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import casbin
from casbin.model import Model
from casbin.persist import Adapter

#: Cannot be in a name: names are printable.
_SEPARATOR = "\0"


class GrantsAdapter(Adapter):  # type: ignore[misc]  # casbin ships no types
    """Grants (role, resource, action, scope, effect) and which role includes which; each once."""

    def __init__(self, grants: Iterable[tuple[str, ...]], includes: Iterable[tuple[str, str]]) -> None:
        self._grants = grants
        self._includes = includes

    def load_policy(self, model: Any) -> None:
        """Fill an empty model; the enforcer builds the links between roles afterwards."""
        _fill(model["p"]["p"], self._grants)
        _fill(model["g"]["g"], self._includes)


def _fill(assertion: Any, rules: Iterable[tuple[str, ...]]) -> None:
    assertion.policy = [list(rule) for rule in rules]
    assertion.policy_map = {_SEPARATOR.join(rule): place for place, rule in enumerate(assertion.policy)}


def build_enforcer(
    model_text: str, grants: Iterable[tuple[str, ...]], includes: Iterable[tuple[str, str]]
) -> casbin.Enforcer:
    """A casbin enforcer with these grants and links between roles."""
    model = Model()
    model.load_model_from_text(model_text)
    return casbin.Enforcer(model, GrantsAdapter(grants, includes))
