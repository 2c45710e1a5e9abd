"""Delegating roles and breaking the glass, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.graphql.role_calls import ACTUARY, ADMIN, AUDITOR, MACHINE, NOBODY, Callers

from almoner.core.ids import global_id, new_id

pytestmark = pytest.mark.anyio

ROLES = "{ viewer { roles } }"
NOTICE = "{ breakGlasses(filter: {reviewedAt: {isNull: true}}) { nodes { id subject reason assignment { role } } } }"


@pytest.fixture
def callers(ask, tenant) -> Callers:
    return Callers(ask, tenant)


async def roles_of(callers, who):
    return (await callers.read(who, ROLES))["viewer"]["roles"]


async def delegate(callers, send, *, by=ACTUARY, to=NOBODY, own=None, **changes):
    given = {
        "assignment": own or await callers.own(by),
        "subject": callers.subject(to),
        "validUntil": callers.later(days=1),
        "reason": "on leave",
        **changes,
    }
    return await send(by, "delegateRole", **given)


async def test_a_delegated_role_is_seen_by_both_and_ends_with_the_delegators_own(callers):
    made = await delegate(callers, callers.done)
    own = await callers.own(ACTUARY)
    assert (made["kind"], made["state"], made["source"]) == ("DELEGATED", "HELD", {"id": own})
    assert await roles_of(callers, NOBODY) == ["actuary"]
    await callers.done(ADMIN, "endRoleAssignment", id=own, reason="left")
    assert await roles_of(callers, NOBODY) == []
    state = "query ($id: ID!) { node(id: $id) { ... on RoleAssignment { state endedAt } } }"
    assert await callers.read(NOBODY, state, id=made["id"]) == {"node": {"state": "OVER", "endedAt": None}}


async def test_a_delegation_is_taken_back_by_who_gave_it(callers):
    made = await delegate(callers, callers.done)
    await callers.done(ACTUARY, "endRoleAssignment", id=made["id"], reason="back again")
    assert await roles_of(callers, NOBODY) == []


async def test_a_role_at_an_organization_is_delegated_there(callers):
    place = await callers.organization()
    own = await callers.give(NOBODY, "aco_executive", organization=place)
    made = await delegate(callers, callers.done, by=NOBODY, to=ACTUARY, own=own["id"])
    assert made["organization"] == {"code": "A0001"}


async def test_what_cannot_be_delegated_is_refused(callers):
    end = callers.tenant.house.clock() + timedelta(days=2)
    limited = await callers.appoint(NOBODY, ADMIN, valid_until=end)

    async def refused(**given):
        return await delegate(callers, callers.refused, **given)

    theirs = await callers.own(ADMIN)
    assert await refused(own=theirs) == [("NOT_FOUND", "")]
    assert await refused(by=AUDITOR, own=theirs) == [("NOT_FOUND", "")]
    assert await refused(own=global_id("RoleAssignment", new_id())) == [("NOT_FOUND", "")]
    assert await refused(by=AUDITOR) == [("DENIED", "")]
    assert await refused(to=ACTUARY) == [("DELEGATION_TO_ONESELF", "subject")]
    assert await refused(to=MACHINE) == [("SUBJECT_IS_A_MACHINE", "subject")]
    assert await refused(subject=global_id("Subject", new_id())) == [("UNKNOWN_SUBJECT", "subject")]
    assert await refused(to=AUDITOR) == [("ROLES_SEPARATED", "role")]
    assert await refused(reason=" ") == [("REASON_MISSING", "reason")]
    assert await refused(validUntil="2000-01-01T00:00:00Z") == [("PERIOD_ORDER", "validUntil")]
    assert await refused(validUntil="soon") == [("INSTANT_MALFORMED", "validUntil")]
    longer = {"by": NOBODY, "to": ACTUARY, "own": limited, "validUntil": callers.later(days=3)}
    assert await refused(**longer) == [("DELEGATION_TOO_LONG", "validUntil")]
    passed_on = await delegate(callers, callers.done)
    assert await refused(by=NOBODY, to=ADMIN, own=passed_on["id"]) == [("NOT_YOURS_TO_DELEGATE", "")]


async def smash(callers, send, who=ACTUARY, **changes):
    given = {"role": ADMIN, "reason": "nobody can be reached", "untilAt": callers.later(hours=1), **changes}
    return await send(who, "breakGlass", **given)


async def review(callers, send, id_, who=ADMIN, finding="I was there"):
    return await send(who, "reviewBreakGlass", id=id_, justified=False, finding=finding)


async def test_an_emergency_is_told_to_administrators_until_one_has_reviewed_it(callers):
    opened = await smash(callers, callers.done)
    assert (opened["subject"], opened["assignment"]) == (callers.subject(ACTUARY), {"role": ADMIN, "state": "HELD"})
    assert await roles_of(callers, ACTUARY) == [ACTUARY, ADMIN]
    told = {"id": opened["id"], "subject": opened["subject"], "reason": opened["reason"], "assignment": {"role": ADMIN}}
    assert (await callers.read(ADMIN, NOTICE))["breakGlasses"]["nodes"] == [told]
    assert (await callers.read(NOBODY, NOTICE))["breakGlasses"]["nodes"] == []
    closed = await review(callers, callers.done, opened["id"])
    assert (closed["justified"], closed["finding"]) == (False, "I was there")
    assert (closed["reviewedBy"], closed["assignment"]["state"]) == (callers.subject(ADMIN), "OVER")
    assert await roles_of(callers, ACTUARY) == [ACTUARY]
    assert (await callers.read(ADMIN, NOTICE))["breakGlasses"]["nodes"] == []
    own = "{ breakGlasses { nodes { id finding } } }"
    seen = (await callers.read(ACTUARY, own))["breakGlasses"]["nodes"]
    assert seen == [{"id": opened["id"], "finding": "I was there"}]


async def test_a_bad_emergency_is_refused(callers):
    async def refused(**changes):
        return await smash(callers, callers.refused, **changes)

    assert await refused(reason=" ") == [("REASON_MISSING", "reason")]
    assert await refused(untilAt=callers.later(hours=9)) == [("BREAK_GLASS_END", "untilAt")]
    assert await refused(untilAt=callers.later(hours=-1)) == [("BREAK_GLASS_END", "untilAt")]
    assert await refused(untilAt="now") == [("INSTANT_MALFORMED", "untilAt")]
    assert await refused(role="policy_administrator") == [("NOT_AN_EMERGENCY_ROLE", "role")]
    assert await refused(role="emperor") == [("UNKNOWN_ROLE", "role")]
    assert await refused(role=AUDITOR) == [("ROLES_SEPARATED", "role")]
    assert await refused(reason="\0") == [("TEXT_HAS_NUL", "reason")]
    assert await refused(who=NOBODY) == [("DENIED", "")]


async def test_a_machine_breaks_no_glass(callers):
    await callers.appoint(MACHINE, ACTUARY)
    assert await smash(callers, callers.refused, who=MACHINE) == [("SUBJECT_IS_A_MACHINE", "")]


async def test_a_review_is_another_persons_and_there_is_one(callers, other_tenant, ask):
    opened = await smash(callers, callers.done)
    # The emergency role lets its holder review: it is the person who may not.
    assert await review(callers, callers.refused, opened["id"], who=ACTUARY) == [("SEPARATION_OF_DUTIES", "")]
    assert await review(callers, callers.refused, opened["id"], who=AUDITOR) == [("DENIED", "")]
    assert await review(callers, callers.refused, opened["id"], who=NOBODY) == [("NOT_FOUND", "")]
    stranger = Callers(ask, other_tenant)
    assert await review(stranger, stranger.refused, opened["id"]) == [("NOT_FOUND", "")]
    assert await review(callers, callers.refused, opened["id"], finding=" ") == [("FINDING_MISSING", "finding")]
    clock = callers.tenant.house.clock
    callers.tenant.house.clock = lambda: clock() + timedelta(minutes=90)
    assert await smash(callers, callers.refused) == [("BREAK_GLASS_UNREVIEWED", "")]
    await review(callers, callers.done, opened["id"])
    assert await review(callers, callers.refused, opened["id"]) == [("BREAK_GLASS_REVIEWED", "")]
    assert (await smash(callers, callers.done))["reviewedAt"] is None
