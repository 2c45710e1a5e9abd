"""Looking at a change of the policy, making it, and going back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from almoner.authorization import change, tables
from almoner.authorization.authorizer import policy_of
from almoner.authorization.change import Preview
from almoner.authorization.effects import Effect, Flip
from almoner.authorization.permissions import Permission
from almoner.core.errors import Invalid
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.identity.step_up import require_step_up
from almoner_graphql.authorization.policy_inputs import PolicyChangeInput, located, read_changes
from almoner_graphql.authorization.policy_payloads import (
    ApplyPolicyChangePayload,
    PreviewPolicyChangePayload,
    RestorePolicyVersionPayload,
)
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.planner.executor import reading
from almoner_graphql.problems import answered, attempt

Reason = Annotated[
    str, strawberry.argument(description="Why, at most 1,000 characters; the version and the journal keep it.")
]
_PROVED = "Needs `policy:change`, and `stepUp` within the last five minutes."


@strawberry.type(description="Mutations of the policy.")
class PolicyMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Look at a change of the agency's policy: everything is checked as if it were made, nothing changes, and "
            "the answer says who would gain or lose what. Needs `policy:change`."
        )
    )
    async def preview_policy_change(
        self,
        info: Info,
        changes: Annotated[
            list[PolicyChangeInput], strawberry.argument(description="1 to 1,000 changes; they are made in order.")
        ],
    ) -> PreviewPolicyChangePayload:
        found, problems = await attempt(info.context, _preview, info.context, changes)
        if found is None:
            return PreviewPolicyChangePayload(preview=None, effects=[], flips=[], problems=problems)
        told = {"effects": _effects(found.effects), "flips": _flips(found.flips)}
        return reading(PreviewPolicyChangePayload, preview=found.id, **told)

    @mutation(
        description=(
            "Make exactly the change that was looked at, or none. From the next request on, everywhere, it holds. "
            f"{_PROVED}"
        )
    )
    async def apply_policy_change(
        self,
        info: Info,
        preview: Annotated[strawberry.ID, strawberry.argument(description="The preview's id.")],
        reason: Reason,
    ) -> ApplyPolicyChangePayload:
        async def apply(scope: TenantScope) -> tables.PolicyVersion:
            _insist_on_proof(scope)
            return await change.apply_policy_change(scope, row_id_of("PolicyPreview", preview), reason=reason)

        return answered(ApplyPolicyChangePayload, "version", *await attempt(info.context, apply))

    @mutation(
        description=(
            "Make a version with the content of an earlier one; it is refused for whatever a change would be. "
            f"{_PROVED}"
        )
    )
    async def restore_policy_version(
        self,
        info: Info,
        number: Annotated[
            int, strawberry.argument(description="The earlier version; 0 is nothing of the agency's own.")
        ],
        reason: Reason,
    ) -> RestorePolicyVersionPayload:
        async def restore(scope: TenantScope) -> tables.PolicyVersion:
            _insist_on_proof(scope)
            return await change.restore_policy_version(scope, number, reason=reason)

        return answered(RestorePolicyVersionPayload, "version", *await attempt(info.context, restore))


def _insist_on_proof(scope: TenantScope) -> None:
    """Insist on both factors, proved just now: who has nothing but a token must not rewrite who may do what.

    The command line does not ask for it: who works there holds the database and its keys, and no token is involved.

    Raises:
        Denied, StepUpRequired: the viewer may not change the policy; or proved too little, or too long ago.
    """
    scope.require(Permission.POLICY_CHANGE)
    require_step_up(scope)


async def _preview(scope: TenantScope, context: Context, given: Sequence[PolicyChangeInput]) -> Preview:
    scope.require(Permission.POLICY_CHANGE)
    changes = read_changes(given, policy_of(scope).document)
    decisions = context.house.authorizer.recent_decisions(scope.tenant_id)
    try:
        return await change.preview_policy_change(scope, changes, decisions=decisions)
    except Invalid as error:
        raise located(error, given, changes) from error


def _effects(found: Sequence[Effect]) -> str:
    """As `PolicyEffectOnSubject` reads it."""
    return json.dumps(
        [
            {
                "subject": str(each.subject_id),
                "permission": each.permission,
                "gained": sorted(each.gained),
                "lost": sorted(each.lost),
            }
            for each in found
        ]
    )


def _flips(found: Sequence[Flip]) -> str:
    """As `PolicyFlip` reads it: those that are told in the same words together, the most frequent first."""
    alike = Counter(json.dumps(_flip(each)) for each in found)
    return json.dumps([{**json.loads(told), "times": times} for told, times in alike.most_common()])


def _flip(flip: Flip) -> dict[str, Any]:
    decision, facts = flip.decision, flip.decision.facts
    return {
        "subject": str(decision.viewer.subject_id),
        "permission": decision.permission,
        "organization": str(facts.organization_id) if facts.organization_id else None,
        "assigned": facts.assigned,
        "public": facts.public,
        "barred": facts.barred,
        "allowed": decision.allowed,
        "wouldBeAllowed": flip.would_be_allowed,
    }
