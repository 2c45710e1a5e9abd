"""Papers: filing, writing and withdrawing them, and the documents that are attached."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from tests.committees.building import make_chamber, make_meeting
from tests.committees.planning import COVER, PDF, add, bring_paper, founded, plan, refusal, refused

from almoner.committees.file_paper import file_paper, withdraw_paper
from almoner.committees.paper_documents import MAX_BYTES, NewDocument, attach_document, content_of, find_document
from almoner.committees.papers import recommendations_of
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import CommitteeDelegation, DelegationItem, Paper, PaperDocument
from almoner.committees.write_paper import write_paper
from almoner.core.ids import new_id

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chamber(tenant):
    return await founded(tenant)


@pytest.fixture
async def item(chamber):
    return await add(chamber, (await plan(chamber)).id)


def file(chamber, item_id, who="secretary", **changes):
    author = chamber.tenant.identities[chamber.who("author")].subject_id
    return chamber.do(who, file_paper, item_id, **{"author_id": author, "title": " A paper "} | changes)


def write(chamber, paper, who="author", **changes):
    return chamber.do(who, write_paper, paper.id, changes)


async def test_a_paper_is_its_authors_from_the_moment_that_it_is_filed(chamber, item):
    paper = await file(chamber, item.id)
    assert (paper.title, paper.item_id, paper.public_at) == ("A paper", item.id, None)
    written = await write(chamber, paper, **COVER)
    assert {name: getattr(written, name) for name in COVER if name != "recommendations"} == {
        name: value for name, value in COVER.items() if name != "recommendations"
    }
    assert (await write(chamber, paper, "secretary", next_steps=None)).next_steps is None


async def test_nobody_is_asked_for_a_paper_that_they_could_not_write(chamber, item, tenant):
    await founded(tenant, prefix="other-")
    for who in ("nobody", "member1", "observer", "other-author", "other-secretary"):
        author = tenant.identities[who].subject_id
        assert await refused(chamber, file(chamber, item.id, author_id=author)) == ["AUTHOR_MAY_NOT_WRITE"]
    paper = await file(chamber, item.id, author_id=tenant.identities["secretary"].subject_id)
    assert (await write(chamber, paper, "secretary", next_steps="None.")).next_steps == "None."


async def recommended(chamber, paper):
    found = await chamber.do("secretary", recommendations_of, [paper])
    return [(each.position, each.text) for each in found[paper.id]]


async def test_recommendations_are_replaced_as_a_list(chamber, item):
    paper = await file(chamber, item.id)
    for texts in (["a", "b", "c"], ["d"], ["e", " f "], None, ["g"]):
        await write(chamber, paper, recommendations=texts)
        expected = [(n, each.strip()) for n, each in enumerate(texts or (), 1)]
        assert await recommended(chamber, paper) == expected


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"title": None}, [("TEXT_BLANK", "title")]),
        (
            {"title": "x" * 501, "executive_summary": " ", "next_steps": "x\0", "risk": "\ud800"},
            [
                ("TEXT_TOO_LONG", "title"),
                ("TEXT_BLANK", "executiveSummary"),
                ("TEXT_HAS_NUL", "nextSteps"),
                ("TEXT_NOT_UNICODE", "risk"),
            ],
        ),
        ({"lead_authors": ["x", ""]}, [("TEXT_BLANK", "leadAuthors/1")]),
        ({"contributors": ["x"] * 51}, [("LIST_TOO_LONG", "contributors")]),
        ({"recommendations": ["x" * 20_001]}, [("TEXT_TOO_LONG", "recommendations/0")]),
        ({"purposes": ["DECISION", "DECISION"]}, [("LISTED_TWICE", "purposes")]),
        ({"risk": "A risk"}, [("RISK_NOT_IDENTIFIED", "risk")]),
        ({"risk": "A risk", "risk_identified": False}, [("RISK_NOT_IDENTIFIED", "risk")]),
        ({"delegation_item_id": uuid4()}, [("UNKNOWN_DELEGATION_ITEM", "delegationItem")]),
        ({"asks_bodies": [uuid4()]}, [("UNKNOWN_BODY", "asksBodies/0")]),
    ],
)
async def test_what_does_not_fit_a_cover_sheet_is_refused_all_at_once(chamber, item, changes, found):
    paper = await file(chamber, item.id)
    error = await refusal(chamber, write(chamber, paper, **changes))
    assert [(each.code, "/".join(each.path[1:])) for each in error.problems] == found
    assert {each.path[0] for each in error.problems} == {"cover"}


async def delegate(chamber, committee_id):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        common = {"tenant_id": scope.tenant_id, "committee_id": committee_id, "proposed_at": scope.now()}
        entry = CommitteeDelegation(
            **common, position=1, workstream="x", rationale="x", impact="x", proposed_by=new_id()
        )
        scope.session.add(entry)
        await scope.session.flush()
        row = DelegationItem(**common, delegation_id=entry.id, position=1, matter="SERVICE_MODELS", text="x")
        scope.session.add(row)
    return row.id


async def test_a_paper_for_decision_names_the_delegation_and_the_bodies(chamber, item, tenant):
    paper = await file(chamber, item.id)
    asked = {"delegation_item_id": await delegate(chamber, chamber.id), "asks_bodies": [chamber.bodies[0]]}
    assert await refused(chamber, write(chamber, paper, **asked)) == ["NOT_FOR_DECISION"]
    written = await write(chamber, paper, **asked, purposes=["DECISION"])
    assert written.asks_bodies == [str(chamber.bodies[0])]
    assert await refused(chamber, write(chamber, paper, purposes=["INFORMATION"])) == ["NOT_FOR_DECISION"]
    twice = write(chamber, paper, asks_bodies=[chamber.bodies[0]] * 2)
    assert await refused(chamber, twice) == ["LISTED_TWICE"]
    # What is another committee's is unknown here.
    other = await make_chamber(tenant, prefix="other-")
    theirs = write(chamber, paper, delegation_item_id=await delegate(other, other.id), asks_bodies=other.bodies)
    assert await refused(chamber, theirs) == ["UNKNOWN_DELEGATION_ITEM", "UNKNOWN_BODY", "UNKNOWN_BODY"]


async def test_a_paper_is_filed_for_somebody_under_a_title(chamber, item):
    assert await refused(chamber, file(chamber, item.id, title=" ", author_id=uuid4())) == [
        "TEXT_BLANK",
        "UNKNOWN_SUBJECT",
    ]


SAYS = dict.fromkeys(MeetingStatus, "AGENDA_PUBLISHED") | {
    MeetingStatus.PLANNED: None,
    MeetingStatus.NOTICE_GIVEN: None,
    MeetingStatus.CANCELLED: "WRONG_STATUS",
}


@pytest.mark.parametrize("status", MeetingStatus)
async def test_papers_are_written_until_the_agenda_is_published(chamber, status):
    held = await make_meeting(chamber, status=status, days=40)
    author = chamber.tenant.identities[chamber.who("author")].subject_id
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        keys = {"tenant_id": scope.tenant_id, "committee_id": chamber.id, "meeting_id": held.id}
        paper = Paper(**keys, item_id=held.items["Vision"], author_id=author, title="x")
        scope.session.add(paper)
    verbs = [
        lambda: file(chamber, held.items["Vision"]),
        lambda: write(chamber, paper, next_steps="x"),
        lambda: chamber.do("author", attach_document, paper.id, PDF),
        lambda: chamber.do("secretary", withdraw_paper, paper.id),
    ]
    for verb in verbs:
        if SAYS[status] is None:
            await verb()
        else:
            assert await refused(chamber, verb()) == [SAYS[status]]


async def test_a_withdrawn_paper_stays_as_it_is(chamber, item):
    paper = await file(chamber, item.id)
    await chamber.do("secretary", withdraw_paper, paper.id)
    for verb in (
        write(chamber, paper, next_steps="x"),
        chamber.do("author", attach_document, paper.id, PDF),
        chamber.do("secretary", withdraw_paper, paper.id),
    ):
        assert await refused(chamber, verb) == ["PAPER_WITHDRAWN"]


async def test_nobody_else_files_writes_or_withdraws(chamber, item):
    paper = await file(chamber, item.id)
    for who in ("member1", "chair"):
        assert await refused(chamber, file(chamber, item.id, who)) == ["DENIED"]
        assert await refused(chamber, write(chamber, paper, who, next_steps="x")) == ["DENIED"]
        assert await refused(chamber, chamber.do(who, attach_document, paper.id, PDF)) == ["DENIED"]
    assert await refused(chamber, chamber.do("author", withdraw_paper, paper.id)) == ["DENIED"]
    assert await refused(chamber, write(chamber, paper, "observer", next_steps="x")) == ["NOT_FOUND"]


# --- documents -------------------------------------------------------------------------------------------------------


async def test_the_same_file_twice_is_one_row_and_another_name_is_another(chamber, item):
    papers = [await file(chamber, item.id) for _ in range(2)]
    stored = await asyncio.gather(*(chamber.do("author", attach_document, paper.id, PDF) for paper in papers))
    assert stored[0].id == stored[1].id
    renamed = await chamber.do("author", attach_document, papers[0].id, replace(PDF, name="other.pdf"))
    assert (renamed.id != stored[0].id, renamed.digest == stored[0].digest, renamed.name) == (True, True, "other.pdf")
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        count = await scope.session.execute(text("select count(*) from almoner.paper_document"))
        assert count.scalar_one() == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content": b""}, "BAD_SIZE"),
        ({"content": b"x" * (MAX_BYTES + 1)}, "BAD_SIZE"),
        ({"media_type": "text/html", "name": "x.html"}, "MEDIA_TYPE_NOT_TAKEN"),
        ({"media_type": "image/svg+xml", "name": "x.svg"}, "MEDIA_TYPE_NOT_TAKEN"),
        ({"media_type": ""}, "MEDIA_TYPE_NOT_TAKEN"),
        ({"name": "x" * 200 + ".pdf"}, "TEXT_TOO_LONG"),
        *[
            ({"name": name}, "BAD_FILE_NAME")
            for name in (
                *("", ".pdf", "x", "x.pdf.html", "../x.pdf", "a\\x.pdf", 'a".pdf', "a\r\nb.pdf"),
                *("a\u202efdp.pdf", " x.pdf"),
            )
        ],
    ],
)
async def test_a_hostile_document_is_refused(chamber, item, changes, code):
    paper = await file(chamber, item.id)
    document = replace(PDF, **changes)
    assert code in await refused(chamber, chamber.do("author", attach_document, paper.id, document))


async def test_the_largest_document_is_taken(chamber, item):
    paper = await file(chamber, item.id)
    document = NewDocument("x.txt", "text/plain", b"x" * MAX_BYTES)
    assert (await chamber.do("author", attach_document, paper.id, document)).size == MAX_BYTES


async def read_document(scope, document_id):
    return await content_of(scope, await find_document(scope, document_id))


async def test_a_document_is_read_by_who_sees_a_paper_that_it_is_attached_to(chamber, item):
    paper = await bring_paper(chamber, item.id)
    for who in ("author", "secretary", "member1", "chair"):
        assert await chamber.do(who, read_document, paper.document_id) == PDF.content
    assert await refused(chamber, chamber.do("observer", read_document, paper.document_id)) == ["NOT_FOUND"]
    first = paper.document_id
    await chamber.do("author", attach_document, paper.id, replace(PDF, name="second.pdf"))
    assert await refused(chamber, chamber.do("secretary", read_document, first)) == ["NOT_FOUND"]
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        barred = chamber.tenant.identities[chamber.who("member1")].subject_id
        row = await scope.find(Paper, paper.id)
        row.barred = [barred]
        second = row.document_id
    assert await refused(chamber, chamber.do("member1", read_document, second)) == ["NOT_FOUND"]


async def contents(chamber):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test") as scope:
        return {row.name: row.content for row in (await scope.session.execute(select(PaperDocument))).scalars()}


async def test_the_content_of_a_document_that_no_paper_names_any_more_is_not_kept(chamber, item):
    papers = [await bring_paper(chamber, item.id) for _ in range(2)]
    other = replace(PDF, name="second.pdf", content=b"%PDF-1.7 another")
    for paper, left in zip(papers, (PDF.content, b""), strict=True):
        await chamber.do("author", attach_document, paper.id, other)
        assert await contents(chamber) == {PDF.name: left, other.name: other.content}
    back = await chamber.do("author", attach_document, paper.id, PDF)
    assert await chamber.do("author", read_document, back.id) == PDF.content
    assert await contents(chamber) == {PDF.name: PDF.content, other.name: other.content}
    again = await chamber.do("author", attach_document, paper.id, PDF)
    assert await chamber.do("author", read_document, again.id) == PDF.content


async def test_papers_that_exchange_their_documents_at_one_instant_keep_both(chamber, item):
    first, second = [await bring_paper(chamber, item.id) for _ in range(2)]
    files = [replace(PDF, name=f"{n}.pdf", content=b"%PDF-1.7 " + bytes([n])) for n in range(2)]
    for _ in range(10):
        for paper, file in zip((first, second), files, strict=True):
            await chamber.do("author", attach_document, paper.id, file)
        attached = await asyncio.gather(
            chamber.do("author", attach_document, first.id, files[1]),
            chamber.do("author", attach_document, second.id, files[0]),
        )
        assert [await chamber.do("author", read_document, each.id) for each in attached] == [
            files[1].content,
            files[0].content,
        ]
