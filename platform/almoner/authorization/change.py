"""Changing the tenant's policy: look first, then make exactly the change that was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from almoner.authorization.assertions import assertion_problems, binding_assertions
from almoner.authorization.authorizer import Decision, policy_of
from almoner.authorization.check import policy_problems_soon
from almoner.authorization.document import Change, Draft, Key, Role, difference
from almoner.authorization.duties import separation_problems
from almoner.authorization.effects import Effect, Flip, effects, flips
from almoner.authorization.holders import (
    administrators,
    everybody_with_several_roles,
    holders_of,
    insist_on_an_administrator,
)
from almoner.authorization.permissions import Permission
from almoner.authorization.policy import Policy
from almoner.authorization.roles import settled_policy
from almoner.authorization.stored import document_at, read_preview, write_preview, write_version
from almoner.authorization.tables import PolicyPreview, PolicyVersion
from almoner.authorization.texts import change_problems, insist_on_a_reason
from almoner.core.errors import Conflict, Invalid, NotFound, Problem
from almoner.core.pauses import Pauses, one_by_one
from almoner.core.recent import Recent
from almoner.core.scope import TenantScope

MAX_CHANGES = 25_000


@dataclass(frozen=True, slots=True)
class _Looked:
    """A preview as this process made it: what it was looked at from, what it would be, and what changes."""

    before: Policy
    after: Policy
    changes: Sequence[Change]


#: The previews that were made last: a large one takes a while to build and check.
_LOOKED_AT: Recent[UUID, _Looked] = Recent(8)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do.

    Attributes:
        id: what `apply_policy_change` takes.
        base: the number of the version that it was looked at from.
        changes: those that change something.
        effects: who gains and who loses what.
        flips: of the recent decisions, those that would be the other way round.
    """

    id: UUID
    base: int
    changes: Sequence[Change]
    effects: Sequence[Effect]
    flips: Sequence[Flip]


async def preview_policy_change(
    scope: TenantScope, changes: Sequence[Change], *, decisions: Sequence[Decision] = ()
) -> Preview:
    """Look at a change of the tenant's policy: everything is checked as if it were made, and nothing changes.

    Args:
        changes: in order; adding an item that is there replaces it.
        decisions: the recent ones to replay, as `PolicyAuthorizer.recent_decisions` gives them.

    Raises:
        Denied: the viewer lacks `policy:change`.
        Invalid: something in it is wrong, an assertion would be broken, or holders of roles would break a separation.
        Conflict: the change would change nothing, lock the last administrator out, or the policy is being changed.
    """
    scope.require(Permission.POLICY_CHANGE)
    before = policy_of(scope)
    after = await _built(before, changes)
    await _insist_on_holders(scope, before, after)
    effective = await one_by_one(difference(before.document, after.document))
    preview_id = await write_preview(scope, before.number, effective)
    _LOOKED_AT.put(preview_id, _Looked(before, after, effective))
    return Preview(preview_id, before.number, effective, await effects(scope, before, after), flips(decisions, after))


async def apply_policy_change(scope: TenantScope, preview_id: UUID, *, reason: str) -> PolicyVersion:
    """Make the change that was looked at, or none.

    Who holds roles may have changed since the preview, so what depends on that is checked again.

    Raises:
        NotFound: no such preview.
        Denied, Invalid: as for the preview; or no reason.
        Conflict: the policy has moved since the preview, it was applied already, or as for the preview.
    """
    scope.require(Permission.POLICY_CHANGE)
    insist_on_a_reason(reason, "Say why the policy changes.")
    before = await settled_policy(scope)
    await _insist_on_fresh_preview(scope, preview_id, before.number)
    seen = _LOOKED_AT.get(preview_id)
    if seen is None or seen.before is not before:
        changes = await read_preview(scope, preview_id)
        seen = _Looked(before, await _built(before, changes), changes)
    version = await _make(scope, before, seen.after, seen.changes, reason=reason)
    here = update(PolicyPreview).where(
        col(PolicyPreview.tenant_id) == scope.tenant_id, col(PolicyPreview.id) == preview_id
    )
    await scope.session.execute(here.values(applied_version=version.number))
    return version


async def _insist_on_fresh_preview(scope: TenantScope, preview_id: UUID, number: int) -> None:
    query = select(PolicyPreview.base, PolicyPreview.applied_version).where(
        col(PolicyPreview.tenant_id) == scope.tenant_id, col(PolicyPreview.id) == preview_id
    )
    preview = (await scope.session.execute(query.with_for_update())).one_or_none()
    if preview is None:
        raise NotFound("There is nothing with this id.")
    if preview.applied_version is not None:
        raise Conflict("This preview has been applied already.", code="PREVIEW_APPLIED")
    if preview.base != number:
        message = f"The policy is at version {number} and the preview was made at {preview.base}: look again."
        raise Conflict(message, code="PREVIEW_OUT_OF_DATE")


async def restore_policy_version(scope: TenantScope, number: int, *, reason: str) -> PolicyVersion:
    """Make a version with the content of an earlier one; 0 is the policy without anything of the tenant's own.

    Raises:
        NotFound: there is no such version.
        Denied, Invalid, Conflict: as for applying a change.
    """
    scope.require(Permission.POLICY_CHANGE)
    insist_on_a_reason(reason, "Say why the policy goes back.")
    before = await settled_policy(scope)
    if not 0 <= number <= before.number:
        raise NotFound(f"There is no version {number} of the policy.")
    then = await document_at(scope.session, scope.tenant_id, number)
    changes = await one_by_one(difference(before.document, then))
    return await _make(scope, before, await _built(before, changes), changes, reason=reason, restores=number)


async def _make(
    scope: TenantScope,
    before: Policy,
    after: Policy,
    changes: Sequence[Change],
    *,
    reason: str,
    restores: int | None = None,
) -> PolicyVersion:
    await _insist_on_holders(scope, before, after)
    version = await write_version(scope, before.number + 1, changes, reason=reason, restores=restores)
    detail = {"number": version.number, "reason": version.reason, "changes": len(changes)}
    scope.record("policy.restored" if restores is not None else "policy.changed", version, **detail)
    return version


async def _built(before: Policy, changes: Sequence[Change]) -> Policy:
    """The policy to be, checked against everything that could be wrong with it by itself."""
    if len(changes) > MAX_CHANGES:
        raise Invalid([Problem("TOO_MANY_CHANGES", f"At most {MAX_CHANGES} changes at once.", ("changes",))])
    unfit = change_problems(changes)
    if unfit:
        raise Invalid(unfit)
    draft = Draft(before.document)
    pause = Pauses()
    for change in changes:
        draft.apply(change)
        await pause()
    after = before.changed(draft, before.number + 1)
    if after.document == before.document:
        raise Conflict("This changes nothing.", code="NOTHING_CHANGES")
    problems = await _missing(before, changes)
    problems += await policy_problems_soon(after.document, before.base.document)
    # A policy that is wrong in itself is not asked what it allows: roles might include each other.
    problems = problems or await assertion_problems(after, binding_assertions(after))
    if problems:
        raise Invalid(problems)
    return after


async def _insist_on_holders(scope: TenantScope, before: Policy, after: Policy) -> None:
    """Check the policy to be against who holds what at this moment."""
    problems = await _holder_problems(scope, before, after)
    if problems:
        raise Invalid(problems)
    insist_on_an_administrator(await administrators(scope, before), after)


async def _missing(before: Policy, changes: Sequence[Change]) -> list[Problem]:
    """What is to be removed and neither there nor added on the way."""
    wanted: dict[Key, None] = {}
    pause = Pauses()
    for change in changes:
        if change.op == "remove" and before.document.get(change.item.key) is None:
            wanted[change.item.key] = None
        await pause()
    if wanted:
        for change in changes:
            if change.op == "add":
                wanted.pop(change.item.key, None)
    return [Problem("NOT_THERE", f"There is no {' '.join(key)} to remove.", key) for key in wanted]


async def _holder_problems(scope: TenantScope, before: Policy, after: Policy) -> list[Problem]:
    """Roles that go, or move to another place, while somebody holds them; and separations that holders would break."""
    found = []
    # Documents share their roles if no change has touched any.
    roles = before.document.roles if after.document.roles is not before.document.roles else {}
    for name, role in roles.items():
        now: Role | None = after.roles.get(name)
        if (now is None or now.held_at != role.held_at) and await holders_of(scope, name):
            found.append(Problem("ROLE_IN_USE", f"Somebody holds {name}: end that first.", role.key))
    if difference_matters(before, after):
        for held in (await everybody_with_several_roles(scope)).values():
            for place, each in enumerate(held):
                found += separation_problems(after, each, held[:place])
    return found


def difference_matters(before: Policy, after: Policy) -> bool:
    """Whether separations, or what roles include, have changed."""
    return (before.document.separations, before.document.roles) != (after.document.separations, after.document.roles)
