"""Meetings over HTTP: from planning to what the public reads, and refusals of bad requests and wrong moments."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.planning import COVER, PDF, contents

from almoner.committees.cover_sheet import missing
from almoner.committees.paper_documents import attach_document
from almoner.committees.papers import recommendations_of
from almoner.committees.status import MeetingStatus
from almoner.committees.write_paper import write_paper
from almoner.core.ids import global_id, row_id_of

pytestmark = pytest.mark.anyio
RULES = {"noticeDays": 15, "paperDays": 7, "itemNumbers": "{yy}{m}{nn}", "publicMatters": ["PROPOSAL_REVIEW"]}
PROBLEMS = "problems { code path }"


@pytest.fixture
async def chamber(tenant):
    return await make_chamber(tenant, rules=RULES)


@pytest.fixture
def send(ask, chamber):
    """Sends a mutation of these arguments as the secretary; its payload."""

    async def mutate(name: str, arguments: str, selection: str = "", who: str = "secretary", **variables: Any) -> Any:
        declared = ", ".join(f"${key}: {'Date' if key == 'day' else 'ID'}!" for key in variables)
        head = f"mutation ({declared})" if declared else "mutation"
        query = f"{head} {{ {name}({arguments}) {{ {selection} {PROBLEMS} }} }}"
        response = (await ask(query, variables, token=chamber.token(who))).json()
        assert "errors" not in response, response
        return response["data"][name]

    return mutate


def a_day(chamber, days: int) -> str:
    return ((chamber.tenant.house.clock() - timedelta(hours=7)).date() + timedelta(days=days)).isoformat()


PLAN = 'committee: $id, title: "x", heldOn: $day, beginsAt: "13:00", minutesAllotted: 60, venue: "x", isPublic: true'
ITEM = 'title: "Governance", owner: "Finance director", action: DECISION, minutesAllotted: 30'
NEW_ITEM = f"section: STANDING, format: VERBAL, {ITEM}"
COVER_SHEET = """{datedOn: "2017-06-28", leadAuthors: ["Finance director"], purposes: [DECISION], executiveSummary: "x",
    recommendations: ["To endorse it.", "To note it."], nextSteps: "x", equalityImpact: NO, engagement: NO,
    financialImplications: YES, riskIdentified: true, risk: "x", authorisedBy: "x", asksBodies: [$body]}"""


async def test_from_planning_to_what_the_public_reads(send, ask, chamber, client):
    planned = await send(
        "planMeeting", PLAN, "meeting { id status startsAt }", id=chamber.committee, day=a_day(chamber, 40)
    )
    meeting = planned["meeting"]["id"]
    assert planned["meeting"]["status"] == "PLANNED"
    added = await send(
        "addAgendaItem",
        f"meeting: $id, section: DISCUSSION, format: PAPER, {ITEM}",
        "agendaItem { id number position }",
        id=meeting,
    )
    item = added["agendaItem"]["id"]
    author = global_id("Subject", chamber.tenant.identities["author"].subject_id)
    filed = await send(
        "filePaper", 'item: $id, author: $author, title: "Governance"', "paper { id missing }", id=item, author=author
    )
    paper = filed["paper"]["id"]
    assert filed["paper"]["missing"][:2] == ["datedOn", "leadAuthors"]
    body = global_id("Organization", chamber.bodies[0])
    written = await send(
        "writePaper",
        f"id: $id, cover: {COVER_SHEET}",
        "paper { missing asksBodies { code } recommendations { position text } }",
        who="author",
        id=paper,
        body=body,
    )
    assert written["paper"] == {
        "missing": ["document"],
        "asksBodies": [{"code": "body1"}],
        "recommendations": [{"position": 1, "text": "To endorse it."}, {"position": 2, "text": "To note it."}],
    }
    assert (await send("giveNotice", "id: $id", "meeting { status }", id=meeting))["meeting"][
        "status"
    ] == "NOTICE_GIVEN"
    refused = await send("publishAgenda", "id: $id", "meeting { id }", id=meeting)
    number = added["agendaItem"]["number"]
    assert refused == {
        "meeting": None,
        "problems": [{"code": "PAPER_INCOMPLETE", "path": ["agenda", number, "document"]}],
    }
    headers = {"Authorization": f"Bearer {chamber.token('author')}", "Content-Type": "application/pdf"}
    put = await client.put("/documents", params={"paper": paper, "name": "x.pdf"}, content=b"x", headers=headers)
    assert put.status_code == 200
    assert (await send("publishAgenda", "id: $id", "meeting { status }", id=meeting))["problems"] == []
    query = "query ($id: ID!) { meeting(id: $id) { agenda { number papers { title document { id } } } } }"
    public = await client.post(
        "/graphql",
        json={"query": query, "variables": {"id": meeting}},
        headers={"Almoner-Tenant": chamber.tenant.code},
    )
    assert public.json()["data"]["meeting"]["agenda"] == [
        {"number": number, "papers": [{"title": "Governance", "document": {"id": put.json()["document"]["id"]}}]}
    ]


#: A state, a mutation of a meeting in that state, and what it is refused with.
REFUSALS = [
    ("PLANNED", "planMeeting", PLAN.replace('"13:00"', '"25:00"'), "TIME_MALFORMED"),
    ("PLANNED", "planMeeting", PLAN.replace("$day", '"2017-07-06"'), "MEETING_IN_PAST"),
    ("PLANNED", "planMeeting", PLAN.replace("$day", '"2017-07-32"'), "DATE_MALFORMED"),
    ("PLANNED", "planMeeting", PLAN.replace("$day", '"9999-12-31"'), "MEETING_TOO_FAR"),
    ("NOTICE_GIVEN", "changeMeeting", 'id: $id, venue: "y"', "WRONG_STATUS"),
    ("IN_SESSION", "cancelMeeting", 'id: $id, reason: "r"', "WRONG_STATUS"),
    ("PLANNED", "cancelMeeting", 'id: $id, reason: " "', "REASON_MISSING"),
    ("CANCELLED", "giveNotice", "id: $id", "WRONG_STATUS"),
    ("PLANNED", "giveNotice", 'id: $id, urgentReason: "r"', "NOT_URGENT"),
    ("PLANNED", "publishAgenda", "id: $id", "WRONG_STATUS"),
    (
        "AGENDA_PUBLISHED",
        "addAgendaItem",
        f"meeting: $id, section: STANDING, format: VERBAL, {ITEM}",
        "AGENDA_PUBLISHED",
    ),
    ("IN_SESSION", "changeAgendaItem", 'id: $item, title: "x"', "AGENDA_PUBLISHED"),
    ("CANCELLED", "withdrawAgendaItem", "id: $item", "WRONG_STATUS"),
    ("PLANNED", "changeAgendaItem", 'id: $item, matter: "PROPOSAL_REVIEW", isPrivate: true', "PUBLIC_MATTER"),
    ("HELD", "declareOtherBusiness", 'meeting: $id, title: "x", owner: "x"', "WRONG_STATUS"),
    ("AGENDA_PUBLISHED", "filePaper", 'item: $item, author: "x", title: "x"', "AGENDA_PUBLISHED"),
    ("PLANNED", "filePaper", 'item: $item, author: "x", title: "x"', "UNKNOWN_SUBJECT"),
    ("HELD", "recordQuestion", 'meeting: $id, askedBy: "x", text: "x"', "WRONG_STATUS"),
    ("IN_SESSION", "recordQuestion", 'meeting: $id, askedBy: "x", text: "x"', "FORMAL_PART_OPEN"),
]


@pytest.mark.parametrize(("status", "name", "arguments", "code"), REFUSALS)
async def test_bad_requests_and_wrong_moments_are_refused_and_nothing_changes(
    send, chamber, status, name, arguments, code
):
    held = await make_meeting(chamber, status=MeetingStatus(status), days=40)
    ids = {
        "id": chamber.committee if name == "planMeeting" else held.meeting,
        "item": global_id("AgendaItem", held.items["Vision"]),
        "day": a_day(chamber, 40),
    }
    before = await contents(chamber.tenant)
    used = {key: value for key, value in ids.items() if f"${key}" in arguments}
    assert [each["code"] for each in (await send(name, arguments, **used))["problems"]] == [code]
    assert await contents(chamber.tenant) == before


async def test_what_is_missing_is_the_same_in_the_api_and_in_the_domain(send, ask, chamber):
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=40)
    item, author = global_id("AgendaItem", held.items["Vision"]), chamber.tenant.identities["author"].subject_id
    arguments = 'item: $id, author: $author, title: "x"'
    filed = await send("filePaper", arguments, "paper { id }", id=item, author=global_id("Subject", author))
    id_ = filed["paper"]["id"]
    paper_id = row_id_of("Paper", id_)
    full = COVER | {"risk": "A risk", "risk_identified": True}
    query = "query ($id: ID!) { node(id: $id) { ... on Paper { missing } } }"

    async def compare(changes: dict[str, Any]) -> list[str]:
        row = await chamber.do("author", write_paper, paper_id, changes)
        found = await chamber.do("author", recommendations_of, [row])
        seen = (await ask(query, {"id": id_}, token=chamber.token("author"))).json()["data"]["node"]["missing"]
        assert seen == missing(row, found[paper_id])
        return seen

    assert await compare(dict.fromkeys(name for name in full if name != "title")) != []
    await chamber.do("author", attach_document, paper_id, PDF)
    assert await compare(full) == []
    for pair in combinations([name for name in full if name not in ("risk", "risk_identified")], 2):
        assert len(await compare(full | dict.fromkeys(pair))) == 2
    assert await compare(full | {"risk": None}) == ["risk"]
    assert await compare(full | {"risk": None, "risk_identified": None}) == ["riskIdentified"]
    assert await compare(full | {"risk": None, "risk_identified": False}) == []
