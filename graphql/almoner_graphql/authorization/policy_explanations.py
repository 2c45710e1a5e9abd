"""Why somebody may or may not, in the schema."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import DateTime, cast, select

from almoner.authorization.built_in import built_in
from almoner.authorization.document import item_to_json
from almoner.authorization.explain import Explanation, Ground, SeenOtherwise, explain_access, found_by
from almoner.core.errors import NotFound
from almoner.core.ids import split_global_id
from almoner.core.scope import TenantScope
from almoner.core.tables import TenantTable
from almoner.core.viewer import Viewer
from almoner_graphql.authorization.arguments import subject_of
from almoner_graphql.authorization.policy_types import PolicyGrant, listed, member, truth
from almoner_graphql.planner.catalog import Catalog
from almoner_graphql.planner.declare import Reads, computed, many, reads, same
from almoner_graphql.planner.sources import SUBJECT, TableRow, elements
from almoner_graphql.planner.values import global_id


@reads()
@strawberry.type(description="A grant about a permission, for a role that the subject holds.")
class AccessGround:
    """A member of what `explain` tells. Its JSON is that of the grant, with more."""

    role: str = member("heldRole", "The role that is held; the grant is of that one, or of one that it includes.")
    organization: strawberry.ID | None = computed(
        lambda ground: global_id("Organization", ground.value["organization"].astext),
        description="Where it is held; null for the agency as a whole.",
    )
    assignment: strawberry.ID = computed(
        lambda ground: global_id("RoleAssignment", ground.value["assignment"].astext),
        always=True,
        description="The assignment by which it is held.",
    )
    assignment_kind: str = member("assignmentKind", "`GIVEN`, `INVITED`, `DELEGATED`, `BREAK_GLASS` or `APPOINTED`.")
    valid_until: datetime | None = computed(
        lambda ground: cast(ground.value["validUntil"].astext, DateTime(timezone=True)),
        description="Until when it is held; null for no end.",
    )
    grant: PolicyGrant = same(description="The grant.")
    applies: bool = truth("applies", "Whether it reaches the row.")
    says: str = member("says", "Why it does or does not, in words: the scope and the facts of the row.")


@reads()
@strawberry.type(description="Whether somebody may do something, and why.")
class AccessExplanation:
    """What `explain` tells."""

    subject: strawberry.ID = computed(
        lambda found: global_id("Subject", found.value["subject"].astext), always=True, description="Who."
    )
    permission: str = member("permission", "What, by name.")
    allowed: bool = truth("allowed", "What the answer is at this moment.")
    policy_version: str = member("policyVersion", "The policy that was asked: the built-in one's digest + the version.")
    seen_as_own: bool = truth(
        "seenAsOwn",
        "Whether `permission` is the one to view the thing, and the subject sees it without that, as their own.",
    )
    seen_otherwise: bool = truth(
        "seenOtherwise",
        "Whether `permission` is the one to view the thing, and the subject sees it without that, by another "
        "permission: as a referral of another committee by `referral:receive`.",
    )
    because: list[AccessGround] = many(
        elements(lambda found: found.value["because"]),
        description="If it is allowed, what allows it; if not, what refuses it. Empty if nothing does.",
    )
    nearest: list[AccessGround] = many(
        elements(lambda found: found.value["nearest"]),
        description="If it is not allowed: grants of the subject's roles that do not reach the row.",
    )
    other_roles: list[str] = listed(
        "otherRoles", "If it is not allowed: roles that would allow it somewhere; only told with `policy:view`."
    )


async def explain(
    scope: TenantScope, catalog: Catalog, *, subject: str, permission: str, id: str | None = None
) -> dict[str, Any]:
    """Why a subject may or may not, for a thing if its id is given.

    Raises:
        NotFound, Invalid: see `explain_access`; or it is an id of nothing that has permissions of its own.
    """
    subject_id = subject_of(subject)
    if id is None:
        return _told(await explain_access(scope, subject_id, permission))
    declared, row = await _row(scope, catalog, id)
    found = await explain_access(
        scope,
        subject_id,
        permission,
        row,
        view=declared.view,
        own_of=await _own_of(scope, declared, row.id, {scope.viewer.subject_id, subject_id}),
        otherwise=_otherwise(scope, declared, row.id),
    )
    return _told(found)


async def _row(scope: TenantScope, catalog: Catalog, text: str) -> tuple[Reads, TenantTable]:
    """The row with a global id, whoever may see it, and how its type declares who does.

    Raises:
        NotFound: there is none, or its type has no permission to view it.
    """
    name, wanted = split_global_id(text)
    type_ = catalog.schema.type_map.get(name)
    reads_ = None if type_ is None else catalog.reads(type_)
    if reads_ is None or reads_.table is None or reads_.view is None:
        raise NotFound("There is nothing with this id.")
    row = await scope.find(reads_.table, wanted)
    if row is None:
        raise NotFound("There is nothing with this id.")
    return reads_, row


async def _own_of(scope: TenantScope, declared: Reads, row_id: UUID, subjects: Set[UUID]) -> frozenset[UUID]:
    """Those of the subjects who see the row as their own."""
    if declared.table is None or declared.own is None:
        return frozenset()
    row = TableRow.of(declared.table, "thing")
    thing = select(row.id).where(row.tenant_id == scope.tenant_id, row.id == row_id, declared.own(row))
    return await found_by(scope, thing, SUBJECT.key, subjects)


def _otherwise(scope: TenantScope, declared: Reads, row_id: UUID) -> SeenOtherwise | None:
    """Who sees the row by another permission, as its type declares it."""
    table, also = declared.table, declared.also
    if table is None or also is None:
        return None

    async def sees(viewer: Viewer) -> bool:
        row = TableRow.of(table, "thing")
        seen = also(row, lambda permission, other: scope.authorizer.rows(viewer, permission, other))
        query = select(row.id).where(row.tenant_id == scope.tenant_id, row.id == row_id, seen)
        return bool(await found_by(scope, query, SUBJECT.key, {viewer.subject_id}))

    return sees


def _told(found: Explanation) -> dict[str, Any]:
    return {
        "subject": str(found.subject_id),
        "permission": found.permission,
        "allowed": found.allowed,
        "seenAsOwn": found.seen_as_own,
        "seenOtherwise": found.seen_otherwise,
        "policyVersion": found.policy_version,
        "because": [_ground(each) for each in found.because],
        "nearest": [_ground(each) for each in found.nearest],
        "otherRoles": list(found.other_roles),
    }


def _ground(ground: Ground) -> dict[str, Any]:
    shipped = built_in().document.get(ground.grant.key) == ground.grant
    return item_to_json(ground.grant) | {
        "builtIn": shipped,
        "heldRole": ground.role,
        "organization": _text(ground.organization_id),
        "assignment": str(ground.assignment_id),
        "assignmentKind": ground.assignment_kind,
        "validUntil": ground.valid_until.isoformat() if ground.valid_until else None,
        "applies": ground.applies,
        "says": ground.says,
    }


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
