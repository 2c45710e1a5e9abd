"""Last days: one definition in Python, and in SQL the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import literal, select
from sqlmodel import col
from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import change, put, rows

from almoner.committees.deadlines import last_day, last_day_sql, reminded_at, today_sql
from almoner.committees.read import rules_of, today
from almoner.committees.rules import Rules
from almoner.committees.tables import Meeting, TermsOfReference
from almoner.committees.words import ReminderKind
from almoner.core.tables import INSTANT

pytestmark = pytest.mark.anyio

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(DAYS, st.integers(0, 1_000), st.integers(0, 1_000))
def test_so_many_days_lie_between_a_last_day_and_the_meeting(day, notice, paper):
    rules = Rules(notice_days=notice, paper_days=paper)
    for is_public in (True, False):
        of = {kind: day - last_day(kind, day, rules, is_public=is_public) for kind in ReminderKind}
        assert of == dict.fromkeys(ReminderKind, timedelta(days=paper)) | {
            ReminderKind.NOTICE_DUE: timedelta(days=notice)
        }


def test_notice_of_a_meeting_that_is_not_public_has_a_day_of_its_own_if_the_rules_say_so():
    rules, day = Rules(notice_days=15, private_notice_days=2), date(2017, 7, 6)
    for is_public, until in ((True, date(2017, 6, 21)), (False, date(2017, 7, 4))):
        assert last_day(ReminderKind.NOTICE_DUE, day, rules, is_public=is_public) == until


def test_fifteen_days_lie_between_the_last_day_of_notice_and_the_meeting():
    rules = Rules(notice_days=15)
    assert last_day(ReminderKind.NOTICE_DUE, date(2017, 7, 6), rules, is_public=True) == date(2017, 6, 21)


@given(DAYS, st.sampled_from(["Europe/London", "America/New_York", "America/Phoenix", "Australia/Lord_Howe"]))
def test_people_are_reminded_at_nine_by_the_clocks_whatever_the_season(day, zone):
    where = ZoneInfo(zone)
    local = [at.astimezone(UTC).astimezone(where) for at in reminded_at(day, where)]
    assert [(at.date(), at.hour, at.minute) for at in local] == [
        (day - timedelta(days=7), 9, 0),
        (day - timedelta(days=1), 9, 0),
    ]


@pytest.mark.parametrize(
    "rules", [{}, {"noticeDays": 15, "paperDays": 4}, {"noticeDays": 1000}, {"noticeDays": 15, "privateNoticeDays": 0}]
)
async def test_sql_finds_the_same_last_days_by_the_rules_in_force_now(tenant, rules):
    chamber = await make_chamber(tenant, rules=rules)
    for days in (-3, 0, 40, 400):
        await make_meeting(chamber, days=days, is_public=days != 40)
    # A version that is not in force yet, and an older one, change nothing.
    (terms,) = await rows(chamber, TermsOfReference)
    for number, at in ((2, None), (3, terms.in_force_at - timedelta(days=1))):
        other = {"rules": {"noticeDays": 77, "paperDays": 77}, "number": number, "in_force_at": at}
        await put(chamber, TermsOfReference(**(terms.model_dump(exclude={"id"}) | other)))

    async def both(scope):
        expected, now = await rules_of(scope, chamber.id), literal(scope.now(), INSTANT)
        for kind in ReminderKind:
            columns = (col(Meeting.held_on), col(Meeting.is_public), last_day_sql(kind, now))
            query = select(*columns).where(col(Meeting.tenant_id) == tenant.id)
            for held_on, is_public, found in (await scope.session.execute(query)).all():
                assert found == last_day(kind, held_on, expected, is_public=is_public)
        day = select(today_sql(literal(scope.tenant_id), now))
        assert (await scope.session.execute(day)).scalar_one() == await today(scope)

    await chamber.do("secretary", both)


async def test_without_rules_in_force_there_is_no_last_day(tenant):
    chamber = await make_chamber(tenant)
    await make_meeting(chamber)
    (terms,) = await rows(chamber, TermsOfReference)
    await change(chamber, TermsOfReference, terms.id, in_force_at=None)

    async def read(scope):
        query = select(last_day_sql(ReminderKind.NOTICE_DUE, literal(datetime.now(UTC), INSTANT))).select_from(Meeting)
        return (await scope.session.execute(query)).scalars().all()

    assert await chamber.do("secretary", read) == [None]
