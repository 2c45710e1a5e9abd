"""Minutes name who was in the room and who spoke: the substitute, not the holder of the seat."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.record_rows import entries
from tests.committees.refusals import refused
from tests.committees.test_attendance import S, arrive, give_a_role, leave

from almoner.committees.amend_minutes import amend_minutes
from almoner.committees.attendance import record_apologies
from almoner.committees.close_meeting import close_meeting
from almoner.committees.declare_conflict import declare_conflict
from almoner.committees.minutes import circulate_minutes, draft_minutes
from almoner.committees.open_meeting import open_meeting
from almoner.committees.substitutes import Substitute

pytestmark = pytest.mark.anyio


async def drafted(chamber, held):
    await chamber.do("chair", close_meeting, held.id)
    minutes = await chamber.do("secretary", draft_minutes, held.id)
    return minutes, {each.heading: each.text for each in await entries(chamber, minutes.id)}


async def test_a_substitute_who_gave_way_to_the_holder_stays_in_the_minutes_and_may_amend_them(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=("chair",))
    deputy = Substitute("The deputy", await give_a_role(tenant, chamber, "nobody"))
    await arrive(chamber, held, "member1", deputy)
    await chamber.do("nobody", declare_conflict, held.items["Vision"], text="A cousin bids.")
    await leave(chamber, held, "member1")
    await arrive(chamber, held, "member1", in_person=True)
    minutes, read = await drafted(chamber, held)
    assert "; The deputy for The member1 (" in read["Attendance"]
    assert "; The member1 (" in read["Attendance"]
    assert read["1 Vision"] == (
        "The deputy for The member1 declared an interest: A cousin bids. Ruling: the chair has not ruled on it."
    )
    await chamber.do("secretary", circulate_minutes, minutes.id)
    entry = (await entries(chamber, minutes.id))[0].id
    for who in ("nobody", "member1"):
        assert (await chamber.do(who, amend_minutes, entry, text=f"By {who}.", reason="r")).text == f"By {who}."


async def test_a_substitute_who_was_replaced_before_declaring_an_interest_is_not_taken_for_the_holder(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, present=("chair",))
    apologies = ("secretary", record_apologies, held.id, chamber.appointments["member1"])
    await chamber.do(*apologies, Substitute("The deputy", await give_a_role(tenant, chamber, "nobody")))
    await chamber.do("nobody", declare_conflict, held.items["Vision"], text="A cousin bids.")
    await chamber.do("member2", declare_conflict, held.items["Vision"], text="So does mine.")  # and does not come
    await chamber.do(*apologies)
    _, read = await drafted(chamber, held)
    assert [line.split(":")[0] for line in read["1 Vision"].splitlines()] == [
        "A substitute declared an interest",
        "The member2 declared an interest",
    ]


async def test_who_arrived_by_mistake_leaves_before_the_opening_and_has_not_attended(tenant):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 2}})
    held = await make_meeting(chamber, status=S.AGENDA_PUBLISHED)
    for name in ("chair", "member1"):
        await arrive(chamber, held, name)
    await leave(chamber, held, "member1")
    assert (await chamber.do("chair", open_meeting, held.id)).is_quorate is False
    minutes, read = await drafted(chamber, held)
    assert "member1" not in read["Attendance"]
    await chamber.do("secretary", circulate_minutes, minutes.id)
    entry = (await entries(chamber, minutes.id))[0].id
    with refused("NOT_ATTENDED"):
        await chamber.do("member1", amend_minutes, entry, text="x", reason="r")
