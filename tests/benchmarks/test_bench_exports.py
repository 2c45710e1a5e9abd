"""How long exports of a meeting with 20 items take. Run with `pytest -m bench -s`."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.furnishing import furnish

from almoner.committees.status import MeetingStatus
from almoner_graphql.app import build_app
from almoner_graphql.exports import pdf

pytestmark = [pytest.mark.bench, pytest.mark.anyio]

RUNS = 10
TEXT = "The paper explains the rationale for changes to governance, and what members are asked to endorse. " * 8


async def test_the_exports_of_a_meeting_with_twenty_items(house, settings, serving, tenant, monkeypatch):
    monkeypatch.setattr(pdf, "KEPT_BYTES", 0)  # each is made anew
    chamber = await make_chamber(tenant, members=12)
    items = tuple(f"Item about subject {n}" for n in range(20))
    present = ("chair", *(f"member{n}" for n in range(1, 13)))
    meeting = await make_meeting(chamber, status=MeetingStatus.MINUTES_APPROVED, items=items, present=present)
    await furnish(meeting, TEXT)
    headers = {"Authorization": f"Bearer {chamber.token('member1')}"}
    paths = [
        f"/meetings/{meeting.meeting}/{name}" for name in ("agenda.html", "agenda.pdf", "minutes.html", "minutes.pdf")
    ]
    async with serving(build_app(house, settings)) as client:
        for path in (*paths, f"/calendars/{tenant.code}/committee.ics"):
            took = []
            for _run in range(RUNS + 1):
                began = perf_counter()
                response = await client.get(path, headers=headers)
                took.append((perf_counter() - began) * 1000)
                assert response.status_code == 200
            size = len(response.content) / 1024
            told = f"{median(took[1:]):.0f} ms (first {took[0]:.0f} ms, {min(took[1:]):.0f}-{max(took[1:]):.0f})"
            print(f"{path.rpartition('/')[2]}: {told}, {size:.0f} KB")  # noqa: T201
