"""What tests begin with is what the verbs would have made of it."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber, make_meeting

from almoner.committees.presence import quorum_in
from almoner.committees.read import get_meeting, rules_of

pytestmark = pytest.mark.anyio


async def test_a_chamber_has_rules_and_people_who_see_its_meetings(tenant):
    chamber = await make_chamber(tenant, rules={"quorum": {"votingMembers": 3, "bodies": 2}})
    held = await make_meeting(chamber, present=("chair", "member1", "member2"))

    async def quorum(scope):
        meeting = await get_meeting(scope, held.id)
        return await quorum_in(scope, meeting, await rules_of(scope, meeting.committee_id))

    found = await chamber.do("member3", quorum)
    assert (found.voting_members, found.bodies, found.lacking) == (3, 2, ())
