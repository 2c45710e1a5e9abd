"""What a read comes to, and the refusals of one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from graphql import GraphQLError

from almoner.core.errors import AlmonerError
from almoner_graphql.errors import ErrorCode, present, refusal
from almoner_graphql.planner.cost import BUDGET
from almoner_graphql.planner.plan import Plan

_NOTHING: Mapping[str, AlmonerError] = MappingProxyType({})


class Answer(NamedTuple):
    """What was read: finished JSON in UTF-8, or None if there is no such object, and what is to be said beside it.

    Attributes:
        policy_version: the number of the tenant's policy version that it was read under.
    """

    json: bytes | None
    plan: Plan
    cost: int
    missing: tuple[str, ...] = ()
    refused: Mapping[str, AlmonerError] = _NOTHING
    policy_version: int = 0

    @property
    def errors(self) -> list[GraphQLError]:
        """What roots are null for: a lacking permission, an id of nothing that the viewer may know of, a refusal."""
        if not (self.plan.denied or self.missing or self.refused):
            return []
        denied = [
            _error([*path], ErrorCode.DENIED, f"This needs the permission {permission}, which you do not hold here.")
            for path, permission in self.plan.denied
        ]
        nothing = [_error([key], ErrorCode.NOT_FOUND, "There is nothing with this id.") for key in self.missing]
        return denied + nothing + [_refusal(key, error) for key, error in self.refused.items()]

    @property
    def extensions(self) -> dict[str, Any]:
        """What every answer says about itself."""
        return extensions_of(self.cost, self.plan.redacted)


def extensions_of(cost: int, redacted: tuple[tuple[str, ...], ...] = ()) -> dict[str, Any]:
    """`Answer.extensions` of this many objects and these paths that are withheld."""
    said: dict[str, Any] = {"cost": {"requested": cost, "budget": BUDGET}}
    if redacted:
        said["redacted"] = redacted
    return said


def _error(path: list[str | int], code: ErrorCode, message: str) -> GraphQLError:
    return GraphQLError(message, path=path, extensions={"code": code.value})


def _refusal(key: str, error: AlmonerError) -> GraphQLError:
    told = GraphQLError(str(error), path=[key], original_error=error)
    return present(told, executing=True, suggestions=False)


def not_registered(*, by_id: bool) -> GraphQLError:
    """The refusal of a document that is not registered for who sends it."""
    if by_id:
        message = "No document with this `documentId` is registered for you; it may have been withdrawn."
        return refusal(ErrorCode.UNKNOWN_DOCUMENT, message)
    message = "You may send registered documents only; have this one registered."
    return refusal(ErrorCode.REGISTERED_DOCUMENTS_ONLY, message)


def policy_behind(number: int, at_least: int) -> GraphQLError:
    """The refusal to answer by a policy that is older than the request insists on."""
    message = f"The policy is at version {number}, and the request insists on {at_least}: nothing was done."
    code = ErrorCode.POLICY_VERSION_NOT_REACHED.value
    return GraphQLError(message, extensions={"code": code, "policyVersion": number})
