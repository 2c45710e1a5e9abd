"""Calendars of committees and of people, over HTTP."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlmodel import select
from structlog.testing import capture_logs
from tests.committees.building import at_time, make_chamber, make_meeting

from almoner.authorization.roles import end_role_assignment
from almoner.committees.calendar_feeds import MOST_FEEDS
from almoner.committees.plan_meeting import change_meeting, plan_meeting
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Appointment, Attendance, Meeting
from almoner.core.ids import new_id
from almoner.identity.disable import disable_account
from almoner.identity.opaque import new_opaque
from almoner_graphql.exports import endpoints

pytestmark = pytest.mark.anyio

CREATE = "mutation { createCalendarFeed { calendarFeed { id showsAll createdAt closedAt } address problems { code } } }"
CREATE_ALL = CREATE.replace("createCalendarFeed", "createCalendarFeed(all: true)")
CLOSE = "mutation ($id: ID!) { closeCalendarFeed(id: $id) { calendarFeed { id closedAt } problems { code } } }"
FEEDS = "{ calendarFeeds { totalCount nodes { id closedAt } } }"
PLAN: dict[str, Any] = {
    "title": "To come",
    "held_on": datetime.now(UTC).date() + timedelta(days=30),
    "begins_at": "13:00",
    "minutes_allotted": 60,
    "venue": "Town hall",
    "is_public": True,
}
HOSTILE = 'Vision\r\nATTENDEE:mailto:x@y.example\nBEGIN:VALARM; a, b \\ "c" \u202e' + "é" * 200


@pytest.fixture
async def chamber(tenant):
    return await make_chamber(tenant)


@pytest.fixture
def ask(client):
    async def send(document: str, token: str, **variables: Any) -> Any:
        body = {"query": document, "variables": variables}
        response = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        (answer,) = response.json()["data"].values()
        return answer

    return send


async def change(chamber, table, row_id, **values: Any) -> None:
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        row = await scope.find(table, row_id)
        for name, value in values.items():
            setattr(row, name, value)


def events(response: Any) -> list[Any]:
    assert (response.status_code, response.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(response.content).walk("VEVENT")


def titles(response: Any) -> set[str]:
    return {str(event["SUMMARY"]) for event in events(response)}


async def named(chamber, title: str, **options: Any) -> Any:
    meeting = await make_meeting(chamber, **options)
    await change(chamber, Meeting, meeting.id, title=title)
    return meeting


def public_address(chamber) -> str:
    return f"/calendars/{chamber.tenant.code}/{chamber.prefix}committee.ics"


async def test_everybody_follows_the_public_meetings_of_a_committee_from_notice_on(client, chamber):
    await named(chamber, "planned", status=MeetingStatus.PLANNED, days=20)
    await named(chamber, "noticed", status=MeetingStatus.NOTICE_GIVEN, days=20)
    await named(chamber, "held", status=MeetingStatus.HELD, days=-20)
    await named(chamber, "long ago", status=MeetingStatus.HELD, days=-500)
    await named(chamber, "closed", status=MeetingStatus.NOTICE_GIVEN, is_public=False)
    other = await make_chamber(chamber.tenant, prefix="other-")
    await named(other, "elsewhere", status=MeetingStatus.NOTICE_GIVEN)
    response = await client.get(public_address(chamber))
    assert titles(response) == {"noticed", "held"}
    assert str(Calendar.from_ical(response.content)["X-WR-CALNAME"]) == "The committee"


async def test_an_event_says_when_where_and_what_a_meeting_is(client, chamber):
    meeting = await named(chamber, "July", status=MeetingStatus.AGENDA_PUBLISHED, days=20)
    (event,) = events(await client.get(public_address(chamber)))
    assert (str(event["UID"]), str(event["STATUS"]), int(event["SEQUENCE"])) == (str(meeting.id), "CONFIRMED", 2)
    assert (str(event["LOCATION"]), event["CATEGORIES"].cats) == ("Town hall", ["The committee"])
    address = f"http://api/meetings/{meeting.meeting}/agenda.html?tenant={chamber.tenant.code}"
    assert str(event["URL"]) == address
    assert (await client.get(address)).status_code == 200
    assert event["DTSTART"].params["TZID"] == "America/Phoenix"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=2)
    cancelled = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    moved = {"status": "CANCELLED", "cancelled_at": cancelled, "cancel_reason": "No quorum"}
    await change(chamber, Meeting, meeting.id, **moved)
    (after,) = events(await client.get(public_address(chamber)))
    assert (str(after["STATUS"]), int(after["SEQUENCE"])) == ("CANCELLED", 3)
    assert (after["LAST-MODIFIED"].dt, str(after["UID"])) == (cancelled, str(meeting.id))
    assert "Cancelled: No quorum" in str(after["DESCRIPTION"])


async def test_a_changed_plan_is_a_newer_event(client, chamber, ask):
    planned = await chamber.do("secretary", plan_meeting, chamber.id, **PLAN)
    address = (await ask(CREATE, chamber.token("member1")))["address"]
    (before,) = events(await client.get(address))
    moved = PLAN["held_on"] + timedelta(days=7)
    later = at_time(chamber.tenant, lambda: datetime.now(UTC) + timedelta(hours=1))
    for number, values in enumerate(({"held_on": moved}, {"venue": "Elsewhere"}, {"title": "Moved"}), 1):
        await later.do("secretary", change_meeting, planned.id, **values)
        (after,) = events(await client.get(address))
        assert int(after["SEQUENCE"]) == int(before["SEQUENCE"]) + number
        for name in ("DTSTAMP", "LAST-MODIFIED"):
            assert after[name].dt > before[name].dt + timedelta(minutes=59)
    assert (after["DTSTART"].dt.date(), str(after["LOCATION"]), str(after["SUMMARY"])) == (moved, "Elsewhere", "Moved")
    assert after["UID"] == before["UID"]


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [
        # Clocks go forward on 28 March 2027 at 1:00, and back on 31 October at 2:00.
        ("2027-03-28T00:30:00+00:00", "2027-03-28T01:30:00+00:00", ("00:30", "02:30")),
        ("2027-10-31T00:30:00+00:00", "2027-10-31T02:30:00+00:00", ("01:30", "02:30")),
        ("2027-07-06T12:00:00+00:00", "2027-07-06T14:00:00+00:00", ("13:00", "15:00")),
    ],
)
async def test_meetings_begin_by_the_clocks_of_the_agency_also_when_these_are_changed(
    client, chamber, superuser_url, watch, begins, ends, hours
):
    watch.connection.execute(
        "update almoner.tenant set time_zone = 'Europe/London' where id = %s", (chamber.tenant.id,)
    )
    begin, end = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
    meeting = await make_meeting(chamber, status=MeetingStatus.NOTICE_GIVEN)
    minutes = int((end - begin).total_seconds() // 60)
    await change(chamber, Meeting, meeting.id, starts_at=begin, minutes_allotted=minutes)
    response = await client.get(public_address(chamber))
    (event,) = events(response)
    assert (event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC))[0] == begin
    assert tuple(f"{event[name].dt:%H:%M}" for name in ("DTSTART", "DTEND")) == hours
    # The calendar's own description of the zone, with which a program needs no other, says the same.
    zone: Any
    (zone,) = Calendar.from_ical(response.content).walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Europe/London"
    told = zone.to_tz()
    assert begin.astimezone(told).replace(tzinfo=None) == begin.astimezone(ZoneInfo("Europe/London")).replace(
        tzinfo=None
    )


async def test_hostile_texts_inject_no_lines_and_lines_are_folded(client, chamber):
    meeting = await named(chamber, HOSTILE, status=MeetingStatus.NOTICE_GIVEN)
    await change(chamber, Meeting, meeting.id, venue=HOSTILE, urgent_reason=HOSTILE)
    response = await client.get(public_address(chamber))
    (event,) = events(response)
    assert "ATTENDEE" not in event
    assert event.subcomponents == []
    assert str(event["SUMMARY"]) == 'Vision ATTENDEE:mailto:x@y.example BEGIN:VALARM; a, b \\ "c" ' + "é" * 200
    lines = response.content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert [line for line in lines if line.startswith((b"ATTENDEE", b"BEGIN:VALARM"))] == []


@pytest.mark.parametrize("private", [False, True])
async def test_a_calendar_that_did_not_change_is_not_sent_again(client, chamber, ask, private):
    await make_meeting(chamber, status=MeetingStatus.NOTICE_GIVEN, days=10)
    address = (await ask(CREATE, chamber.token("member1")))["address"] if private else public_address(chamber)
    first = await client.get(address)
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.get(address, headers=known)).status_code == 304
    await make_meeting(chamber, status=MeetingStatus.NOTICE_GIVEN, days=11)
    after = await client.get(address, headers=known)
    assert after.status_code == 200
    assert len(events(after)) == 2


async def test_more_meetings_than_a_page_has_are_all_shown(client, chamber):
    await many_meetings(chamber, range(101))
    assert len(titles(await client.get(public_address(chamber)))) == 101


async def test_a_calendar_that_is_full_has_what_is_to_come_and_of_the_past_what_was_last(client, chamber, monkeypatch):
    await many_meetings(chamber, range(-250, 101))
    monkeypatch.setattr(endpoints, "MOST_PAGES", 3)
    shown = [str(event["SUMMARY"]) for event in events(await client.get(public_address(chamber)))]
    assert shown == [f"Meeting {n}" for n in range(-199, 101)]


async def test_of_too_many_meetings_to_come_the_next_ones_are_shown(client, chamber, monkeypatch):
    await many_meetings(chamber, range(-5, 120))
    monkeypatch.setattr(endpoints, "MOST_PAGES", 1)
    shown = [str(event["SUMMARY"]) for event in events(await client.get(public_address(chamber)))]
    assert shown == [f"Meeting {n}" for n in range(1, 101)]


async def many_meetings(chamber, days):
    """One on each of these days from now."""
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        for n in days:
            at = scope.now() + timedelta(days=n)
            scope.session.add(
                Meeting(
                    tenant_id=scope.tenant_id,
                    committee_id=chamber.id,
                    status=MeetingStatus.NOTICE_GIVEN,
                    title=f"Meeting {n}",
                    held_on=at.date(),
                    starts_at=at,
                    minutes_allotted=60,
                    venue="Town hall",
                    is_public=True,
                    notice_given_at=scope.now(),
                    public_at=scope.now(),
                )
            )


async def test_a_calendar_that_is_not_there_answers_404_whatever_the_reason(client, chamber, other_tenant):
    hidden = await make_chamber(chamber.tenant, prefix="hidden-", is_public=False)
    theirs = await make_chamber(other_tenant, prefix="their-")
    nothing = await client.get(f"/calendars/{chamber.tenant.code}/nothing.ics")
    for path in (
        public_address(hidden),
        f"/calendars/{chamber.tenant.code}/{theirs.prefix}committee.ics",
        "/calendars/no-such-agency/committee.ics",
        "/calendars/%00/%00.ics",
        f"/calendars/{chamber.tenant.code}/%00.ics",
        f"/calendars/{chamber.tenant.code}/body1.ics",
        "/calendars/x.ics",
        f"/calendars/{new_opaque(chamber.tenant.id)}.ics",
        f"/calendars/{new_opaque(new_id())}.ics",
    ):
        response = await client.get(path)
        assert (response.status_code, response.content) == (404, nothing.content), path


# --- private addresses ---------------------------------------------------------------------------------------------


async def test_a_private_address_for_all_shows_what_its_holder_may_see_now(client, chamber, ask):
    await named(chamber, "planned", status=MeetingStatus.PLANNED, days=20)
    await named(chamber, "closed", status=MeetingStatus.NOTICE_GIVEN, is_public=False)
    other = await make_chamber(chamber.tenant, prefix="other-")
    await named(other, "theirs, closed", status=MeetingStatus.NOTICE_GIVEN, is_public=False)
    await named(other, "theirs, public", status=MeetingStatus.NOTICE_GIVEN)
    address = (await ask(CREATE_ALL, chamber.token("member1")))["address"]
    response = await client.get(address)
    assert titles(response) == {"planned", "closed", "theirs, public"}
    status = {str(event["SUMMARY"]): str(event["STATUS"]) for event in events(response)}
    assert (status["planned"], status["closed"]) == ("TENTATIVE", "CONFIRMED")
    urls = {str(event["SUMMARY"]) for event in events(response) if "URL" in event}
    assert urls == {"theirs, public"}  # what opens without a token
    await leave(chamber, "member1")
    assert titles(await client.get(address)) == set()


@pytest.mark.parametrize("who", ["member1", "chair", "observer", "secretary", "author"])
async def test_a_persons_calendar_has_the_committees_that_they_work_with(client, chamber, ask, who):
    await named(chamber, "ours", status=MeetingStatus.NOTICE_GIVEN)
    other = await make_chamber(chamber.tenant, prefix="other-")
    await named(other, "theirs, public", status=MeetingStatus.NOTICE_GIVEN)
    made = await ask(CREATE, chamber.token(who))
    assert made["calendarFeed"]["showsAll"] is False
    assert titles(await client.get(made["address"])) == {"ours"}
    made = await ask(CREATE_ALL, chamber.token(who))
    assert made["calendarFeed"]["showsAll"] is True
    assert titles(await client.get(made["address"])) == {"ours", "theirs, public"}


async def test_who_sits_in_for_somebody_has_that_committee_in_their_calendar_for_a_year(client, chamber, ask):
    other = await make_chamber(chamber.tenant, prefix="other-")
    sat_in = await make_meeting(other, status=MeetingStatus.HELD, present=("chair",), days=-20)
    await named(other, "theirs", status=MeetingStatus.NOTICE_GIVEN)
    address = (await ask(CREATE, chamber.token("member1")))["address"]
    assert titles(await client.get(address)) == set()
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        attendance = (await scope.session.execute(select(Attendance))).scalar_one()
        attendance.substitute_id = chamber.tenant.identities["member1"].subject_id
    assert titles(await client.get(address)) == {"A meeting", "theirs"}
    long_ago = datetime.now(UTC) - timedelta(days=500)
    await change(chamber, Meeting, sat_in.id, starts_at=long_ago)
    assert titles(await client.get(address)) == set()


async def test_a_committee_that_somebody_has_left_leaves_their_calendar_though_its_meetings_are_public(
    client, chamber, ask
):
    await named(chamber, "ours", status=MeetingStatus.NOTICE_GIVEN)
    address = (await ask(CREATE, chamber.token("member1")))["address"]
    assert titles(await client.get(address)) == {"ours"}
    await leave(chamber, "member1")
    assert titles(await client.get(address)) == set()


async def leave(chamber, who):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        appointment = await scope.find(Appointment, chamber.appointments[who])
        assert appointment is not None
        assert appointment.assignment_id is not None
    await chamber.tenant.do("program_administrator", end_role_assignment, appointment.assignment_id, reason="r")


async def test_only_a_digest_of_the_address_is_stored_and_no_log_tells_it(client, chamber, ask, superuser_url, watch):
    made = await ask(CREATE, chamber.token("observer"))
    secret = made["address"].removeprefix("/calendars/").removesuffix(".ics")
    assert secret.startswith(f"{chamber.tenant.id.hex}.")
    assert len(secret.partition(".")[2]) == 43  # 256 bits
    assert (await client.get(made["address"])).status_code == 200
    stored = watch.connection.execute(
        "select f::text || coalesce(string_agg(j::text, ''), '') from almoner.calendar_feed f, almoner.journal_entry j"
        " where f.tenant_id = %s and j.tenant_id = f.tenant_id group by f.*",
        (chamber.tenant.id,),
    ).fetchone()
    assert secret.partition(".")[2] not in stored[0]
    listed = await ask(FEEDS, chamber.token("observer"))
    assert secret not in json.dumps(listed)


async def test_paths_of_private_calendars_are_logged_without_their_secret(client, tenant):
    secret = new_opaque(tenant.id)
    for path in (f"/calendars/{secret}.ics", f"/x/{secret[:-1]}/", f"/calendars/{secret}%0A.ics"):
        with capture_logs() as entries:
            assert (await client.get(path)).status_code == 404
        logged = str([entry["path"] for entry in entries])
        assert "…" in logged
        assert secret[34:50] not in logged


async def test_a_closed_feed_a_disabled_account_and_an_unknown_secret_answer_alike(client, chamber, ask):
    unknown = await client.get(f"/calendars/{new_opaque(chamber.tenant.id)}.ics")
    first = await ask(CREATE, chamber.token("member1"))
    second = await ask(CREATE, chamber.token("member1"))
    other = await ask(CREATE, chamber.token("member2"))
    closed = await ask(CLOSE, chamber.token("member1"), id=first["calendarFeed"]["id"])
    assert closed["problems"] == []
    assert closed["calendarFeed"]["closedAt"] is not None
    answer = await client.get(first["address"])
    assert (answer.status_code, answer.content) == (404, unknown.content)
    assert (await client.get(second["address"])).status_code == 200
    subject = chamber.tenant.identities["member1"].subject_id
    await chamber.tenant.do("program_administrator", disable_account, subject, reason="r")
    answer = await client.get(second["address"])
    assert (answer.status_code, answer.content) == (404, unknown.content)
    assert (await client.get(other["address"])).status_code == 200


async def test_an_account_that_must_be_recertified_has_no_calendar(client, chamber, ask, watch):
    address = (await ask(CREATE, chamber.token("member1")))["address"]
    subject = chamber.tenant.identities["member1"].subject_id
    watch.connection.execute("update almoner.account set recertify_by = '2020-01-01' where id = %s", (subject,))
    assert (await client.get(address)).status_code == 404


async def test_feeds_are_their_holders_own(chamber, ask):
    mine = await ask(CREATE, chamber.token("member1"))
    await ask(CREATE, chamber.token("member2"))
    listed = await ask(FEEDS, chamber.token("member1"))
    assert [feed["id"] for feed in listed["nodes"]] == [mine["calendarFeed"]["id"]]
    for who in ("member2", "chair"):
        refused = await ask(CLOSE, chamber.token(who), id=mine["calendarFeed"]["id"])
        assert refused == {"calendarFeed": None, "problems": [{"code": "NOT_FOUND"}]}
    token = chamber.token("chair")
    assert await ask("query ($id: ID!) { node(id: $id) { id } }", token, id=mine["calendarFeed"]["id"]) is None
    refused = await ask(CREATE, chamber.tenant.token("nobody"))
    assert refused == {"calendarFeed": None, "address": None, "problems": [{"code": "DENIED"}]}


async def test_there_are_only_so_many_open_feeds_also_for_requests_at_once(chamber, ask):
    token = chamber.token("member1")
    made = await asyncio.gather(*(ask(CREATE, token) for _ in range(MOST_FEEDS + 2)))
    refused = [answer["problems"] for answer in made if answer["problems"]]
    assert refused == [[{"code": "TOO_MANY_FEEDS"}]] * 2
    open_one = next(answer["calendarFeed"]["id"] for answer in made if answer["calendarFeed"])
    await ask(CLOSE, token, id=open_one)
    assert (await ask(CREATE, token))["problems"] == []
