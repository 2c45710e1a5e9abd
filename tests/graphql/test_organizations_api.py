"""Organizations over HTTP: admitted, found, renamed, closed and taken back."""

from __future__ import annotations

import pytest
from tests.graphql.role_calls import ACTUARY, ADMIN, AUDITOR, NOBODY, Callers

pytestmark = pytest.mark.anyio

LIST = """query ($f: OrganizationFilter, $o: OrganizationOrder) {
    organizations(filter: $f, orderBy: $o) { nodes { code } totalCount } }"""


@pytest.fixture
def callers(ask, tenant) -> Callers:
    return Callers(ask, tenant)


async def admitted(callers, *parties):
    made = {}
    for kind, code, name in parties:
        made[code] = (await callers.done(ADMIN, "createOrganization", kind=kind, code=code, name=name))["id"]
    return made


async def codes(callers, who=ADMIN, order=None, **wanted):
    found = (await callers.read(who, LIST, f=wanted, o=order))["organizations"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["code"] for node in found["nodes"]]


async def test_organizations_are_found_by_kind_code_name_and_whether_they_are_closed(callers):
    made = await admitted(callers, ("RBHA", "NARBHA", "Beta"), ("ACO", "A0002", "Alpha"), ("ACO", "A0001", "Gamma"))
    await callers.done(ADMIN, "closeOrganization", id=made["A0002"], reason="left")
    assert await codes(callers) == ["A0001", "A0002", "NARBHA"]
    assert await codes(callers, order="NAME_ASC") == ["A0002", "NARBHA", "A0001"]
    assert await codes(callers, kind={"eq": "ACO"}) == ["A0001", "A0002"]
    assert await codes(callers, code={"in": ["A0001", "x"]}, name={"eq": "Gamma"}) == ["A0001"]
    assert await codes(callers, closedAt={"isNull": True}) == ["A0001", "NARBHA"]
    assert await codes(callers, who=NOBODY) == []
    one = await callers.read(AUDITOR, "query ($id: ID!) { organization(id: $id) { name kind } }", id=made["NARBHA"])
    assert one == {"organization": {"name": "Beta", "kind": "RBHA"}}


async def test_a_contact_sees_the_own_organization_only(callers):
    made = await admitted(callers, ("ACO", "A0001", "x"), ("ACO", "A0002", "y"))
    await callers.give(NOBODY, "cms_liaison", organization=made["A0002"])
    assert await codes(callers, who=NOBODY) == ["A0002"]


async def test_an_organization_is_renamed_and_keeps_its_code(callers):
    made = await admitted(callers, ("ACO", "A0001", "x"))
    renamed = await callers.done(ADMIN, "renameOrganization", id=made["A0001"], name=" Ω „Care“ ")
    assert (renamed["code"], renamed["name"]) == ("A0001", "Ω „Care“")


async def test_closing_ends_all_roles_there_at_once_and_none_is_given_until_it_is_reopened(callers):
    made = await admitted(callers, ("ACO", "A0001", "x"), ("ACO", "A0002", "y"))
    here, there = made["A0001"], made["A0002"]
    await callers.give(NOBODY, "cms_liaison", organization=here)
    await callers.give(NOBODY, "data_contact", organization=here, validFrom=callers.later(days=1))
    await callers.give(NOBODY, "data_contact", organization=there)
    closed = await callers.done(ADMIN, "closeOrganization", id=here, reason="left the program")
    assert closed["closeReason"] == "left the program"
    query = "{ viewer { assignments(last: 9) { nodes { state endReason organization { code } } } } }"
    found = (await callers.read(NOBODY, query))["viewer"]["assignments"]["nodes"]
    ended = {"state": "OVER", "endReason": "left the program", "organization": None}
    assert found == [{"state": "HELD", "endReason": None, "organization": {"code": "A0002"}}, ended, ended]
    given = {"subject": callers.subject(NOBODY), "role": "cms_liaison", "reason": "r", "organization": here}
    assert await callers.refused(ADMIN, "assignRole", **given) == [("ORGANIZATION_CLOSED", "organization")]
    again = await callers.refused(ADMIN, "closeOrganization", id=here, reason="r")
    assert again == [("ORGANIZATION_CLOSED", "")]
    assert (await callers.done(ADMIN, "reopenOrganization", id=here, reason="a mistake"))["closedAt"] is None
    await callers.done(ADMIN, "assignRole", **given)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code": "!"}, ("BAD_ORGANIZATION_CODE", "code")),
        ({"code": "A0001\n"}, ("BAD_ORGANIZATION_CODE", "code")),
        ({"code": "x" * 41}, ("BAD_ORGANIZATION_CODE", "code")),
        ({"code": "\0"}, ("BAD_ORGANIZATION_CODE", "code")),
        ({"name": " "}, ("NAME_MISSING", "name")),
        ({"name": "Ω" * 201}, ("TEXT_TOO_LONG", "name")),
        ({"name": "a\0b"}, ("TEXT_NOT_STORABLE", "")),
        ({"code": "taken"}, ("ORGANIZATION_EXISTS", "code")),
    ],
)
async def test_a_bad_organization_is_refused(callers, changes, told):
    await admitted(callers, ("OTHER", "taken", "x"))
    given = {"kind": "ACO", "code": "A0001", "name": "x", **changes}
    assert await callers.refused(ADMIN, "createOrganization", **given) == [told]


async def test_a_bad_change_is_refused(callers):
    (id_,) = (await admitted(callers, ("ACO", "A0001", "x"))).values()
    assert await callers.refused(ADMIN, "renameOrganization", id=id_, name="") == [("NAME_MISSING", "name")]
    assert await callers.refused(ADMIN, "closeOrganization", id=id_, reason=" ") == [("REASON_MISSING", "reason")]
    assert await callers.refused(ADMIN, "reopenOrganization", id=id_, reason="r") == [("ORGANIZATION_OPEN", "")]
    assert await callers.refused(ACTUARY, "closeOrganization", id=id_, reason="r") == [("DENIED", "")]
    assert await callers.refused(NOBODY, "renameOrganization", id=id_, name="y") == [("NOT_FOUND", "")]


async def test_a_name_as_long_as_may_be_is_found_again(callers):
    await admitted(callers, ("ACO", "A0001", "𝔘" * 200))
    assert await codes(callers, name={"eq": "𝔘" * 200}) == ["A0001"]
