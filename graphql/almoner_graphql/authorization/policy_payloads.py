"""What mutations of the policy answer with."""

from __future__ import annotations

import strawberry
from sqlalchemy import Integer, cast

from almoner.authorization import tables
from almoner_graphql.authorization.policy_enums import PolicyScope
from almoner_graphql.authorization.policy_types import PolicyPreview, PolicyVersion, listed, member, truth
from almoner_graphql.planner.declare import computed, many, one, reads
from almoner_graphql.planner.sources import given_elements, given_row, no_rows
from almoner_graphql.planner.values import global_id
from almoner_graphql.problems import Problem

_PROBLEMS = "Why it was refused; empty if it was not."
_SUBJECT = "Whose: the `id` of that account's `viewer`."


@reads()
@strawberry.type(description="Somebody would gain or lose a permission in some scopes.")
class PolicyEffectOnSubject:
    """A member of the JSON that `policy_mutations` gives."""

    subject: strawberry.ID = computed(
        lambda item: global_id("Subject", item.value["subject"].astext), always=True, description=_SUBJECT
    )
    permission: str = member("permission", "The permission, by name.")
    gained: list[PolicyScope] = listed("gained", "In which scopes it would be allowed that is not now.")
    lost: list[PolicyScope] = listed("lost", "In which scopes it is allowed now and would not be.")


@reads()
@strawberry.type(description="Decisions about rows that were taken lately and would be the other way round.")
class PolicyFlip:
    """A member of the JSON that `policy_mutations` gives."""

    subject: strawberry.ID = computed(
        lambda item: global_id("Subject", item.value["subject"].astext), always=True, description=_SUBJECT
    )
    permission: str = member("permission", "What was asked for, by name.")
    organization: strawberry.ID | None = computed(
        lambda item: global_id("Organization", item.value["organization"].astext),
        description="The organization whose row it was; null if it was none's.",
    )
    assigned: bool = truth("assigned", "Whether the row named the subject.")
    public: bool = truth("public", "Whether everybody could know of the row.")
    barred: bool = truth("barred", "Whether the subject was kept from the row.")
    allowed: bool = truth("allowed", "What the answer was.")
    would_be_allowed: bool = truth("wouldBeAllowed", "What it would be.")
    times: int = computed(
        lambda item: cast(item.value["times"].astext, Integer),
        always=True,
        description="How often, of the last 5,000 decisions of the process that answers.",
    )


@reads()
@strawberry.type(description="What became of `previewPolicyChange`.")
class PreviewPolicyChangePayload:
    """The row with what it would do, or problems."""

    preview: PolicyPreview | None = one(
        given_row(tables.PolicyPreview, "preview"), description="What to apply; null if there is nothing to apply."
    )
    effects: list[PolicyEffectOnSubject] = many(
        given_elements("effects"), description="Who would gain or lose what, by subject and permission."
    )
    flips: list[PolicyFlip] = many(
        given_elements("flips"),
        description="Recent decisions that would be the other way round, the most frequent first.",
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `applyPolicyChange`.")
class ApplyPolicyChangePayload:
    """The version, or problems."""

    version: PolicyVersion | None = one(
        given_row(tables.PolicyVersion, "version"),
        description="The version that was made; null if it was refused, or took `policy:view` away from you.",
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `restorePolicyVersion`.")
class RestorePolicyVersionPayload:
    """The version, or problems."""

    version: PolicyVersion | None = one(
        given_row(tables.PolicyVersion, "version"),
        description="The version that was made; null if it was refused, or took `policy:view` away from you.",
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
