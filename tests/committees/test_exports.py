"""Agendas and minutes as HTML and PDF, over HTTP."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pypdf
import pytest
import typst
from sqlalchemy import text as sql
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import FUNDS, MODELS, declare, delegate, sitting
from tests.committees.furnishing import furnish

from almoner.committees.close_meeting import close_meeting
from almoner.committees.minutes import draft_minutes
from almoner.committees.status import MeetingStatus
from almoner.committees.words import DecisionKind
from almoner.core.ids import global_id, new_id
from almoner.operations.rules import set_registered_only
from almoner_graphql.exports.contents import Document, paragraphs
from almoner_graphql.exports.pdf import MAX_CHARACTERS, Typesetter, copy_of

pytestmark = pytest.mark.anyio

DOCUMENTS = ("agenda.html", "agenda.pdf", "minutes.html", "minutes.pdf")
TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
HOSTILE = (
    '#import "@preview/x:1.0.0"\n<script>alert(1)</script> $x$ *bold* #read("/etc/passwd") {{ 7*7 }} </style> &amp;\n'
    "שלום עולם and مرحبا\n\u0001\u0007control\u202e turned\ufeff\nemoji 😀 and 漢字"
)


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.fixture
def get(client):
    async def send(path: str, token: str | None = None, **headers: str) -> Any:
        return await client.get(path, headers={**bearer(token), **headers})

    return send


@pytest.fixture
async def chamber(tenant):
    return await make_chamber(tenant)


async def held(chamber, text: str = "The text.", **options: Any):
    meeting = await make_meeting(
        chamber, status=MeetingStatus.MINUTES_APPROVED, present=("chair", "member1"), **options
    )
    await furnish(meeting, text)
    return meeting


def text_of(body: bytes) -> str:
    found = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)
    return found.replace("\u200b", "")


def shown(response: Any) -> str:
    """The text of either kind, with single blanks."""
    if response.headers["content-type"] == TYPES["pdf"]:
        return re.sub(r"\s+", " ", text_of(response.content))
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", response.text, flags=re.DOTALL))


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_everybody_reads_the_documents_of_a_public_meeting(get, chamber, name):
    meeting = await held(chamber)
    response = await get(f"/meetings/{meeting.meeting}/{name}?tenant={chamber.tenant.code}")
    assert (response.status_code, response.headers["content-type"]) == (200, TYPES[name.split(".")[1]])
    text = shown(response)
    for told in ("The committee", "Town hall", "America/Phoenix", "Open to the public", "Governance", "A resident"):
        assert told in text
    theirs = (
        (
            "Lead authors",
            "Paper about Vision",
            "governance.pdf",
            "Recommendations",
            "17-03-08",
            "Support may be lacking.",
        )
        if name.startswith("agenda")
        else ("Approved on", "The member1", "Decision 2: endorse", "17-07-07", "quorate")
    )
    for told in theirs:
        assert told in text
    same = await get(f"/meetings/{meeting.meeting}/{name}", **{"Almoner-Tenant": chamber.tenant.code})
    assert same.content == response.content


@pytest.mark.parametrize("name", ["minutes.html", "minutes.pdf"])
async def test_minutes_say_what_an_approval_stands_on_and_what_it_uses(get, tenant, name):
    chamber, meeting = await sitting(tenant)
    models, funds = await delegate(chamber, MODELS, FUNDS)
    await declare(meeting, DecisionKind.APPROVE, delegation_item_id=models)
    await declare(meeting, DecisionKind.APPROVE, delegation_item_id=funds, amount=Decimal("12.50"))
    await chamber.do("chair", close_meeting, meeting.id)
    await chamber.do("secretary", draft_minutes, meeting.id)
    text = shown(await get(f"/meetings/{meeting.meeting}/{name}", chamber.token("secretary")))
    for told in (f"Primary care, item 1: {MODELS.text}", f"Primary care, item 2: {FUNDS.text}"):
        assert len(re.findall(rf"Stands on:? {re.escape(told)}", text)) == 1
    assert len(re.findall("Amount:? 12.5 of the fund Transformation", text)) == 1


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_what_is_private_is_for_members_alone(get, chamber, name):
    meeting = await held(chamber, items=("Vision", "A secret plan"), private=("A secret plan",))
    address = f"/meetings/{meeting.meeting}/{name}"
    public = await get(f"{address}?tenant={chamber.tenant.code}")
    member = await get(address, chamber.token("member1"))
    assert "A secret plan" not in shown(public)
    assert "Vision" in shown(public)
    assert "A secret plan (private)" in shown(member)
    observer = await get(address, chamber.token("observer"))
    assert "A secret plan" not in shown(observer)


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_what_is_not_there_or_not_visible_answers_alike(get, chamber, other_tenant, name):
    closed = await make_meeting(chamber, is_public=False, items=("Plans",))
    await furnish(closed, approved=False)
    public = f"?tenant={chamber.tenant.code}"
    theirs = await make_meeting(await make_chamber(other_tenant), status=MeetingStatus.MINUTES_APPROVED)
    ids = [closed.meeting, theirs.meeting, global_id("Meeting", new_id()), chamber.committee, "x", "é", "%00"]
    answers = {(await get(f"/meetings/{id_}/{name}{public}")).content for id_ in ids}
    assert len(answers) == 1
    for token in (chamber.token("member1"), chamber.tenant.token("nobody")):
        for id_ in ids[1:]:
            response = await get(f"/meetings/{id_}/{name}", token)
            assert (response.status_code, response.content) == (404, next(iter(answers)))
    assert (await get(f"/meetings/{closed.meeting}/{name}", chamber.tenant.token("nobody"))).status_code == 404
    assert (await get(f"/meetings/{closed.meeting}/{name}", chamber.token("member1"))).status_code == 200


@pytest.mark.parametrize("name", ["minutes.html", "minutes.pdf"])
async def test_minutes_that_are_not_there_yet_are_nothing(get, chamber, name):
    meeting = await make_meeting(chamber, status=MeetingStatus.HELD)
    nothing = await get(f"/meetings/{global_id('Meeting', new_id())}/{name}?tenant={chamber.tenant.code}")
    for token in (None, chamber.token("secretary")):
        tail = "" if token else f"?tenant={chamber.tenant.code}"
        response = await get(f"/meetings/{meeting.meeting}/{name}{tail}", token)
        assert (response.status_code, response.content) == (404, nothing.content)
    await furnish(meeting, approved=False)
    draft = await get(f"/meetings/{meeting.meeting}/{name}", chamber.token("secretary"))
    assert "These minutes are a draft" in shown(draft)
    assert (await get(f"/meetings/{meeting.meeting}/{name}?tenant={chamber.tenant.code}")).status_code == 404


async def test_an_agenda_tells_that_it_is_not_published_and_that_a_meeting_is_cancelled(get, chamber):
    planned = await make_meeting(chamber, status=MeetingStatus.NOTICE_GIVEN, items=())
    response = await get(f"/meetings/{planned.meeting}/agenda.html?tenant={chamber.tenant.code}")
    assert "The agenda is not published yet." in response.text
    cancelled = await make_meeting(chamber, status=MeetingStatus.CANCELLED, items=())
    response = await get(f"/meetings/{cancelled.meeting}/agenda.html", chamber.token("member1"))
    assert "This meeting is cancelled." in response.text


async def test_who_asks_must_be_known_or_name_an_agency(get, chamber, other_tenant):
    meeting = await held(chamber)
    address = f"/meetings/{meeting.meeting}/agenda.html"
    for path, token, status, code in (
        (address, None, 401, "UNAUTHENTICATED"),
        (address, "no.such.token", 401, "UNAUTHENTICATED"),
        (f"{address}?tenant=no-such-agency", None, 400, "TENANT_NOT_FOUND"),
        (f"{address}?tenant={other_tenant.code}", chamber.token("member1"), 400, "TENANT_DIFFERS"),
    ):
        response = await get(path, token)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
    behind = await get(address, chamber.token("member1"), **{"Almoner-Policy-Version": "99"})
    assert (behind.status_code, behind.headers["almoner-policy-version"]) == (412, "0")
    assert (await get(address, chamber.token("member1"), **{"Almoner-Policy-Version": "0"})).status_code == 200


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_the_same_data_is_the_same_bytes_and_is_not_sent_twice(get, chamber, name):
    meeting = await held(chamber)
    address = f"/meetings/{meeting.meeting}/{name}"
    first = await get(address, chamber.token("member1"))
    again = await get(address, chamber.token("member1"))
    assert first.content == again.content
    assert first.headers["cache-control"] == "private, no-cache"
    known = await get(address, chamber.token("member1"), **{"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert (await get(address, chamber.token("member1"), **{"If-None-Match": '"x"'})).status_code == 200


async def test_a_page_allows_its_own_style_and_nothing_else(get, chamber):
    meeting = await held(chamber, HOSTILE)
    response = await get(f"/meetings/{meeting.meeting}/minutes.html", chamber.token("member1"))
    policy = response.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none';"
        r" frame-ancestors 'none'",
        policy,
    )
    assert "<script" not in response.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "src=" not in response.text


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_hostile_text_arrives_as_text(get, chamber, name):
    title = "Vision #show: x => [no] <b>"
    meeting = await held(chamber, HOSTILE + "\n" + "word " * 2_000 + "y" * 10_000, items=(title,))
    response = await get(f"/meetings/{meeting.meeting}/{name}", chamber.token("member1"))
    assert response.status_code == 200
    text = shown(response)
    if name.endswith("html"):
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&amp;", "&")
    for told in (
        title,
        '#import "@preview/x:1.0.0"',
        "<script>alert(1)</script> $x$ *bold*",
        '#read("/etc/passwd") {{ 7*7 }} </style> &amp;',
        "control turned",
        "word word",
    ):
        assert told in text
    assert text.count("y") >= 10_000  # on several pages, if it has pages
    assert "שלום" in text
    assert ("😀 and 漢字" if name.endswith("html") else "[grinning face] and [U+6F22][U+5B57]") in text


@pytest.mark.parametrize("unseen", ["\u202a", "\u200b", "\u3164"], ids=ascii)
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_text_that_cannot_be_seen_is_told_to_be_one(get, chamber, name, unseen):
    meeting = await held(chamber, unseen, items=(unseen,))
    async with chamber.tenant.house.database.tenant_transaction(chamber.tenant.id) as session:
        for table, column in (("meeting", "title"), ("paper", "title"), ("minutes_entry", "heading")):
            await session.execute(sql(f"update almoner.{table} set {column} = :unseen"), {"unseen": unseen})
    response = await get(f"/meetings/{meeting.meeting}/{name}", chamber.token("member1"))
    assert response.status_code == 200
    assert "[no visible text]" in shown(response)


@pytest.mark.parametrize("kind", ["agenda", "minutes"])
async def test_a_document_that_is_too_long_for_a_pdf_is_refused_before_it_is_made_and_there_is_html(
    get, chamber, kind, monkeypatch
):
    monkeypatch.setattr(typst, "compile", None)
    meeting = await held(chamber, "word " * 20_000, items=("Vision", "Governance", "Finance"))
    address = f"/meetings/{meeting.meeting}/{kind}"
    response = await get(f"{address}.pdf", chamber.token("member1"))
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "LIMIT_EXCEEDED")
    assert f"at most {MAX_CHARACTERS:,} characters" in error["message"]
    assert (await get(f"{address}.html", chamber.token("member1"))).status_code == 200


async def test_who_asks_for_a_pdf_that_is_being_made_waits_for_that_and_does_not_end_it(monkeypatch):
    runs, make = [], typst.compile

    def note(*args, **options):
        runs.append(args)
        return make(*args, **options)

    monkeypatch.setattr(typst, "compile", note)
    document = Document("agenda", "A", "B", "C", datetime.now(UTC), "2017-07-06", "now", paragraphs("Text."))
    typesetter, copy = Typesetter(), copy_of(document, "http://api")
    first, *others = [asyncio.create_task(typesetter.pdf_of(copy)) for _ in range(6)]
    await asyncio.sleep(0)
    first.cancel()
    made = await asyncio.gather(*others)
    assert len(runs) == 1
    assert made == [made[0]] * 5
    assert await typesetter.pdf_of(copy) == made[0]
    assert len(runs) == 1


async def test_a_run_that_fails_fails_for_all_who_wait_and_the_next_one_is_another(monkeypatch):
    document = Document("agenda", "A", "B", "C", datetime.now(UTC), "2017-07-06", "now", paragraphs("Text."))
    typesetter, copy = Typesetter(), copy_of(document, "http://api")
    with monkeypatch.context() as broken:
        broken.setattr(typst, "compile", None)
        failed = await asyncio.gather(*(typesetter.pdf_of(copy) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in failed] == [TypeError] * 3
    assert (await typesetter.pdf_of(copy)).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["agenda.pdf", "minutes.pdf"])
async def test_a_pdf_is_tagged_and_says_what_it_is(get, chamber, name):
    meeting = await held(chamber, "A text with 😀.")
    response = await get(f"/meetings/{meeting.meeting}/{name}?tenant={chamber.tenant.code}")
    reader = pypdf.PdfReader(io.BytesIO(response.content))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert reader.metadata.title == f"{name[:-4].capitalize()}: A meeting"
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()
    tags = list(tags_of(root["/StructTreeRoot"]["/K"]))
    assert tags.count("/H1") == 1
    assert {"/H2", "/H3", "/Table", "/TH", "/TD", "/Caption", "/P"} <= set(tags)
    text = re.sub(r"\s+", " ", text_of(response.content))
    order = ["A meeting", "Town hall", "Items" if "agenda" in name else "Attendance", "Governance", "A resident"]
    places = [text.index(told) for told in order]
    assert places == sorted(places)


def tags_of(node: Any) -> Any:
    node = node.get_object()
    if isinstance(node, list):
        for each in node:
            yield from tags_of(each)
    elif isinstance(node, dict) and "/S" in node:
        yield node["/S"]
        if "/K" in node:
            yield from tags_of(node["/K"])


async def test_links_to_documents_open_for_who_reads(get, chamber):
    meeting = await held(chamber)
    public = await get(f"/meetings/{meeting.meeting}/agenda.html?tenant={chamber.tenant.code}")
    member = await get(f"/meetings/{meeting.meeting}/agenda.html", chamber.token("member1"))
    assert len(re.findall(rf'href="/documents/[\w=]+\?tenant={chamber.tenant.code}"', public.text)) == 2
    assert len(re.findall(r'href="/documents/[\w=]+"', member.text)) == 2
    pdf = await get(f"/meetings/{meeting.meeting}/agenda.pdf", chamber.token("member1"))
    assert b"http://api/documents/" in pdf.content


async def test_who_is_held_to_registered_documents_reads_exports(get, chamber):
    meeting = await held(chamber)
    await chamber.tenant.do("program_administrator", set_registered_only, None, True)
    response = await get(f"/meetings/{meeting.meeting}/agenda.html?tenant={chamber.tenant.code}")
    assert response.status_code == 200
