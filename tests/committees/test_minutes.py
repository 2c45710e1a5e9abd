"""Minutes: drafted from the records, written, circulated, amended with the change kept, approved and frozen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import col
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import FUNDS, MODELS, declare, delegate, sitting
from tests.committees.record_rows import ROOM, change, circulated, entries, of, put, rows, subject_of

from almoner.authorization.roles import assign_role
from almoner.committees.actions import NewAction, raise_action
from almoner.committees.amend_minutes import amend_minutes
from almoner.committees.approve_minutes import approve_minutes
from almoner.committees.close_meeting import close_formal_part, close_meeting
from almoner.committees.minutes import circulate_minutes, draft_minutes, write_minutes_entry
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import (
    Action,
    AgendaItem,
    Attendance,
    AttendanceSpan,
    Decision,
    Meeting,
    Minutes,
    MinutesAmendment,
    PublicQuestion,
)
from almoner.committees.words import DecisionKind
from almoner.core.errors import AlmonerError, Denied, Invalid, NotFound
from almoner.core.ids import new_id
from almoner.journal.tables import JournalEntry
from almoner.organizations.tables import Organization

pytestmark = pytest.mark.anyio


async def code_of(doing):
    with pytest.raises(AlmonerError) as refused:
        await doing
    return [problem.code for problem in refused.value.problems]


async def test_minutes_are_drafted_from_the_records_and_only_once(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, present=ROOM)
    decided = of(
        held,
        Decision,
        item_id=held.items["Vision"],
        number=7,
        kind="ENDORSE",
        text="The vision is endorsed",
        declared_by=subject_of(chamber, "chair"),
        decided_at=tenant.house.clock(),
    )
    asked = of(
        held, PublicQuestion, asked="AT_THE_MEETING", asked_by="A patient", text="When?", asked_at=tenant.house.clock()
    )
    await put(chamber, decided, asked)
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    found = await entries(chamber, minutes.id)
    assert [each.heading for each in found] == [
        "Opening",
        "Attendance",
        "Quorum",
        "1 Vision",
        "2 Governance",
        "Questions from the public",
        "Close",
    ]
    assert [each.position for each in found] == [1, 2, 3, 4, 5, 6, 7]
    assert "Decision 7 (endorsed by consensus): The vision is endorsed." in found[3].text
    assert "The member1 (" in found[1].text
    assert found[5].text == "1 question is not answered yet."
    assert await code_of(chamber.do("secretary", draft_minutes, held.id)) == ["MINUTES_EXIST"]
    assert len(await rows(chamber, Minutes)) == 1


async def test_minutes_name_the_delegation_that_an_approval_stands_on_and_what_it_uses(tenant):
    chamber, held = await sitting(tenant)
    models, funds = await delegate(chamber, MODELS, FUNDS)
    await declare(held, DecisionKind.APPROVE, text="One model", delegation_item_id=models)
    await declare(held, DecisionKind.APPROVE, delegation_item_id=funds, amount=Decimal("12.50"))
    await chamber.do("chair", close_meeting, held.id)
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    told = next(each.text for each in await entries(chamber, minutes.id) if each.heading == "1 Vision")
    on = 'It stands on the delegation for Primary care, item {}: "{}"'
    first, second = [line for line in told.splitlines() if line.startswith("Decision")]
    assert first.startswith(f"Decision 1 (approved): One model. {on.format(1, MODELS.text)} It binds ")
    assert f"{on.format(2, FUNDS.text)} It uses 12.5 of the fund Transformation. It binds " in second


async def test_minutes_are_drafted_anew_for_what_came_since_and_what_was_written_by_hand_stays(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, present=ROOM)
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    before = {each.heading: each for each in await entries(chamber, minutes.id)}
    await chamber.do("secretary", write_minutes_entry, before["2 Governance"].id, text="By hand.")
    for item in ("Vision", "Governance", None):
        given = NewAction(f"About {item}", "A lead", date(2999, 1, 1), held.items[item] if item else None)
        await chamber.do("secretary", raise_action, held.id, given)
    again = await chamber.do("secretary", draft_minutes, held.id, anew=True)
    after = await entries(chamber, minutes.id)
    assert (again.id, again.status) == (minutes.id, "DRAFTED")
    headings = ["Opening", "Attendance", "Quorum", "1 Vision", "2 Governance", "Other actions", "Close"]
    assert [each.heading for each in after] == headings
    assert [each.position for each in after] == [1, 2, 3, 4, 5, 6, 7]
    assert {each.heading: each.id for each in after if each.heading in before} == {
        heading: each.id for heading, each in before.items()
    }
    assert "About Vision" in after[3].text
    assert after[4].text == "By hand."
    assert "About None" in after[5].text
    (told,) = await rows(chamber, JournalEntry, col(JournalEntry.action) == "minutes.drafted_anew")
    assert told.detail["kept"] == [5]
    await chamber.do("secretary", circulate_minutes, minutes.id)
    refused = chamber.do("secretary", draft_minutes, held.id, anew=True)
    assert await code_of(refused) == ["MINUTES_CIRCULATED"]
    later = await make_meeting(chamber, present=ROOM, days=1)
    await chamber.do("chair", approve_minutes, minutes.id, later.id)
    refused = chamber.do("secretary", draft_minutes, held.id, anew=True)
    assert await code_of(refused) == ["MINUTES_FROZEN"]


async def test_minutes_that_are_not_there_are_drafted_as_ever(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, present=ROOM)
    with pytest.raises(Denied):
        await chamber.do("member1", draft_minutes, held.id, anew=True)
    minutes = await chamber.do("secretary", draft_minutes, held.id, anew=True)
    assert len(await entries(chamber, minutes.id)) == 6


@pytest.mark.parametrize("status", [status for status in MeetingStatus if status != MeetingStatus.HELD])
async def test_minutes_of_a_meeting_that_is_not_just_held_are_refused(tenant, status):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(chamber, status=status)
    assert await code_of(chamber.do("secretary", draft_minutes, meeting.id)) == ["MEETING_NOT_HELD"]
    assert await rows(chamber, Minutes) == []


@pytest.mark.parametrize("who", ["chair", "member1", "author", "observer"])
async def test_only_the_secretary_drafts(tenant, who):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD)
    with pytest.raises(Denied):
        await chamber.do(who, draft_minutes, held.id)


async def test_what_is_private_is_private_in_the_minutes_and_hidden_from_who_is_barred(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, present=ROOM, private=("Governance",))
    barred = [subject_of(chamber, "member1")]
    await change(chamber, AgendaItem, held.items["Governance"], barred=barred)
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    found = await entries(chamber, minutes.id)
    assert [(each.heading, each.barred) for each in found if each.is_private] == [("2 Governance", barred)]
    private = next(each.id for each in found if each.is_private)
    await chamber.do("secretary", circulate_minutes, minutes.id)
    with pytest.raises(NotFound):
        await chamber.do("member1", amend_minutes, private, text="x", reason="r")
    assert (await chamber.do("member2", amend_minutes, private, text="x", reason="r")).text == "x"


async def test_the_secretary_writes_until_the_minutes_are_circulated(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, present=ROOM)
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    entry = (await entries(chamber, minutes.id))[0].id
    assert (await chamber.do("secretary", write_minutes_entry, entry, text="  It began. ")).text == "It began."
    for text, code in ((" ", "TEXT_BLANK"), ("x" * 20_001, "TEXT_TOO_LONG"), ("a\0", "TEXT_HAS_NUL")):
        assert await code_of(chamber.do("secretary", write_minutes_entry, entry, text=text)) == [code]
    with pytest.raises(Denied):
        await chamber.do("chair", write_minutes_entry, entry, text="x")
    amending = chamber.do("member1", amend_minutes, entry, text="x", reason="r")
    assert await code_of(amending) == ["MINUTES_NOT_CIRCULATED"]
    with pytest.raises(Denied):
        await chamber.do("chair", circulate_minutes, minutes.id)
    await chamber.do("secretary", circulate_minutes, minutes.id)
    assert await code_of(chamber.do("secretary", circulate_minutes, minutes.id)) == ["MINUTES_CIRCULATED"]
    assert await code_of(chamber.do("secretary", write_minutes_entry, entry, text="x")) == ["MINUTES_CIRCULATED"]
    assert (await entries(chamber, minutes.id))[0].text == "It began."


async def test_who_attended_amends_with_a_reason_and_the_change_is_kept(tenant):
    chamber, _, minutes = await circulated(tenant)
    entry = (await entries(chamber, minutes))[0]
    await chamber.do("member1", amend_minutes, entry.id, text="One.", reason="It was so.")
    await chamber.do("secretary", amend_minutes, entry.id, text="Two.", reason="A slip of the pen.")
    kept = await rows(chamber, MinutesAmendment)
    assert [(each.was, each.text, each.reason, each.amended_by) for each in kept] == [
        (entry.text, "One.", "It was so.", subject_of(chamber, "member1")),
        ("One.", "Two.", "A slip of the pen.", subject_of(chamber, "secretary")),
    ]
    said = [entry.detail for entry in await rows(chamber, JournalEntry) if entry.action == "minutes_entry.amended"]
    assert "One." not in str(said)


async def test_who_did_not_attend_does_not_amend_and_a_substitute_who_did_does(tenant):
    chamber, held, minutes = await circulated(tenant)
    entry = (await entries(chamber, minutes))[0].id
    refused = chamber.do("member3", amend_minutes, entry, text="x", reason="r")
    assert await code_of(refused) == ["NOT_ATTENDED"]
    with pytest.raises(NotFound):
        await chamber.do("observer", amend_minutes, entry, text="x", reason="r")
    (theirs,) = await rows(
        chamber,
        Attendance,
        col(Attendance.meeting_id) == held.id,
        col(Attendance.appointment_id) == chamber.appointments["member1"],
    )
    (span,) = await rows(chamber, AttendanceSpan, col(AttendanceSpan.attendance_id) == theirs.id)
    await change(chamber, AttendanceSpan, span.id, substitute="A deputy", substitute_id=subject_of(chamber, "member3"))
    refused = chamber.do("member1", amend_minutes, entry, text="x", reason="r")
    assert await code_of(refused) == ["NOT_ATTENDED"]
    assert (await chamber.do("member3", amend_minutes, entry, text="y", reason="r")).text == "y"


async def test_an_amendment_names_all_that_is_wrong_with_it(tenant):
    chamber, _, minutes = await circulated(tenant)
    entry = (await entries(chamber, minutes))[0]
    with pytest.raises(Invalid) as refused:
        await chamber.do("member1", amend_minutes, entry.id, text=entry.text, reason=" ")
    assert [(each.code, each.path) for each in refused.value.problems] == [
        ("REASON_MISSING", ("reason",)),
        ("NOTHING_AMENDED", ("text",)),
    ]
    assert await rows(chamber, MinutesAmendment) == []


async def test_a_later_quorate_meeting_approves_and_everything_is_public_and_frozen(tenant):
    chamber, held, minutes = await circulated(tenant, private=("Governance",))
    for item in ("Vision", "Governance", None):
        given = NewAction("Do it", "Chair", tenant.house.clock().date(), held.items[item] if item else None)
        await chamber.do("secretary", raise_action, held.id, given)
    later = await make_meeting(chamber, present=ROOM)
    approved = await chamber.do("chair", approve_minutes, minutes, later.id)
    assert (approved.status, approved.approved_at, approved.public_at) == ("APPROVED", *[approved.public_at] * 2)
    (own,) = await rows(chamber, Meeting, col(Meeting.id) == held.id)
    assert (own.status, own.approved_in_id) == ("MINUTES_APPROVED", later.id)
    found = await entries(chamber, minutes)
    assert {each.heading for each in found if each.public_at is None} == {"2 Governance"}
    public = {each.item_id: each.public_at is not None for each in await rows(chamber, Action)}
    assert public == {held.items["Vision"]: True, held.items["Governance"]: False, None: True}
    entry = found[0].id
    for refused in (
        chamber.do("secretary", write_minutes_entry, entry, text="x"),
        chamber.do("member1", amend_minutes, entry, text="x", reason="r"),
        chamber.do("secretary", circulate_minutes, minutes),
        chamber.do("chair", approve_minutes, minutes, later.id),
    ):
        assert await code_of(refused) == ["MINUTES_FROZEN"]
    assert (await entries(chamber, minutes))[0].text == found[0].text


async def test_minutes_of_a_meeting_that_is_not_public_stay_with_the_committee(tenant):
    chamber, _, minutes = await circulated(tenant, is_public=False)
    later = await make_meeting(chamber, present=ROOM)
    approved = await chamber.do("chair", approve_minutes, minutes, later.id)
    assert (approved.status, approved.public_at) == ("APPROVED", None)
    assert {each.public_at for each in await entries(chamber, minutes)} == {None}


async def test_a_meeting_does_not_approve_its_own_minutes(tenant):
    chamber, held, minutes = await circulated(tenant)
    assert await code_of(chamber.do("chair", approve_minutes, minutes, held.id)) == ["OWN_MINUTES"]
    await unchanged(chamber, minutes)


async def test_an_earlier_meeting_does_not_approve(tenant):
    chamber, _, minutes = await circulated(tenant)
    earlier = await make_meeting(chamber, days=-5, present=ROOM)
    assert await code_of(chamber.do("chair", approve_minutes, minutes, earlier.id)) == ["EARLIER_MEETING"]
    await unchanged(chamber, minutes)


async def test_a_meeting_of_another_committee_does_not_approve(tenant):
    chamber, _, minutes = await circulated(tenant)
    elsewhere = await make_chamber(tenant, prefix="other-")
    theirs = await make_meeting(elsewhere, present=ROOM)
    with pytest.raises(Denied):
        await chamber.do("chair", approve_minutes, minutes, theirs.id)
    await unchanged(chamber, minutes)


async def test_nor_does_one_for_who_presides_over_both(tenant):
    chamber, _, minutes = await circulated(tenant)
    elsewhere = await make_chamber(tenant, prefix="other-")
    theirs = await make_meeting(elsewhere, present=ROOM)
    await also_chair(elsewhere, subject_of(chamber, "chair"))
    assert await code_of(chamber.do("chair", approve_minutes, minutes, theirs.id)) == ["OTHER_COMMITTEE"]
    await unchanged(chamber, minutes)


async def also_chair(chamber, subject_id):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        place = await scope.find(Organization, chamber.id)
        await assign_role(scope, subject_id, "committee_chair", reason="test", at=place)


@pytest.mark.parametrize("status", [status for status in MeetingStatus if status != MeetingStatus.IN_SESSION])
async def test_a_meeting_that_is_not_in_session_does_not_approve(tenant, status):
    chamber, _, minutes = await circulated(tenant)
    later = await make_meeting(chamber, status=status, days=1, present=ROOM)
    assert await code_of(chamber.do("chair", approve_minutes, minutes, later.id)) == ["MEETING_NOT_IN_SESSION"]
    await unchanged(chamber, minutes)


async def test_a_meeting_whose_formal_part_is_closed_does_not_approve(tenant):
    chamber, _, minutes = await circulated(tenant)
    later = await make_meeting(chamber, present=ROOM)
    await chamber.do("chair", close_formal_part, later.id)
    assert await code_of(chamber.do("chair", approve_minutes, minutes, later.id)) == ["FORMAL_PART_CLOSED"]
    await unchanged(chamber, minutes)


async def test_an_inquorate_meeting_does_not_approve(tenant):
    chamber, _, minutes = await circulated(tenant)
    later = await make_meeting(chamber, present=("chair",))
    assert await code_of(chamber.do("chair", approve_minutes, minutes, later.id)) == ["INQUORATE"]
    await unchanged(chamber, minutes)


async def test_drafts_are_not_approved_and_only_the_chair_approves(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.HELD, days=-2, present=ROOM)
    minutes = (await chamber.do("secretary", draft_minutes, held.id)).id
    later = await make_meeting(chamber, present=ROOM)
    assert await code_of(chamber.do("chair", approve_minutes, minutes, later.id)) == ["MINUTES_NOT_CIRCULATED"]
    for who in ("secretary", "member1"):
        with pytest.raises(Denied):
            await chamber.do(who, approve_minutes, minutes, later.id)
    with pytest.raises(NotFound):
        await chamber.do("chair", approve_minutes, minutes, new_id())


async def unchanged(chamber, minutes_id):
    (minutes,) = await rows(chamber, Minutes, col(Minutes.id) == minutes_id)
    (meeting,) = await rows(chamber, Meeting, col(Meeting.id) == minutes.meeting_id)
    assert (minutes.status, minutes.approved_at, minutes.public_at) == ("CIRCULATED", None, None)
    assert (meeting.status, meeting.approved_in_id) == ("HELD", None)
