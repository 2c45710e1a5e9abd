"""Planning meetings, giving notice of them and calling them off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.committees.building import make_meeting
from tests.committees.planning import DAY, NOW, add, at, founded, plan, refusal, refused

from almoner.committees.cancel_meeting import cancel_meeting
from almoner.committees.give_notice import give_notice
from almoner.committees.plan_meeting import change_meeting
from almoner.committees.read import get_meeting
from almoner.committees.status import MEETING_MOVES, MeetingStatus

pytestmark = pytest.mark.anyio

PTAC = {"noticeDays": 15, "publicMatters": ["PROPOSAL_REVIEW"]}


@pytest.fixture
async def chamber(tenant):
    return await founded(tenant, PTAC)


@pytest.fixture
def in_london(chamber, superuser_url):
    """The same committee, in a zone where clocks are changed."""
    import psycopg

    from almoner.core.database import libpq_url

    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        change = "update almoner.tenant set time_zone = 'Europe/London' where id = %s"
        assert connection.execute(change, (chamber.tenant.id,)).rowcount == 1
    return chamber


async def test_a_meeting_is_planned_in_the_tenants_time_zone(chamber):
    meeting = await plan(chamber, title="  The meeting ")
    assert (meeting.title, meeting.status, meeting.held_on) == ("The meeting", "PLANNED", DAY)
    assert meeting.starts_at == datetime(2017, 7, 6, 20, tzinfo=UTC)
    assert meeting.public_at is None


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"held_on": date(2017, 5, 31)}, ["MEETING_IN_PAST"]),
        ({"held_on": date(2017, 6, 1), "begins_at": "12:00"}, ["MEETING_IN_PAST"]),
        ({"held_on": date(2099, 1, 1)}, ["MEETING_TOO_FAR"]),
        ({"held_on": date.max}, ["MEETING_TOO_FAR"]),
        ({"held_on": date.min}, ["MEETING_IN_PAST"]),
        ({"begins_at": "1pm"}, ["TIME_MALFORMED"]),
        ({"title": " ", "venue": "", "minutes_allotted": 0}, ["TEXT_BLANK", "TEXT_BLANK", "BAD_MINUTES"]),
        ({"title": "\u202a", "venue": "\u200b\u2800"}, ["TEXT_BLANK", "TEXT_BLANK"]),
        (
            {"title": "x" * 201, "venue": "x\0", "minutes_allotted": 1441},
            ["TEXT_TOO_LONG", "TEXT_HAS_NUL", "BAD_MINUTES"],
        ),
    ],
)
async def test_a_bad_plan_is_refused(chamber, changes, codes):
    assert await refused(chamber, plan(chamber, **changes)) == codes


async def test_the_last_minute_before_now_is_past_and_the_next_is_not(chamber):
    later = await plan(chamber, held_on=date(2017, 6, 1), begins_at="12:01")
    assert later.starts_at == NOW + timedelta(minutes=1)


async def test_a_time_that_clocks_skip_is_refused_and_one_that_they_repeat_must_be_told_apart(in_london):
    assert await refused(in_london, plan(in_london, held_on=date(2018, 3, 25), begins_at="01:30")) == ["NO_SUCH_TIME"]
    twice = {"held_on": date(2017, 10, 29), "begins_at": "01:30"}
    assert await refused(in_london, plan(in_london, **twice)) == ["AMBIGUOUS_TIME"]
    first = await plan(in_london, **twice, second_time=False)
    second = await plan(in_london, **twice, second_time=True)
    assert second.starts_at - first.starts_at == timedelta(hours=1)
    # What is not about the time does not move it, and neither does the same time.
    changed = await in_london.do("secretary", change_meeting, second.id, venue="Elsewhere", begins_at="01:30")
    assert (changed.starts_at, changed.venue) == (second.starts_at, "Elsewhere")
    changed = await in_london.do("secretary", change_meeting, second.id, second_time=False)
    assert changed.starts_at == first.starts_at


async def test_a_changed_day_keeps_the_time_of_the_clock_and_renumbers_the_agenda(in_london):
    meeting = await plan(in_london)
    item = await add(in_london, meeting.id)
    changed = await in_london.do("secretary", change_meeting, meeting.id, held_on=date(2017, 12, 7))
    assert changed.starts_at == datetime(2017, 12, 7, 13, tzinfo=UTC)
    assert meeting.starts_at == datetime(2017, 7, 6, 12, tzinfo=UTC)
    assert (item.number, changed.minutes_allotted) == ("1", 120)
    for changes, code in (
        ({"held_on": date(2018, 3, 25), "begins_at": "01:30"}, "NO_SUCH_TIME"),
        ({"held_on": date(2017, 10, 29), "begins_at": "01:30"}, "AMBIGUOUS_TIME"),
        ({"held_on": date(2017, 5, 1)}, "MEETING_IN_PAST"),
        ({"title": ""}, "TEXT_BLANK"),
    ):
        assert await refused(in_london, in_london.do("secretary", change_meeting, meeting.id, **changes)) == [code]


async def test_a_meeting_with_a_public_matter_stays_public(chamber):
    meeting = await plan(chamber)
    await add(chamber, meeting.id, matter="PROPOSAL_REVIEW")
    change = chamber.do("secretary", change_meeting, meeting.id, is_public=False)
    assert await refused(chamber, change) == ["PUBLIC_MATTER"]


@pytest.mark.parametrize("status", [each for each in MeetingStatus if each != MeetingStatus.PLANNED])
async def test_only_what_is_planned_is_changed(chamber, status):
    held = await make_meeting(chamber, status=status, days=40)
    assert await refused(chamber, chamber.do("secretary", change_meeting, held.id, title="x")) == ["WRONG_STATUS"]


@pytest.mark.parametrize("status", MeetingStatus)
async def test_a_meeting_is_called_off_until_it_is_open(chamber, status):
    held = await make_meeting(chamber, status=status, days=40)
    cancel = chamber.do("secretary", cancel_meeting, held.id, reason=" Snow ")
    if MeetingStatus.CANCELLED in MEETING_MOVES[status]:
        meeting = await cancel
        assert (meeting.status, meeting.cancel_reason, meeting.cancelled_at) == ("CANCELLED", "Snow", NOW)
    else:
        assert await refused(chamber, cancel) == ["WRONG_STATUS"]


async def test_calling_off_needs_a_reason(chamber):
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=40)
    for reason, code in ((" ", "REASON_MISSING"), ("x" * 2_001, "TEXT_TOO_LONG")):
        assert await refused(chamber, chamber.do("secretary", cancel_meeting, held.id, reason=reason)) == [code]


@pytest.mark.parametrize("is_public", [True, False])
async def test_notice_in_time_tells_the_public_of_a_public_meeting(chamber, is_public):
    meeting = await plan(chamber, is_public=is_public)
    # The last minute of the last day, in the tenant's zone.
    late = at(chamber, datetime(2017, 6, 22, 6, 59, tzinfo=UTC))
    given = await late.do("secretary", give_notice, meeting.id)
    assert (given.status, given.urgent_reason) == ("NOTICE_GIVEN", None)
    assert given.public_at == (given.notice_given_at if is_public else None)


async def test_late_notice_is_refused_and_says_until_when_it_was_due(chamber):
    meeting = await plan(chamber)
    late = at(chamber, datetime(2017, 6, 22, 7, tzinfo=UTC))
    for reason in (None, "It burns."):
        error = await refusal(late, late.do("secretary", give_notice, meeting.id, urgent_reason=reason))
        assert [problem.code for problem in error.problems] == ["NOTICE_TOO_LATE"]
        assert "2017-06-21" in str(error)


async def test_late_notice_is_marked_urgent_with_a_reason_where_the_rules_allow_it(tenant):
    chamber = await founded(tenant, PTAC | {"urgentAllowed": True})
    meeting = await plan(chamber)
    early = chamber.do("secretary", give_notice, meeting.id, urgent_reason="It burns.")
    assert await refused(chamber, early) == ["NOT_URGENT"]
    late = at(chamber, datetime(2017, 7, 1, tzinfo=UTC))
    for reason, code in ((None, "NOTICE_TOO_LATE"), (" ", "REASON_MISSING"), ("x" * 2_001, "TEXT_TOO_LONG")):
        assert await refused(late, late.do("secretary", give_notice, meeting.id, urgent_reason=reason)) == [code]
    given = await late.do("secretary", give_notice, meeting.id, urgent_reason=" It burns. ")
    assert (given.status, given.urgent_reason) == ("NOTICE_GIVEN", "It burns.")


async def test_nobody_gives_notice_of_a_meeting_whose_time_has_come(tenant):
    chamber = await founded(tenant, {"urgentAllowed": True})
    meeting = await plan(chamber)
    then = at(chamber, meeting.starts_at)
    assert await refused(then, then.do("secretary", give_notice, meeting.id)) == ["MEETING_IN_PAST"]


@pytest.mark.parametrize("status", [each for each in MeetingStatus if each != MeetingStatus.PLANNED])
async def test_notice_is_given_once_of_what_is_planned(chamber, status):
    held = await make_meeting(chamber, status=status, days=40)
    assert await refused(chamber, chamber.do("secretary", give_notice, held.id)) == ["WRONG_STATUS"]


async def test_notice_needs_terms_in_force(chamber):
    meeting = await plan(chamber)
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        await scope.session.execute(text("update almoner.terms_of_reference set in_force_at = null"))
    assert await refused(chamber, chamber.do("secretary", give_notice, meeting.id)) == ["NO_TERMS_IN_FORCE"]


@pytest.mark.parametrize("who", ["observer", "member1", "chair", "author"])
async def test_only_the_secretary_plans(chamber, who):
    meeting = await plan(chamber)
    for verb, more in ((change_meeting, {"title": "x"}), (cancel_meeting, {"reason": "r"}), (give_notice, {})):
        assert await refused(chamber, chamber.do(who, verb, meeting.id, **more)) == ["DENIED"]
    assert (await chamber.do(who, get_meeting, meeting.id)).status == "PLANNED"
