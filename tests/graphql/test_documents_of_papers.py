"""Documents of papers over HTTP: `PUT /documents` and `GET /documents/{id}`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from starlette.applications import Starlette
from tests.committees.building import make_chamber, make_meeting

from almoner.committees.file_paper import file_paper
from almoner.committees.paper_documents import MAX_BYTES, MEDIA_TYPES
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import Paper
from almoner.core.ids import global_id, new_id
from almoner_graphql.app import build_app
from almoner_graphql.committees.documents_endpoint import DocumentEndpoint, disposition, read_at_most
from almoner_graphql.negotiation import Refused
from almoner_graphql.rate_limits import BYTES_PER_POINT

pytestmark = pytest.mark.anyio

CONTENT = b"%PDF-1.7 a paper"
PDF = "application/pdf"


class Desk:
    """The author of a paper that is being written, and what they send."""

    def __init__(self, client: httpx.AsyncClient, chamber: Any, paper: Any) -> None:
        self.client, self.chamber, self.paper = client, chamber, paper
        self.headers = {"Authorization": f"Bearer {chamber.token('author')}", "Content-Type": PDF}

    async def put(self, content: Any = CONTENT, *, name: str = "paper.pdf", paper: str | None = None, **headers: str):
        query = {"paper": global_id("Paper", self.paper.id) if paper is None else paper, "name": name}
        given = self.headers | {key.replace("_", "-"): value for key, value in headers.items()}
        return await self.client.put("/documents", params=query, content=content, headers=given)

    async def attached(self) -> str:
        """The id of a document that was attached."""
        response = await self.put()
        assert response.status_code == 200, response.text
        id_: str = response.json()["document"]["id"]
        return id_

    async def get(self, id_: str, who: str | None = "author", **headers: str):
        token = {} if who is None else {"Authorization": f"Bearer {self.chamber.token(who)}"}
        given = token | {key.replace("_", "-"): value for key, value in headers.items()}
        return await self.client.get(f"/documents/{id_}", headers=given)

    async def has_document(self) -> bool:
        async with self.chamber.tenant.house.operator_scope(self.chamber.tenant.id, "test") as scope:
            return (await scope.find(Paper, self.paper.id)).document_id is not None

    async def set(self, **columns: Any) -> None:
        async with self.chamber.tenant.house.operator_scope(self.chamber.tenant.id, "test") as scope:
            row = await scope.find(Paper, self.paper.id)
            for name, value in columns.items():
                setattr(row, name, value)


@pytest.fixture
async def desk(client, tenant) -> Desk:
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=MeetingStatus.PLANNED, days=40)
    author = tenant.identities["author"].subject_id
    paper = await chamber.do("secretary", file_paper, held.items["Vision"], author_id=author, title="x")
    return Desk(client, chamber, paper)


def code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_a_document_is_attached_and_given_as_it_is(desk):
    told = (await desk.put(name="Bericht Ä.pdf")).json()["document"]
    digest = sha256(CONTENT).hexdigest()
    assert told | {"id": ""} == {
        "id": "",
        "name": "Bericht Ä.pdf",
        "mediaType": PDF,
        "size": len(CONTENT),
        "digest": digest,
    }
    response = await desk.get(told["id"])
    assert (response.status_code, response.content) == (200, CONTENT)
    shown = {
        name: response.headers[name] for name in ("content-type", "etag", "x-content-type-options", "cache-control")
    }
    assert shown == {
        "content-type": PDF,
        "etag": f'"{digest}"',
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-cache",
    }
    expected = "attachment; filename=\"Bericht _.pdf\"; filename*=UTF-8''Bericht%20%C3%84.pdf"
    assert response.headers["content-disposition"] == expected
    assert "sandbox" in response.headers["content-security-policy"]
    for tag in (f'"{digest}"', f'W/"{digest}"', f'"x", "{digest}"', "*"):
        same = await desk.get(told["id"], If_None_Match=tag)
        assert (same.status_code, same.content) == (304, b"")
    assert (await desk.get(told["id"], If_None_Match='"x"')).status_code == 200


@pytest.mark.parametrize(("media_type", "ending"), MEDIA_TYPES.items())
async def test_each_media_type_of_the_list_is_kept(desk, media_type, ending):
    told = (await desk.put(name=f"x{ending}", Content_Type=f"{media_type.upper()}; charset=x")).json()["document"]
    assert (await desk.get(told["id"])).headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize(
    ("given", "answers"),
    [
        ({"Content_Type": "text/html", "name": "x.html"}, (422, "MEDIA_TYPE_NOT_TAKEN")),
        ({"Content_Type": "application/xhtml+xml"}, (422, "MEDIA_TYPE_NOT_TAKEN")),
        ({"Content_Type": ""}, (422, "MEDIA_TYPE_NOT_TAKEN")),
        ({"Content_Type": "application/pdf, text/html"}, (422, "MEDIA_TYPE_NOT_TAKEN")),
        ({"name": ""}, (422, "BAD_FILE_NAME")),
        ({"name": "../../x.pdf"}, (422, "BAD_FILE_NAME")),
        ({"name": 'x"; filename=evil.pdf'}, (422, "BAD_FILE_NAME")),
        ({"name": "x\r\nSet-Cookie: a=b.pdf"}, (422, "BAD_FILE_NAME")),
        ({"name": "x\0.pdf"}, (422, "TEXT_HAS_NUL")),
        ({"name": "x" * 10_000 + ".pdf"}, (422, "TEXT_TOO_LONG")),
        ({"content": b""}, (422, "BAD_SIZE")),
        ({"Content_Length": "x"}, (400, "BAD_REQUEST")),
        ({"Content_Length": "-1"}, (400, "BAD_REQUEST")),
        ({"Content_Length": "²"}, (400, "BAD_REQUEST")),
        ({"Content_Length": "3"}, (400, "BAD_REQUEST")),
        ({"Content_Length": "300"}, (400, "BAD_REQUEST")),
        ({"Content_Length": str(MAX_BYTES + 1)}, (413, "BODY_TOO_LARGE")),
        ({"Content_Length": "9" * 5_000}, (413, "BODY_TOO_LARGE")),
        ({"content": b"x" * (MAX_BYTES + 1)}, (413, "BODY_TOO_LARGE")),
        ({"paper": ""}, (404, "NOT_FOUND")),
        ({"paper": "é"}, (404, "NOT_FOUND")),
        ({"paper": global_id("Paper", new_id())}, (404, "NOT_FOUND")),
        ({"Authorization": "Bearer x"}, (401, "UNAUTHENTICATED")),
        ({"Authorization": "Basic x"}, (401, "UNAUTHENTICATED")),
    ],
)
async def test_hostile_uploads_are_refused_and_nothing_is_attached(desk, given, answers):
    headers = {key: value.encode("latin-1") for key, value in given.items() if key == "Content_Length"}
    assert code(await desk.put(**given | headers)) == answers
    assert not await desk.has_document()


async def pieces(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_a_document_without_a_length_is_counted_as_it_comes(desk):
    told = (await desk.put(pieces(10, 1_000), name="x.pdf")).json()["document"]
    assert told["size"] == 10_000
    assert code(await desk.put(pieces(11, 1024 * 1024))) == (413, "BODY_TOO_LARGE")
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1_000

    with pytest.raises(Refused):
        await read_at_most(endless(), 5_000)
    assert taken == 6


async def test_a_body_that_does_not_come_is_given_up(desk, house, settings):
    app = build_app(house, settings)
    slow = Starlette(routes=DocumentEndpoint(body_seconds=0.05).routes(), middleware=app.user_middleware)
    async with app.router.lifespan_context(app):
        slow.state.services = app.state.services

        async def never() -> AsyncIterator[bytes]:
            yield b"x"
            await asyncio.Event().wait()

        async with httpx.AsyncClient(transport=httpx.ASGITransport(slow), base_url="http://api") as client:
            desk.client = client
            assert code(await desk.put(never())) == (408, "BAD_REQUEST")
    assert not await desk.has_document()


async def test_who_may_not_write_the_paper_is_refused_before_the_body_is_read(desk):
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("somebody reads this")
        yield b""

    for who, answers in (("member1", (403, "DENIED")), ("observer", (404, "NOT_FOUND"))):
        token = f"Bearer {desk.chamber.token(who)}"
        assert code(await desk.put(unread(), Authorization=token)) == answers
    nobody = await desk.client.put("/documents", params={"paper": "x"}, content=unread())
    assert code(nobody) == (401, "UNAUTHENTICATED")
    assert nobody.headers["www-authenticate"] == 'Bearer realm="almoner"'
    await desk.set(withdrawn_at=desk.chamber.tenant.house.clock())
    assert code(await desk.put(unread())) == (409, "PAPER_WITHDRAWN")


async def test_the_public_gets_the_documents_of_public_papers_and_no_others(desk, other_tenant):
    id_ = await desk.attached()
    named = {"Almoner_Tenant": desk.chamber.tenant.code}
    assert code(await desk.get(id_, None)) == (401, "UNAUTHENTICATED")
    assert code(await desk.get(id_, None, **named)) == (404, "NOT_FOUND")
    await desk.set(public_at=desk.chamber.tenant.house.clock())
    response = await desk.get(id_, None, **named)
    assert (response.status_code, response.content) == (200, CONTENT)
    query = await desk.client.get(f"/documents/{id_}", params={"tenant": desk.chamber.tenant.code})
    assert (query.status_code, query.content) == (200, CONTENT)
    assert code(await desk.get(id_, None, Almoner_Tenant=other_tenant.code)) == (404, "NOT_FOUND")
    assert code(await desk.get(id_, None, Almoner_Tenant="none-such")) == (400, "TENANT_NOT_FOUND")
    assert code(await desk.get(id_, "author", Almoner_Tenant=other_tenant.code)) == (400, "TENANT_DIFFERS")
    assert code(await desk.put(**named, Authorization="")) == (401, "UNAUTHENTICATED")


async def test_another_tenants_document_answers_as_one_of_nothing(desk, other_tenant):
    id_ = await desk.attached()
    token = {"Authorization": f"Bearer {other_tenant.token('auditor')}"}
    answers = {
        (await desk.client.get(f"/documents/{one}", headers=token)).content
        for one in (id_, global_id("PaperDocument", new_id()), "x", "é", global_id("Paper", new_id()))
    }
    assert len(answers) == 1
    theirs = await desk.put(Authorization=f"Bearer {other_tenant.token('auditor')}")
    assert code(theirs) == (404, "NOT_FOUND")


async def test_a_request_that_insists_on_a_later_policy_is_refused(desk):
    id_ = await desk.attached()
    later = {"Almoner_Policy_Version": "999999"}
    assert code(await desk.get(id_, **later)) == (412, "POLICY_VERSION_NOT_REACHED")
    assert code(await desk.put(b"other", **later)) == (412, "POLICY_VERSION_NOT_REACHED")


async def test_documents_are_limited_as_everything_else_is(limit, desk):
    id_ = await desk.attached()
    async with (
        limit(subject_points=2) as limited,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(limited.app, client=("192.0.2.1", 4711)), base_url="http://api"
        ) as client,
    ):
        desk.client = client
        assert [(await desk.get(id_)).status_code for _ in range(3)] == [200, 200, 429]
        assert code(await desk.put()) == (429, "RATE_LIMITED")


async def test_a_document_is_paid_for_by_its_size_and_one_that_is_there_already_by_the_request(limit, desk):
    content = b"x" * (8 * BYTES_PER_POINT)
    async with (
        limit(subject_points=600) as limited,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(limited.app, client=("192.0.2.1", 4711)), base_url="http://api"
        ) as client,
    ):
        desk.client = client
        put = await desk.put(content)
        id_ = put.json()["document"]["id"]
        answers = [put, await desk.get(id_), await desk.get(id_, If_None_Match="*")]
        assert [answer.status_code for answer in answers] == [200, 200, 304]
        left = [int(answer.headers["ratelimit"].split("r=")[1].split(";")[0]) for answer in answers]
        assert left == [600 - 9, 600 - 18, 600 - 19]


async def test_the_content_of_a_document_is_not_read_for_who_has_it(desk, house):
    id_, sent = await desk.attached(), []
    event.listen(house.database.engine.sync_engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    assert (await desk.get(id_, If_None_Match="*")).status_code == 304
    assert not any("paper_document.content" in statement for statement in sent)
    assert (await desk.get(id_)).content == CONTENT
    assert sum("paper_document.content" in statement for statement in sent) == 1


@given(st.text(min_size=1, max_size=50))
def test_no_name_breaks_out_of_its_header(name):
    found = disposition(name)
    assert found.isascii()
    assert found.isprintable()
    assert found.count('"') == 2
    assert found.startswith('attachment; filename="')
