"""The policy of a tenant, and why somebody may or may not."""

from __future__ import annotations

from tests.graphql.matrix.world import (
    ADMINISTRATOR,
    AUDITOR,
    DENIED,
    NOBODY,
    NOT_FOUND,
    OWN,
    POLICY_ADMINISTRATOR,
    PROBLEMS,
    Row,
    World,
)

from almoner.authorization.change import apply_policy_change, preview_policy_change
from almoner.authorization.document import Change
from almoner.authorization.document import Role as PolicyRole
from almoner.core.ids import global_id

ROLE = PolicyRole("clerk", "tenant", "x")
ADDED = '(changes: [{addRole: {name: "clerk", heldAt: TENANT, comment: "x"}}])'


async def preview(world: World) -> None:
    found = await world.tenant.do(POLICY_ADMINISTRATOR, preview_policy_change, [Change("add", ROLE)])
    world.ids["preview"], world.ids["preview_row"] = global_id("PolicyPreview", found.id), found.id


async def change(world: World) -> None:
    await preview(world)
    await world.tenant.do(POLICY_ADMINISTRATOR, apply_policy_change, world.ids["preview_row"], reason="r")


ROWS = [
    Row("query", "policy", "", "{ version roles { totalCount } }", AUDITOR, ADMINISTRATOR, DENIED, OWN),
    Row("query", "policyVersion", "(number: 1)", "{ id }", AUDITOR, ADMINISTRATOR, DENIED, NOT_FOUND, change),
    Row("query", "policyVersions", "", "{ totalCount }", AUDITOR, ADMINISTRATOR, DENIED, "empty", change),
    Row(
        "query",
        "policyDifference",
        "(beforeVersion: 0, afterVersion: 1)",
        "{ totalCount }",
        AUDITOR,
        ADMINISTRATOR,
        DENIED,
        NOT_FOUND,
        change,
    ),
    Row(
        "query",
        "explainAccess",
        '(subject: $subject, permission: "job:view")',
        "{ allowed }",
        AUDITOR,
        "actuary",
        NOT_FOUND,
        NOT_FOUND,
    ),
    Row(
        "mutation", "previewPolicyChange", ADDED, PROBLEMS, POLICY_ADMINISTRATOR, AUDITOR, DENIED, OWN, journaled=False
    ),
    Row(
        "mutation",
        "applyPolicyChange",
        '(preview: $preview, reason: "r")',
        PROBLEMS,
        POLICY_ADMINISTRATOR,
        AUDITOR,
        DENIED,
        NOT_FOUND,
        preview,
    ),
    Row(
        "mutation",
        "restorePolicyVersion",
        '(number: 0, reason: "r")',
        PROBLEMS,
        POLICY_ADMINISTRATOR,
        NOBODY,
        DENIED,
        "NOTHING_CHANGES",
        change,
    ),
]
