"""Exports are paid for: by whom, how much, and what who has no point left is told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.furnishing import furnish

from almoner.committees.calendar_feeds import create_calendar_feed
from almoner.committees.status import MeetingStatus

pytestmark = pytest.mark.anyio


async def get(api: Any, path: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(api.app, client=("192.0.2.1", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return await client.get(path, headers=headers)


def left(response: httpx.Response, bucket: str) -> int:
    found = dict(part.split(";")[:2] for part in response.headers["ratelimit"].split(", "))
    return int(found[f'"{bucket}"'].removeprefix("r="))


async def test_who_is_signed_in_pays_for_documents_and_more_for_pdf(limit, tenant):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber, status=MeetingStatus.AGENDA_PUBLISHED)
    async with limit(subject_points=600) as api:
        page = await get(api, f"/meetings/{meeting.meeting}/agenda.html", chamber.token("chair"))
        document = await get(api, f"/meetings/{meeting.meeting}/agenda.pdf", chamber.token("member1"))
        assert left(page, "subject") - left(document, "subject") == 10


async def test_a_long_pdf_costs_more_than_a_short_one(limit, tenant):
    chamber = await make_chamber(tenant)
    meetings = [await make_meeting(chamber, status=MeetingStatus.AGENDA_PUBLISHED) for _ in range(2)]
    await furnish(meetings[1], "word " * 4_000, approved=False)  # in three places of each of two papers
    async with limit(subject_points=600) as api:
        who = zip(meetings, ("chair", "member1"), strict=True)
        short, long = [await get(api, f"/meetings/{each.meeting}/agenda.pdf", chamber.token(one)) for each, one in who]
        assert left(short, "subject") - left(long, "subject") >= 10


async def test_the_public_pays_by_address_and_from_the_bucket_of_all_the_public(limit, tenant):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber, status=MeetingStatus.AGENDA_PUBLISHED)
    async with limit(address_points=600, public_points=600) as api:
        for path in (
            f"/meetings/{meeting.meeting}/agenda.html?tenant={tenant.code}",
            f"/calendars/{tenant.code}/committee.ics",
        ):
            before = await get(api, path)
            after = await get(api, path)
            assert (before.status_code, after.status_code) == (200, 200)
            for bucket in ("address", "public"):
                assert left(after, bucket) < left(before, bucket)


@pytest.mark.parametrize("kind", ["agenda.html", "minutes.pdf", "public", "private"])
async def test_who_has_no_point_left_is_told_to_wait(limit, tenant, kind):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber, status=MeetingStatus.AGENDA_PUBLISHED)
    _, secret = await chamber.do("member1", create_calendar_feed)
    paths = {"public": f"/calendars/{tenant.code}/committee.ics", "private": f"/calendars/{secret}.ics"}
    path = paths.get(kind, f"/meetings/{meeting.meeting}/{kind}?tenant={tenant.code}")
    async with limit(address_points=1) as api:
        await get(api, path)
        refused = await get(api, path)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
        assert int(refused.headers["retry-after"]) > 0
        assert api.limits.under_way == 0
