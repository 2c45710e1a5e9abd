"""Breaking the glass: with a reason and an end, told to the administrators, reviewed by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.authorization.listing import broken_glasses, journal

from almoner.authorization.break_glass import break_glass, review_break_glass
from almoner.authorization.permissions import Permission
from almoner.core.errors import Conflict, Denied, Invalid, NotFound

pytestmark = pytest.mark.anyio
ADMIN = "program_administrator"


def smash(tenant, who="actuary", role=ADMIN, reason="nobody can be reached", hours=1.0):
    until = tenant.house.clock() + timedelta(hours=hours)
    return tenant.do(who, break_glass, role, reason=reason, until_at=until)


async def may_publish(tenant):
    async with tenant.house.scope(tenant.identities["actuary"], "test") as scope:
        return scope.allows(Permission.RATE_DEVELOPMENT_PUBLISH)


async def codes(awaitable, error):
    with pytest.raises(error) as caught:
        await awaitable
    return [problem.code for problem in caught.value.problems]


async def test_it_gives_the_role_until_its_end_and_tells_the_administrators(tenant):
    assert not await may_publish(tenant)
    opened = await smash(tenant)
    assert await may_publish(tenant)
    assert [each.id for each in await tenant.do(ADMIN, broken_glasses, open_only=True)] == [opened.id]
    told = await tenant.do("auditor", journal, subject_id=opened.id)
    assert [(each.action, each.detail["reason"]) for each in told] == [("glass.broken", "nobody can be reached")]
    clock = tenant.house.clock
    tenant.house.clock = lambda: clock() + timedelta(hours=2)
    assert not await may_publish(tenant)


async def test_the_review_is_another_persons_and_ends_it(tenant):
    opened = await smash(tenant)
    assert await codes(tenant.do("actuary", review_break_glass, opened.id, justified=True, finding="fine"), Denied) == [
        "SEPARATION_OF_DUTIES"
    ]
    unseen = tenant.do("integrator", review_break_glass, opened.id, justified=True, finding="fine")
    assert await codes(unseen, NotFound) == ["NOT_FOUND"]
    empty = tenant.do(ADMIN, review_break_glass, opened.id, justified=True, finding=" ")
    assert await codes(empty, Invalid) == ["FINDING_MISSING"]
    closed = await tenant.do(ADMIN, review_break_glass, opened.id, justified=False, finding="I was there")
    assert (closed.justified, closed.finding) == (False, "I was there")
    assert not await may_publish(tenant)
    again = tenant.do(ADMIN, review_break_glass, opened.id, justified=True, finding="x")
    assert await codes(again, Conflict) == ["BREAK_GLASS_REVIEWED"]
    assert await tenant.do(ADMIN, broken_glasses, open_only=True) == []


async def test_without_reason_end_or_emergency_it_is_refused(tenant):
    assert await codes(smash(tenant, reason=" "), Invalid) == ["REASON_MISSING"]
    assert await codes(smash(tenant, hours=0), Invalid) == ["BREAK_GLASS_END"]
    assert await codes(smash(tenant, hours=9), Invalid) == ["BREAK_GLASS_END"]
    assert await codes(smash(tenant, role="policy_administrator"), Invalid) == ["NOT_AN_EMERGENCY_ROLE"]
    assert await codes(smash(tenant, role="auditor"), Invalid) == ["ROLES_SEPARATED"]
    assert await codes(smash(tenant, who="integrator"), Denied) == ["DENIED"]
    assert not await may_publish(tenant)


async def test_who_was_not_reviewed_cannot_do_it_again(tenant):
    await smash(tenant)
    clock = tenant.house.clock
    tenant.house.clock = lambda: clock() + timedelta(hours=2)
    assert await codes(smash(tenant), Conflict) == ["BREAK_GLASS_UNREVIEWED"]
