"""The standing register of interests."""

from __future__ import annotations

import pytest
from tests.committees.building import make_chamber
from tests.committees.founding import refused

from almoner.committees.interests import declare_interest, end_interest

pytestmark = pytest.mark.anyio


async def test_members_declare_interests_of_their_own_and_end_them(tenant):
    chamber = await make_chamber(tenant)
    made = await chamber.do("member1", declare_interest, chamber.id, text=" Owns a clinic ")
    assert (made.text, made.subject_id) == ("Owns a clinic", tenant.identities["member1"].subject_id)
    assert await refused(chamber.do("member2", end_interest, made.id)) == ["NOT_YOUR_INTEREST"]
    assert (await chamber.do("member1", end_interest, made.id)).ended_at is not None
    assert await refused(chamber.do("member1", end_interest, made.id)) == ["INTEREST_ENDED"]


async def test_an_interest_has_a_text(tenant):
    chamber = await make_chamber(tenant)
    for text, code in ((" ", "TEXT_BLANK"), ("x" * 2001, "TEXT_TOO_LONG"), ("a\0", "TEXT_HAS_NUL")):
        assert await refused(chamber.do("member1", declare_interest, chamber.id, text=text)) == [code]


@pytest.mark.parametrize(
    ("who", "declares", "ends"),
    [
        ("observer", "DENIED", "NOT_FOUND"),
        ("secretary", "DENIED", "DENIED"),
        ("auditor", "DENIED", "DENIED"),
        ("program_administrator", "DENIED", "NOT_FOUND"),
        ("nobody", "NOT_FOUND", "NOT_FOUND"),
    ],
)
async def test_who_is_no_member_has_no_part_in_the_register(tenant, who, declares, ends):
    chamber = await make_chamber(tenant, is_public=False)
    theirs = await chamber.do("member1", declare_interest, chamber.id, text="x")
    assert await refused(tenant.do(who, declare_interest, chamber.id, text="x")) == [declares]
    assert await refused(tenant.do(who, end_interest, theirs.id)) == [ends]


async def test_a_member_of_another_committee_is_no_member(tenant):
    chamber = await make_chamber(tenant)
    await make_chamber(tenant, prefix="other-")
    theirs = await chamber.do("member1", declare_interest, chamber.id, text="x")
    assert await refused(tenant.do("other-member1", declare_interest, chamber.id, text="x")) == ["DENIED"]
    assert await refused(tenant.do("other-member1", end_interest, theirs.id)) == ["NOT_FOUND"]
