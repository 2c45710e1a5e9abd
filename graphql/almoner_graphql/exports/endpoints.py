"""`/meetings/{id}/agenda.html` and its kin, and `/calendars/….ics`, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from almoner.committees.calendar_feeds import committee_of_calendar, private_calendar
from almoner.core.errors import NotFound, Unauthenticated
from almoner.core.ids import global_id
from almoner.identity.opaque import tenant_of
from almoner.wiring import public_of
from almoner_graphql.committees.lists import MeetingOrder
from almoner_graphql.context import Context
from almoner_graphql.endpoint import Services, admitted
from almoner_graphql.errors import is_storable
from almoner_graphql.exports import queries
from almoner_graphql.exports.agenda import agenda_document
from almoner_graphql.exports.calendar import Shown, calendar_of
from almoner_graphql.exports.contents import Document
from almoner_graphql.exports.html import POLICY, html_of
from almoner_graphql.exports.minutes import minutes_document
from almoner_graphql.exports.pdf import copy_of
from almoner_graphql.exports.reading import connection_in, pages, read
from almoner_graphql.planner.reader import Caller
from almoner_graphql.resources import answering, has_it, kept

HTML, PDF, CALENDAR = "text/html; charset=utf-8", "application/pdf", "text/calendar; charset=utf-8"
#: Making a PDF document costs what reading so many objects costs, and one more for every hundred characters.
PDF_OBJECTS = 1_000
#: Calendars go back so far.
PAST = timedelta(days=366)
#: Meetings in a calendar: a hundred on a page.
MOST_PAGES = 10
_NOTHING = "There is nothing with this id."
Make = Callable[[dict[str, Any], ZoneInfo, str], Document]


@dataclass(frozen=True, slots=True)
class _Export:
    """A document of a meeting: what it reads, and what it makes of that."""

    query: str
    make: Make
    needs: str | None = None


_AGENDA = _Export(queries.AGENDA, agenda_document)
_MINUTES = _Export(queries.MINUTES, minutes_document, needs="minutes")


def _document_of(export: _Export, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def serve(services: Services, request: Request) -> Response:
        context = await admitted(request, request.query_params.get("tenant"))
        data = await read(services, context.caller, export.query, {"id": request.path_params["id"]})
        if export.needs is not None and data["meeting"][export.needs] is None:
            raise NotFound(_NOTHING)
        zone = ZoneInfo(data["viewer"]["tenant"]["timeZone"])
        tail = f"?tenant={data['viewer']['tenant']['code']}" if context.public else ""
        document = export.make(data, zone, tail)
        if media_type == HTML:
            return _fresh(request, html_of(document), HTML, {"Content-Security-Policy": POLICY})
        body = await _pdf(services, context, document, _base(request))
        name = f"{document.kind}-{document.held_on}.pdf"
        return _fresh(request, body, PDF, {"Content-Disposition": f'inline; filename="{name}"'})

    return answering(serve)


async def _pdf(services: Services, context: Context, document: Document, base: str) -> bytes:
    copy = copy_of(document, base)
    if context.ticket is not None:
        context.ticket.charge(PDF_OBJECTS + len(copy.data) // 100)
    return await services.typesetter.pdf_of(copy)


async def _committee_calendar(services: Services, request: Request) -> Response:
    """The meetings of a committee that are public, for everybody."""
    ticket = await services.limits.admit(request.scope, None)
    code = request.path_params["committee"]
    tenant_id = await services.house.tenants.find(request.path_params["tenant"])
    if tenant_id is None or not is_storable(code):
        raise NotFound(_NOTHING)
    await services.limits.admit_public(ticket, tenant_id)
    async with services.house.public_scope(tenant_id, request.state.request_id) as scope:
        committee_id = await committee_of_calendar(scope, code)
    caller = Caller(public_of(tenant_id), charge=ticket.charge)
    given = {"id": global_id("Committee", committee_id)}
    return await _calendar(services, request, caller, queries.COMMITTEE_MEETINGS, given)


async def _private_calendar(services: Services, request: Request) -> Response:
    """Meetings that the holder of the secret may see now. An address that is closed is one that never was."""
    ticket = await services.limits.admit(request.scope, None)
    secret = request.path_params["secret"]
    tenant_id = tenant_of(secret)
    if tenant_id is None:
        raise NotFound(_NOTHING)
    async with services.house.visitor_scope(tenant_id, request.state.request_id) as scope:
        shown = await private_calendar(scope, secret, _first_instant(services))
    own = None if shown.committees is None else [global_id("Committee", each) for each in shown.committees]
    try:
        caller = Caller(shown.holder, charge=ticket.charge)
        return await _calendar(services, request, caller, queries.MEETINGS, {"committees": own})
    except Unauthenticated:
        raise NotFound(_NOTHING) from None


async def _calendar(
    services: Services, request: Request, caller: Caller, query: str, given: Mapping[str, Any]
) -> Response:
    now, since = services.house.clock().isoformat(), _first_instant(services).isoformat()
    # What is to come goes first, and of what was the last: whatever is too much is what nobody looks for.
    spans = (
        {"since": now, "order": MeetingOrder.STARTS_AT_ASC.name},
        {"since": since, "until": now, "order": MeetingOrder.STARTS_AT_DESC.name},
    )
    meetings: list[dict[str, Any]] = []
    data: dict[str, Any] = {}
    left = MOST_PAGES
    for span in spans:
        async for data in pages(services, caller, query, {**given, **span}, left):
            meetings += connection_in(data)["nodes"]
            left -= 1
    meetings.sort(key=lambda meeting: (meeting["startsAt"], meeting["id"]))
    agency = data["viewer"]["tenant"]
    name = data["committee"]["name"] if "committee" in data else f"Meetings: {agency['name']}"
    shown = Shown(name, meetings, ZoneInfo(agency["timeZone"]), _base(request), f"?tenant={agency['code']}")
    return _fresh(request, calendar_of(shown), CALENDAR, {"Content-Disposition": 'inline; filename="meetings.ics"'})


def _first_instant(services: Services) -> datetime:
    return (services.house.clock() - PAST).replace(hour=0, minute=0, second=0, microsecond=0)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _fresh(request: Request, body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """The body, unless the client has the same already."""
    tag = sha256(body).hexdigest()[:32]
    return has_it(request, tag) or Response(body, headers={**kept(tag), "Content-Type": media_type, **headers})


ROUTES = [
    Route("/meetings/{id}/agenda.html", _document_of(_AGENDA, HTML)),
    Route("/meetings/{id}/agenda.pdf", _document_of(_AGENDA, PDF)),
    Route("/meetings/{id}/minutes.html", _document_of(_MINUTES, HTML)),
    Route("/meetings/{id}/minutes.pdf", _document_of(_MINUTES, PDF)),
    Route("/calendars/{tenant}/{committee}.ics", answering(_committee_calendar)),
    Route("/calendars/{secret}.ics", answering(_private_calendar)),
]
