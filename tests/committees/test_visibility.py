"""Who sees what of committees, over the API: what is there, and what must never be."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from tests.committees.living import live_with_committees

from almoner.committees import tables
from almoner.core.ids import global_id, row_id_of

pytestmark = pytest.mark.anyio

COMMITTEE = """query ($id: ID!) { committee(id: $id) {
    name terms { number } termsVersions { number } seats { title } bodies { body { code } }
    appointments { totalCount } interests { totalCount } delegations { position items { adoptions { id } } }
    decisions(first: 9) { nodes { item { isPrivate } answers { text }
        vote { votesFor ballots { id } myBallot { id } } } }
    actions { totalCount } referrals { totalCount }
    meetings(first: 9) { nodes { status isPublic
        agenda { title isPrivate conflicts { id } votes { closedAt ballots { id } } decisions { number }
            papers { title document { name } recommendations { text } } }
        questions { answer } attendances { isPresent } quorumChanges { isQuorate } votes { isCarried closedAt }
        minutes { status entries { isPrivate amendments { totalCount } } } actions { status } } }
} }"""


@pytest.fixture
async def chamber(tenant):
    return await live_with_committees(tenant)


@pytest.fixture
def read(client, tenant, chamber):
    """What a committee looks like to somebody; to the public without a name."""

    async def ask(name: str | None, query: str = COMMITTEE, id_: str = chamber.committee) -> Any:
        headers = {"Almoner-Tenant": tenant.code} if name is None else {"Authorization": f"Bearer {tenant.token(name)}"}
        sent = {"query": query, "variables": {"id": id_}}
        answer = (await client.post("/graphql", json=sent, headers=headers)).json()
        assert "data" in answer, answer["errors"]
        return answer["data"]

    return ask


def items_of(committee: Any) -> list[Any]:
    return [item for meeting in committee["meetings"]["nodes"] for item in meeting["agenda"]]


def papers_of(committee: Any) -> list[Any]:
    return [paper for item in items_of(committee) for paper in item["papers"]]


def entries_of(committee: Any) -> list[Any]:
    minutes = [meeting["minutes"] for meeting in committee["meetings"]["nodes"] if meeting["minutes"]]
    return [entry for one in minutes for entry in one["entries"]]


@pytest.mark.parametrize("name", [None, "observer", "author"])
async def test_what_is_published_is_seen_and_nothing_private(read, name):
    found = (await read(name))["committee"]
    meetings, items = found["meetings"]["nodes"], items_of(found)
    assert {item["title"] for item in items} == {"Vision"}
    assert not any(item["isPrivate"] or item["conflicts"] for item in items)
    votes = [vote for item in items for vote in item["votes"]]
    assert votes
    assert all(vote["closedAt"] and not vote["ballots"] for vote in votes)
    assert found["decisions"]["nodes"]
    assert all(not one["item"]["isPrivate"] and one["vote"]["ballots"] == [] for one in found["decisions"]["nodes"])
    assert {meeting["minutes"]["status"] for meeting in meetings if meeting["minutes"]} == {"APPROVED"}
    assert [entry["isPrivate"] for entry in entries_of(found)] == [False, False]
    assert [entry["amendments"] for entry in entries_of(found)] == [None, None]
    assert found["interests"]["totalCount"] == 0
    assert found["delegations"][0]["items"][0]["adoptions"]
    assert [terms["number"] for terms in found["termsVersions"]] == ([1] if name is None else [1, 2, 3])
    assert found["seats"]
    assert found["bodies"]


@pytest.mark.parametrize("name", [None, "observer"])
async def test_papers_are_published_with_documents_and_recommendations_and_drafts_are_not(read, name):
    found = (await read(name))["committee"]
    papers = papers_of(found)
    assert papers
    assert not any("Draft" in paper["title"] for paper in papers)
    assert all(paper["document"] and len(paper["recommendations"]) == 2 for paper in papers)
    answers = [len(one["answers"]) for one in found["decisions"]["nodes"]]
    # A decision answers what papers recommend that are not published as well; of those nothing is told.
    assert set(answers) == {0, 1}


MEETING = """query ($id: ID!) { node(id: $id) { ... on Meeting { agendaMinutes agenda { title minutesAllotted } } } }"""


@pytest.mark.parametrize(
    ("name", "minutes"), [(None, 20), ("observer", 20), ("member1", 20), ("member2", 40), ("auditor", 40)]
)
async def test_minutes_are_summed_of_the_items_that_one_sees(read, tenant, chamber, name, minutes):
    (meeting,) = await _ids(tenant, chamber, {tables.Meeting: "status = 'HELD'"})
    found = (await read(name, MEETING, meeting))["node"]
    assert found["agendaMinutes"] == sum(item["minutesAllotted"] for item in found["agenda"]) == minutes


PAPER = "query ($id: ID!) { node(id: $id) { ... on Paper { recommendations { answer answerText answeredAt } } } }"


@pytest.mark.parametrize(("name", "before"), [(None, False), ("observer", False), ("member2", True)])
async def test_what_became_of_a_recommendation_is_seen_by_who_sees_the_decision(read, tenant, chamber, name, before):
    async def told() -> Any:
        first, second = (await read(name, PAPER, paper))["node"]["recommendations"]
        assert set(second.values()) == {None}  # nothing has become of it yet
        assert (first["answer"] is None) == (first["answeredAt"] is None)
        return first["answer"]

    in_session = "meeting_id in (select id from almoner.meeting where status = 'IN_SESSION') and public_at is not null"
    paper, decision = await _ids(tenant, chamber, {tables.Paper: in_session, tables.Decision: in_session})
    await _publish(tenant, decision, None)
    assert await told() == ("AMENDED" if before else None)
    await _publish(tenant, decision, tenant.house.clock())
    assert await told() == "AMENDED"


async def _publish(tenant: Any, decision: str, public_at: Any) -> None:
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        row = await scope.find(tables.Decision, row_id_of("Decision", decision))
        assert row is not None
        row.public_at = public_at


async def test_the_public_knows_of_meetings_with_notice_and_of_nothing_in_a_committee_that_is_not_public(read):
    found = (await read(None))["committee"]
    assert all(meeting["isPublic"] and meeting["status"] != "PLANNED" for meeting in found["meetings"]["nodes"])
    observed = (await read("observer"))["committee"]
    assert {meeting["status"] for meeting in observed["meetings"]["nodes"]} > {"PLANNED"}
    everything = await read(None, "{ committees { totalCount } meetings { nodes { committee { id } } } }")
    assert everything["committees"]["totalCount"] == 1
    assert None not in [meeting["committee"] for meeting in everything["meetings"]["nodes"]]


async def test_members_read_all_but_what_a_conflict_bars_them_from(read):
    barred, member = (await read("member1"))["committee"], (await read("member2"))["committee"]
    assert {item["title"] for item in items_of(barred)} == {"Vision"}
    assert {item["title"] for item in items_of(member)} == {"Vision", "Secret"}
    assert {entry["isPrivate"] for entry in entries_of(barred)} == {False}
    assert {entry["isPrivate"] for entry in entries_of(member)} == {False, True}
    assert len(barred["decisions"]["nodes"]) * 2 == len(member["decisions"]["nodes"])
    assert (barred["referrals"], member["referrals"]) == ({"totalCount": 4}, {"totalCount": 6})
    assert member["interests"]["totalCount"] == 3
    assert all(entry["amendments"]["totalCount"] == 2 for entry in entries_of(member))


async def test_members_see_their_own_ballots_and_the_chair_sees_all(read):
    for name, ballots in (("member2", 1), ("chair", 3), ("secretary", 0)):
        votes = [one["vote"] for one in (await read(name))["committee"]["decisions"]["nodes"]]
        assert {len(vote["ballots"]) for vote in votes} == {ballots}
        assert {vote["myBallot"] is not None for vote in votes} == {name != "secretary"}


async def test_an_author_reads_what_it_writes(read):
    papers = [paper["title"] for paper in papers_of((await read("author"))["committee"])]
    assert any("Draft" in title for title in papers)
    own = "query ($id: ID!) { node(id: $id) { ... on Paper { title meeting { id } document { name } } } }"
    draft = await _paper(read, "Draft")
    assert (await read("author", own, draft))["node"]["document"] is not None
    assert (await read("observer", own, draft))["node"] is None


async def _paper(read: Any, title: str) -> str:
    """The id of a paper, from who sees all."""
    inside = "meetings(first: 9) { nodes { agenda { papers { id title } } } }"
    query = f"query ($id: ID!) {{ committee(id: $id) {{ {inside} }} }}"
    found = papers_of((await read("secretary", query))["committee"])
    return str(next(paper["id"] for paper in found if title in paper["title"]))


@pytest.mark.parametrize("name", [None, "observer", "other-member1", "officer1", "program_administrator"])
async def test_ids_of_what_is_private_find_nothing(read, tenant, chamber, name):
    secret = await _ids_of_private(tenant, chamber)
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert [one for one in secret if (await read(name, query, one))["node"] is not None] == []


@pytest.mark.parametrize(("name", "finds"), [("member1", False), ("member2", True)])
async def test_ids_of_what_one_is_barred_from_find_nothing(read, tenant, chamber, name, finds):
    of_secret = "item_id in (select id from almoner.agenda_item where title = 'Secret')"
    own = tenant.identities[name].subject_id
    found = await _ids(
        tenant,
        chamber,
        {
            tables.AgendaItem: "title = 'Secret'",
            tables.Vote: of_secret,
            tables.Decision: of_secret,
            tables.MinutesEntry: of_secret,
            tables.ConflictDeclaration: f"{of_secret} and subject_id <> '{own}'",
            tables.Referral: f"decision_id in (select id from almoner.decision where {of_secret})",
        },
    )
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert {(await read(name, query, one))["node"] is not None for one in found} == {finds}


_IN_ITS_PAPERS = "paper_id in (select id from almoner.paper where committee_id = :committee)"


async def _ids_of_private(tenant: Any, chamber: Any) -> list[str]:
    """All of them: drafts and documents of drafts, interests, conflicts, ballots and what is about a private item."""
    conditions = {
        tables.AgendaItem: "is_private",
        tables.Paper: "public_at is null",
        tables.PaperDocument: "name like 'draft%'",
        tables.Recommendation: "paper_id in (select id from almoner.paper where public_at is null)",
        tables.Vote: "public_at is null",
        tables.Ballot: "true",
        tables.ConflictDeclaration: "true",
        tables.Interest: "true",
        tables.Decision: "public_at is null",
        tables.MinutesEntry: "is_private",
        tables.Minutes: "public_at is null",
    }
    return await _ids(tenant, chamber, conditions)


async def _ids(tenant: Any, chamber: Any, conditions: dict[Any, str]) -> list[str]:
    """The ids of this committee's rows of which this is true; each table has some."""
    found = []
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        for table, condition in conditions.items():
            own = _IN_ITS_PAPERS if table is tables.Recommendation else "committee_id = :committee"
            query = text(f"select id from almoner.{table.__table__.name} where {own} and {condition} order by id")
            rows = (await session.execute(query, {"committee": chamber.id})).scalars().all()
            assert rows, table
            found += [global_id(table.__name__, row) for row in rows]
    return found


async def test_a_member_of_one_committee_is_the_public_of_another(read):
    stranger, anybody = (await read("other-member1"))["committee"], (await read(None))["committee"]
    # What was referred to one's own committee is for it to read.
    assert (stranger.pop("referrals"), anybody.pop("referrals")) == ({"totalCount": 6}, {"totalCount": 2})
    assert stranger == anybody


@pytest.mark.parametrize(
    ("name", "sees"), [("program_administrator", True), ("auditor", True), ("officer1", True), ("nobody", False)]
)
async def test_who_holds_no_seat_may_know_of_a_committee(read, name, sees):
    assert ((await read(name))["committee"] is not None) is sees


async def test_an_auditor_reads_everything(read):
    found = (await read("auditor"))["committee"]
    assert {item["title"] for item in items_of(found)} == {"Vision", "Secret"}
    assert {len(one["vote"]["ballots"]) for one in found["decisions"]["nodes"]} == {3}
