"""Reading policies, and asking why."""

from __future__ import annotations

import strawberry

from almoner.authorization import tables
from almoner.authorization.permissions import Permission
from almoner_graphql.authorization.policy_explanations import AccessExplanation, explain
from almoner_graphql.authorization.policy_sources import (
    can_be_compared,
    difference,
    policy_at,
    version_with_number,
)
from almoner_graphql.authorization.policy_types import Policy, PolicyChange, PolicyVersion
from almoner_graphql.connection import Connection
from almoner_graphql.planner.declare import Argument, one, pages, told
from almoner_graphql.planner.sources import all_rows


@strawberry.type(description="Queries about the policy.")
class PolicyQueries:
    """Part of `Query`."""

    policy: Policy | None = one(
        policy_at,
        arguments={"version": Argument(int | None, "The version; the newest if not given, 0 for the built-in one.")},
        permission=Permission.POLICY_VIEW,
        description="Who may do what, now or at a version. Needs `policy:view`.",
    )
    policy_version: PolicyVersion | None = one(
        version_with_number,
        arguments={"number": Argument(int, "Its number.")},
        permission=Permission.POLICY_VIEW,
        description="One change of the agency's policy. Needs `policy:view`.",
    )
    policy_versions: Connection[PolicyVersion] | None = pages(
        all_rows(tables.PolicyVersion),
        key="number",
        newest_first=True,
        permission=Permission.POLICY_VIEW,
        description="All changes of the agency's policy, newest first. Needs `policy:view`.",
    )
    policy_difference: Connection[PolicyChange] | None = pages(
        difference,
        key="place",
        arguments={
            "before_version": Argument(int, "The one version; 0 is nothing of the agency's own."),
            "after_version": Argument(int, "The other; it may be the earlier one."),
        },
        when=can_be_compared,
        permission=Permission.POLICY_VIEW,
        description="What leads from one version to another: what goes, then what comes. Needs `policy:view`.",
    )
    explain_access: AccessExplanation | None = told(
        explain,
        arguments={
            "subject": Argument(strawberry.ID, "Who: the `id` of that account's `viewer`, or of the account."),
            "permission": Argument(str, "What, by name, for example `rate_development:certify`."),
            "id": Argument(
                strawberry.ID | None,
                "With which thing; if not given: with some thing at least, as one about to be made.",
            ),
        },
        description=(
            "Why somebody may or may not do something. Everybody may ask about oneself; about others it takes "
            "`access:explain`. A thing that the viewer may not see does not exist."
        ),
    )
