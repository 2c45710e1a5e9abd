"""Who was told to leave for a private item sees nothing of it any more, whatever else happens."""

from __future__ import annotations

import anyio
import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.test_attendance import give_a_role
from tests.committees.test_conflicts import declare
from tests.graphql.locks import locked

from almoner.committees.declare_conflict import rule_on_conflict
from almoner.committees.tables import AgendaItem
from almoner.committees.words import ConflictRuling

pytestmark = pytest.mark.anyio


async def item_of(chamber, held, title="Vision"):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-look") as scope:
        return await scope.find(AgendaItem, held.items[title])


def subjects(chamber, *names):
    return {chamber.tenant.identities[chamber.who(name)].subject_id for name in names}


async def test_of_two_who_leave_at_one_instant_both_are_kept_out(tenant, superuser_url):
    chamber = await make_chamber(tenant)
    await give_a_role(tenant, chamber, "member2", "committee_chair")
    held = await make_meeting(chamber, private=("Vision",))
    first = await declare(chamber, "member1", held.items["Vision"])

    async def rule():
        await chamber.do("chair", rule_on_conflict, first.id, ConflictRuling.LEAVE)

    # The ruling waits for the lock, with the meeting; the other declaration for the meeting.
    async with anyio.create_task_group() as both, locked(superuser_url, "conflict_declaration", "share") as waiting:
        with anyio.fail_after(30):
            both.start_soon(rule)
            while await waiting() < 1:
                pass
            both.start_soon(declare, chamber, "member2", held.items["Vision"])
            while await waiting() < 2:
                pass
    assert set((await item_of(chamber, held)).barred) == subjects(chamber, "member1", "member2")
