"""Committees and meetings as rows, for tests that begin in the middle: `make_chamber`, `make_meeting`. Not a test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from almoner.authorization.document import OrganizationKind
from almoner.authorization.roles import assign_role
from almoner.committees.rules import Rules, parse_rules, written
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import (
    AgendaItem,
    Appointment,
    Attendance,
    AttendanceSpan,
    Committee,
    CommitteeBody,
    Meeting,
    Seat,
    TermsOfReference,
)
from almoner.committees.words import (
    AgendaAction,
    AgendaFormat,
    AgendaSection,
    CommitteeKind,
    SeatRole,
    SeatStandsFor,
    SeatVote,
)
from almoner.core.ids import global_id, new_id
from almoner.core.scope import TenantScope
from almoner.identity.tables import Account
from almoner.identity.tokens import Identity
from almoner.organizations.tables import Organization

#: When everything here began.
LONG_AGO = date(2017, 1, 1)


@dataclass
class Chamber:
    """A committee with people; `people` are keys of the tenant's `identities`, so `tenant.do("chair", …)` works.

    The people: `chair` and `member1` … hold voting seats, the chair's too, member n is of body n (round and round);
    `secretary`, `author`, `observer`; `officer1` … are officers of the bodies. `prefix` keeps names of two apart.
    """

    tenant: Any
    id: UUID
    prefix: str
    is_public: bool = True
    bodies: list[UUID] = field(default_factory=list)
    appointments: dict[str, UUID] = field(default_factory=dict)
    seats: dict[str, UUID] = field(default_factory=dict)

    @property
    def committee(self) -> str:
        """The id of the committee in the API."""
        return global_id("Committee", self.id)

    def who(self, name: str) -> str:
        """The key of somebody in the tenant's identities."""
        return self.prefix + name

    async def do(self, name: str, verb: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a verb as somebody of this committee."""
        return await self.tenant.do(self.who(name), verb, *args, **kwargs)

    def token(self, name: str, *factors: str) -> str:
        """An access token of somebody of this committee."""
        found: str = self.tenant.token(self.who(name), *factors)
        return found


async def make_chamber(
    tenant: Any,
    *,
    members: int = 4,
    bodies: int = 2,
    rules: dict[str, Any] | None = None,
    can_decide: bool = True,
    is_public: bool = True,
    prefix: str = "",
) -> Chamber:
    """A committee of so many members and a chair, made of so many bodies, with terms in force and these rules."""
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        place = _organization(scope, OrganizationKind.COMMITTEE, f"{prefix}committee")
        chamber = Chamber(tenant, place.id, prefix, is_public)
        scope.session.add(place)
        await scope.session.flush()
        kind = CommitteeKind.JOINT_COMMITTEE
        since = scope.now() if is_public else None
        scope.session.add(
            Committee(tenant_id=tenant.id, id=place.id, kind=kind, can_decide=can_decide, public_at=since)
        )
        await scope.session.flush()
        await _bodies(scope, chamber, bodies)
        scope.session.add(_terms(scope, chamber, parse_rules(rules or {})))
        _seats(scope, chamber)
        await scope.session.flush()
        await _people(scope, chamber, place, members)
    return chamber


def _organization(scope: TenantScope, kind: OrganizationKind, code: str) -> Organization:
    return Organization(tenant_id=scope.tenant_id, kind=kind, code=code, name=f"The {code}")


async def _bodies(scope: TenantScope, chamber: Chamber, count: int) -> None:
    for n in range(1, count + 1):
        body = _organization(scope, OrganizationKind.BODY, f"{chamber.prefix}body{n}")
        scope.session.add(body)
        await scope.session.flush()
        chamber.bodies.append(body.id)
        scope.session.add(
            CommitteeBody(
                tenant_id=scope.tenant_id,
                committee_id=chamber.id,
                body_id=body.id,
                weight=Decimal(n),
                since_on=LONG_AGO,
            )
        )
        await _person(scope, chamber, f"officer{n}", "body_officer", body)


def _terms(scope: TenantScope, chamber: Chamber, rules: Rules) -> TermsOfReference:
    return TermsOfReference(
        tenant_id=scope.tenant_id,
        committee_id=chamber.id,
        number=1,
        text="To decide together.",
        rules=written(rules),
        drafted_by=UUID(int=0),
        drafted_at=scope.now(),
        in_force_at=scope.now() - timedelta(days=10_000),
        public_at=scope.now() if chamber.is_public else None,
    )


def _seats(scope: TenantScope, chamber: Chamber) -> None:
    kinds = (
        ("Chair", SeatVote.VOTING, SeatRole.CHAIR, 1),
        ("Member", SeatVote.VOTING, SeatRole.MEMBER, None),
        ("Observer", SeatVote.IN_ATTENDANCE, SeatRole.OBSERVER, None),
    )
    for title, vote, role, maximum in kinds:
        seat = Seat(
            tenant_id=scope.tenant_id,
            committee_id=chamber.id,
            title=title,
            minimum=0,
            maximum=maximum,
            vote=vote,
            drawn_from="the bodies",
            stands_for=SeatStandsFor.CONSTITUENCY,
            role=role,
        )
        scope.session.add(seat)
        chamber.seats[title] = seat.id


async def _people(scope: TenantScope, chamber: Chamber, place: Organization, members: int) -> None:
    await _person(scope, chamber, "secretary", "committee_secretary", place)
    await _person(scope, chamber, "author", "committee_author", place)
    await _appointed(scope, chamber, "chair", "Chair", SeatRole.CHAIR, place, None)
    await _appointed(scope, chamber, "observer", "Observer", SeatRole.OBSERVER, place, None)
    for n in range(1, members + 1):
        body = chamber.bodies[(n - 1) % len(chamber.bodies)] if chamber.bodies else None
        await _appointed(scope, chamber, f"member{n}", "Member", SeatRole.MEMBER, place, body)


async def _appointed(
    scope: TenantScope, chamber: Chamber, name: str, seat: str, role: SeatRole, place: Organization, body: UUID | None
) -> None:
    assignment = await _person(scope, chamber, name, role, place)
    appointment = Appointment(
        tenant_id=scope.tenant_id,
        committee_id=chamber.id,
        seat_id=chamber.seats[seat],
        subject_id=chamber.tenant.identities[chamber.who(name)].subject_id,
        name=f"The {name}",
        body_id=body,
        begins_on=LONG_AGO,
        appointed_by="the bodies",
        assignment_id=assignment,
        public_at=scope.now() if chamber.is_public else None,
    )
    scope.session.add(appointment)
    await scope.session.flush()
    chamber.appointments[name] = appointment.id


async def _person(scope: TenantScope, chamber: Chamber, name: str, role: str, place: Organization) -> UUID:
    """Make an account that holds the role there; the id of the assignment."""
    who = chamber.who(name)
    account = Account(
        tenant_id=scope.tenant_id,
        email=f"{who}@agency.example",
        name=who,
        recertify_by=date(9999, 12, 31),
    )
    scope.session.add(account)
    await scope.session.flush()
    chamber.tenant.identities[who] = Identity(scope.tenant_id, account.id, "account")
    assignment = await assign_role(scope, account.id, role, reason="test", at=place)
    return assignment.id


@dataclass
class Convened:
    """A meeting, and the ids of its agenda items by title."""

    chamber: Chamber
    id: UUID
    items: dict[str, UUID] = field(default_factory=dict)

    @property
    def meeting(self) -> str:
        """Its id in the API."""
        return global_id("Meeting", self.id)


async def make_meeting(
    chamber: Chamber,
    *,
    status: MeetingStatus = MeetingStatus.IN_SESSION,
    items: tuple[str, ...] = ("Vision", "Governance"),
    present: tuple[str, ...] = (),
    is_public: bool = True,
    days: int = 0,
    private: tuple[str, ...] = (),
) -> Convened:
    """A meeting in that state, so many days from now, with items for decision, and these people in the room."""
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-setup") as scope:
        at = scope.now() + timedelta(days=days)
        meeting = Meeting(
            tenant_id=scope.tenant_id,
            committee_id=chamber.id,
            status=status,
            title="A meeting",
            # The test tenants' zone is seven hours behind: a meeting of now is of that day there.
            held_on=(at - timedelta(hours=7)).date(),
            starts_at=at,
            minutes_allotted=120,
            venue="Town hall",
            is_public=is_public,
            **_instants(status, at, is_public),
        )
        scope.session.add(meeting)
        await scope.session.flush()
        convened = Convened(chamber, meeting.id)
        for position, title in enumerate(items, 1):
            item = _item(meeting, position, title, is_private=title in private)
            scope.session.add(item)
            convened.items[title] = item.id
        for name in present:
            attendance = Attendance(
                id=new_id(),
                tenant_id=scope.tenant_id,
                committee_id=chamber.id,
                meeting_id=meeting.id,
                appointment_id=chamber.appointments[name],
                is_present=True,
            )
            scope.session.add(attendance)
            await scope.session.flush()
            scope.session.add(AttendanceSpan(tenant_id=scope.tenant_id, attendance_id=attendance.id, arrived_at=at))
    return convened


_ORDER = (
    MeetingStatus.NOTICE_GIVEN,
    MeetingStatus.AGENDA_PUBLISHED,
    MeetingStatus.IN_SESSION,
    MeetingStatus.HELD,
    MeetingStatus.MINUTES_APPROVED,
)


def _instants(status: MeetingStatus, at: datetime, is_public: bool) -> dict[str, Any]:
    if status not in _ORDER:
        return {}
    reached = _ORDER.index(status)
    found: dict[str, Any] = {"notice_given_at": at - timedelta(days=30)}
    if is_public:
        found["public_at"] = at - timedelta(days=30)
    if reached >= 1:
        found["agenda_published_at"] = at - timedelta(days=10)
    if reached >= 2:
        found |= {"opened_at": at, "is_quorate": True}
    if reached >= 3:
        found |= {"formal_part_closed_at": at, "closed_at": at, "is_quorate": None}
    return found


def _item(meeting: Meeting, position: int, title: str, *, is_private: bool) -> AgendaItem:
    published = meeting.agenda_published_at if meeting.is_public and not is_private else None
    return AgendaItem(
        tenant_id=meeting.tenant_id,
        committee_id=meeting.committee_id,
        meeting_id=meeting.id,
        section=AgendaSection.DISCUSSION,
        position=position,
        number=str(position),
        title=title,
        minutes_allotted=20,
        owner="Chair",
        action=AgendaAction.DECISION,
        format=AgendaFormat.PAPER,
        is_private=is_private,
        public_at=published,
    )


def at_time(tenant: Any, clock: Any) -> Any:
    """The same tenant, whose house goes by another clock."""
    return replace(tenant, house=replace(tenant.house, clock=clock))
