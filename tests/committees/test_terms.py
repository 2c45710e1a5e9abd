"""Terms of reference: drafted, approved body by body, in force when all have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import anyio
import pytest
from sqlalchemy import func, update
from sqlmodel import col, select
from tests.committees.building import at_time
from tests.committees.founding import Founder, refused
from tests.graphql.locks import locked

from almoner.authorization.roles import assign_role
from almoner.committees.bodies import admit_body, release_body
from almoner.committees.read import rules_of
from almoner.committees.tables import CommitteeBody, TermsOfReference
from almoner.committees.terms import SETTLE_TERMS, approve_terms_of_reference, draft_terms_of_reference
from almoner.core.ids import new_id
from almoner.jobs.tables import Job
from almoner_workers.actors import QUEUES
from almoner_workers.runtime import Runtime

pytestmark = pytest.mark.anyio


@pytest.fixture
def founder(tenant) -> Founder:
    return Founder(tenant)


@pytest.fixture
async def committee(founder):
    return await founder.committee()


@pytest.fixture
async def bodies(founder, committee):
    return await founder.bodies(committee, 3)


async def draft(founder, committee, **rules):
    return await founder.do(draft_terms_of_reference, committee.id, text="To decide together.", rules=rules)


async def approve(founder, terms, bodies, n, *, as_=None, days=0):
    """As the officer of the n-th body, for it or for the n-th that is named."""
    return await founder.tenant.do(
        f"officer{as_ or n}",
        approve_terms_of_reference,
        terms.id,
        body_id=bodies[n - 1],
        approved_on=await founder.today(days),
        reference=f"minutes of body {n}, item 4",
    )


async def test_a_committee_without_bodies_is_chartered_at_once(founder, committee):
    assert await refused(founder.do(rules_of, committee.id)) == ["NO_TERMS_IN_FORCE"]
    first = await draft(founder, committee, noticeDays=15)
    assert (first.number, first.in_force_at is None) == (1, False)
    await draft(founder, committee, noticeDays=20)
    assert (await founder.do(rules_of, committee.id)).notice_days == 20


async def test_a_draft_comes_into_force_with_the_last_body_and_not_before(founder, committee, bodies):
    terms = await draft(founder, committee, quorum={"bodies": 2})
    for n in (1, 2):
        assert (await approve(founder, terms, bodies, n)).in_force_at is None
        assert await refused(founder.do(rules_of, committee.id)) == ["NO_TERMS_IN_FORCE"]
    assert (await approve(founder, terms, bodies, 3)).in_force_at is not None
    assert (await founder.do(rules_of, committee.id)).quorum.bodies == 2
    assert await refused(approve(founder, terms, bodies, 1)) == ["TERMS_IN_FORCE"]


async def test_each_body_approves_once_and_through_its_own_officer(founder, committee, bodies):
    terms = await draft(founder, committee)
    assert await refused(approve(founder, terms, bodies, 1, as_=2)) == ["DENIED"]
    await approve(founder, terms, bodies, 1)
    assert await refused(approve(founder, terms, bodies, 1)) == ["TERMS_APPROVED_ALREADY"]
    mine = {"body_id": bodies[1], "approved_on": await founder.today(), "reference": "x"}
    assert await refused(founder.do(approve_terms_of_reference, terms.id, **mine)) == ["DENIED"]
    assert await refused(founder.tenant.do("officer2", approve_terms_of_reference, new_id(), **mine)) == ["NOT_FOUND"]
    blank = {**mine, "reference": " ", "approved_on": await founder.today(1)}
    codes = await refused(founder.tenant.do("officer2", approve_terms_of_reference, terms.id, **blank))
    assert codes == ["TEXT_BLANK", "APPROVED_IN_FUTURE"]


async def test_the_day_of_an_approval_lies_between_the_draft_and_today(founder, committee, bodies):
    terms = await draft(founder, committee)
    assert await refused(approve(founder, terms, bodies, 1, days=1)) == ["APPROVED_IN_FUTURE"]
    assert await refused(approve(founder, terms, bodies, 1, days=-1)) == ["APPROVED_BEFORE_DRAFT"]
    assert (await approve(founder, terms, bodies, 1)).in_force_at is None


async def test_a_body_that_the_committee_is_not_made_of_approves_nothing(founder, committee, bodies):
    terms = await draft(founder, committee)
    stranger = await founder.organization("STRANGER")
    subject = founder.tenant.identities["officer1"].subject_id
    await founder.do(assign_role, subject, "body_officer", reason="test", at=stranger)
    assert await refused(approve(founder, terms, [stranger.id], 1)) == ["STRANGER_BODY"]
    coming = await founder.organization("COMING")
    await founder.do(assign_role, subject, "body_officer", reason="test", at=coming)
    tomorrow = await founder.today(1)
    await founder.do(admit_body, committee.id, body_id=coming.id, weight="1", since_on=tomorrow)
    assert await refused(approve(founder, terms, [coming.id], 1)) == ["STRANGER_BODY"]


async def test_an_older_draft_is_outdated_by_a_newer_one_in_force(founder, committee, bodies):
    older, newer = await draft(founder, committee), await draft(founder, committee, noticeDays=3)
    await approve(founder, older, bodies, 1)
    for n in (1, 2, 3):
        await approve(founder, newer, bodies, n)
    assert await refused(approve(founder, older, bodies, 2)) == ["TERMS_OUTDATED"]
    assert (await founder.do(rules_of, committee.id)).notice_days == 3


async def test_the_release_of_the_last_body_that_hesitates_brings_it_into_force(founder, committee, bodies):
    terms = await draft(founder, committee, noticeDays=9)
    await approve(founder, terms, bodies, 1)
    await approve(founder, terms, bodies, 2)
    await founder.do(release_body, await membership(founder, bodies[2]), until_on=await founder.today())
    assert (await founder.do(rules_of, committee.id)).notice_days == 9
    assert await refused(approve(founder, terms, bodies, 3)) == ["STRANGER_BODY"]


async def membership(founder, body):
    async def find(scope):
        return (
            await scope.session.execute(select(CommitteeBody.id).where(col(CommitteeBody.body_id) == body))
        ).scalar_one()

    return await founder.do(find)


async def released_from_tomorrow(founder, committee, bodies):
    """A version that waits for the third body, which is released from tomorrow on; and the same house tomorrow."""
    terms = await draft(founder, committee, noticeDays=9)
    await approve(founder, terms, bodies, 1)
    await approve(founder, terms, bodies, 2)
    await founder.do(release_body, await membership(founder, bodies[2]), until_on=await founder.today(1))
    assert await refused(founder.do(rules_of, committee.id)) == ["NO_TERMS_IN_FORCE"]
    now = founder.tenant.house.clock()
    return terms, replace(founder, tenant=at_time(founder.tenant, lambda: now + timedelta(days=1)))


async def test_a_release_from_a_later_day_brings_it_into_force_on_that_day(founder, committee, bodies):
    _, tomorrow = await released_from_tomorrow(founder, committee, bodies)

    async def jobs(scope):
        query = select(Job).where(col(Job.tenant_id) == scope.tenant_id, col(Job.kind) == SETTLE_TERMS)
        return (await scope.session.execute(query)).scalars().all()

    (job,) = await founder.do(jobs)
    begins = datetime.combine(await founder.today(1), time(7), UTC)  # Phoenix is seven hours behind
    assert (job.run_at, job.subject_id, job.state) == (begins, committee.id, "QUEUED")
    house, tenant_id = tomorrow.tenant.house, founder.tenant.id
    async with house.database.tenant_transaction(tenant_id) as session:
        await session.execute(update(Job).where(col(Job.id) == job.id).values(run_at=func.now()))
    await Runtime(house, lease_seconds=30).look_at(tenant_id, job.id, QUEUES["committees"][SETTLE_TERMS])
    assert (await tomorrow.do(rules_of, committee.id)).notice_days == 9
    assert [each.state for each in await founder.do(jobs)] == ["DONE"]


async def test_until_that_job_has_run_who_approves_again_is_not_sent_away(founder, committee, bodies):
    terms, tomorrow = await released_from_tomorrow(founder, committee, bodies)
    assert await refused(approve(founder, terms, bodies, 1)) == ["TERMS_APPROVED_ALREADY"]
    assert (await approve(tomorrow, terms, bodies, 1)).in_force_at is not None
    assert (await tomorrow.do(rules_of, committee.id)).notice_days == 9
    assert await refused(approve(tomorrow, terms, bodies, 1)) == ["TERMS_IN_FORCE"]


async def test_a_body_is_not_released_from_a_day_that_nobody_can_tell_the_beginning_of(founder, bodies):
    far = founder.do(release_body, await membership(founder, bodies[2]), until_on=date.max)
    assert await refused(far) == ["DAY_FAR_OFF"]


async def test_a_draft_needs_a_text_and_rules_that_are_some(founder, committee):
    bad = {"text": " ", "rules": {"noticeDays": -1, "majority": "MOST", "voteNeededFor": ["VETO"]}}
    codes = await refused(founder.do(draft_terms_of_reference, committee.id, **bad))
    assert codes == ["TEXT_BLANK", "BAD_RULE", "BAD_RULE", "BAD_RULE"]
    good = {"text": "x", "rules": {}}
    assert await refused(founder.tenant.do("auditor", draft_terms_of_reference, committee.id, **good)) == ["DENIED"]


async def test_two_last_approvals_at_one_instant_bring_it_into_force(founder, committee, bodies, superuser_url):
    terms = await draft(founder, committee)
    await approve(founder, terms, bodies, 1)
    async with anyio.create_task_group() as both, locked(superuser_url, "terms_approval", "share") as waiting:
        both.start_soon(approve, founder, terms, bodies, 2)
        both.start_soon(approve, founder, terms, bodies, 3)
        with anyio.fail_after(30):
            while await waiting() < 2:
                assert terms.in_force_at is None

    async def look(scope):
        return await scope.find(TermsOfReference, terms.id)

    assert (await founder.do(look)).in_force_at is not None


async def test_drafts_are_numbered_in_each_committee(founder, committee):
    other = await founder.committee("OTHER")
    await draft(founder, committee)
    assert [(await draft(founder, each)).number for each in (committee, other, committee)] == [2, 1, 3]
