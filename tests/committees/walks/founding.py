"""A committee for each walk, as rows and as the model knows it, table by table: 500 of them must not take long."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from tests.committees.building import LONG_AGO, at_time
from tests.committees.walks.beginning import BEGIN, BODIES, OTHERS, PEOPLE
from tests.committees.walks.model import Committee, Person

from almoner.authorization.document import OrganizationKind
from almoner.authorization.tables import AssignmentKind, RoleAssignment
from almoner.committees import tables
from almoner.committees.rules import parse_rules, written
from almoner.committees.words import AgendaAction, AgendaFormat, AgendaSection, CommitteeKind, SeatStandsFor
from almoner.core.ids import new_id
from almoner.core.scope import TenantScope
from almoner.identity.tables import Account
from almoner.identity.tokens import Identity
from almoner.organizations.tables import Organization


@dataclass
class World:
    """What all walks of a run have in common: the tenant, its bodies and their officers."""

    tenant: Any
    bodies: dict[str, UUID] = field(default_factory=dict)


@dataclass
class Founded:
    """A committee as the model has it, the ids of its rows by the model's names, and the tenant at its time."""

    world: World
    model: Committee
    prefix: str
    ids: dict[str, UUID]
    tenant: Any = None

    def key(self, who: str) -> str:
        """The key of somebody in the tenant's identities."""
        return OTHERS.get(who) or self.prefix + who


async def make_world(tenant: Any) -> World:
    """Three bodies with an officer each."""
    world = World(at_time(tenant, lambda: BEGIN - timedelta(days=30)))
    async with world.tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        now = scope.now()
        for row in (await _at_the_tenant(scope, tenant)).values():
            row.valid_from = now
        for n, code in enumerate(BODIES, 1):
            body = Organization(tenant_id=tenant.id, kind=OrganizationKind.BODY, code=code, name=code)
            world.bodies[code] = body.id
            scope.session.add(body)
            await scope.session.flush()
            scope.session.add_all(_account(tenant, f"officer{n}", "body_officer", body.id, now))
    return world


async def _at_the_tenant(scope: TenantScope, tenant: Any) -> dict[UUID, Any]:
    """The assignments of the tenant's own people, which begin now, years after the walks."""
    query = select(RoleAssignment).where(col(RoleAssignment.tenant_id) == tenant.id)
    return {each.id: each for each in (await scope.session.execute(query)).scalars()}


def _account(tenant: Any, who: str, role: str, at: UUID, since: datetime) -> list[Any]:
    account = Account(tenant_id=tenant.id, email=f"{who}@agency.example", name=who, recertify_by=date(9999, 12, 31))
    tenant.identities[who] = Identity(tenant.id, account.id, "account")
    given = RoleAssignment(
        tenant_id=tenant.id,
        subject_id=account.id,
        role=role,
        reason="test",
        valid_from=since,
        organization_id=at,
        kind=AssignmentKind.APPOINTED,
    )
    return [account, given]


async def found(world: World, prefix: str, model: Committee) -> Founded:
    """Store a committee; its clock is the model's."""
    place = Organization(
        tenant_id=world.tenant.id, kind=OrganizationKind.COMMITTEE, code=f"{prefix}committee", name="A committee"
    )
    founded = Founded(world, model, prefix, {"committee": place.id, **world.bodies})
    founded.tenant = at_time(world.tenant, lambda: model.now)
    async with world.tenant.house.operator_scope(world.tenant.id, "test-setup") as scope:
        writer = _Writer(founded, scope.now())
        await _store(scope, [place, *writer.all()])
    return founded


async def _store(scope: TenantScope, rows: list[Any]) -> None:
    """One table after the other, in the order in which they come first."""
    for table in dict.fromkeys(type(row) for row in rows):
        scope.session.add_all(row for row in rows if type(row) is table)
        await scope.session.flush()


class _Writer:
    """The rows of a committee."""

    def __init__(self, founded: Founded, now: datetime) -> None:
        self._founded = founded
        self._model = founded.model
        self._ids = founded.ids
        self._now = now

    def _row(self, table: type[Any], key: str, **values: Any) -> Any:
        values.setdefault("committee_id", self._ids["committee"])
        row = table(id=new_id(), tenant_id=self._founded.world.tenant.id, **values)
        self._ids[key] = row.id
        return row

    def all(self) -> list[Any]:
        rows = [self._committee(), self._terms(), *self._bodies(), *self._seats(), *self._people()]
        for key in self._model.meetings:
            rows += self._meeting(key)
        return [*rows, *self._register()]

    def _committee(self) -> Any:
        return tables.Committee(
            tenant_id=self._founded.world.tenant.id,
            id=self._ids["committee"],
            kind=CommitteeKind.JOINT_COMMITTEE,
            can_decide=self._model.can_decide,
            public_at=self._now,
        )

    def _terms(self) -> Any:
        rules = self._model.rules
        given = {
            "quorum": {"votingMembers": rules.members, "bodies": rules.bodies},
            "majority": rules.majority,
            "majorityShare": str(rules.share),
            "substitutesVote": rules.substitutes_vote,
            "noticeDays": rules.notice_days,
            "urgentAllowed": rules.urgency,
            "publicMatters": list(rules.public_matters),
            "voteNeededFor": list(rules.vote_needed_for),
        }
        return self._row(
            tables.TermsOfReference,
            "terms",
            number=1,
            text="To decide together.",
            rules=written(parse_rules(given)),
            drafted_by=UUID(int=0),
            drafted_at=self._now,
            in_force_at=self._now,
            public_at=self._now,
        )

    def _bodies(self) -> list[Any]:
        return [
            self._row(
                tables.CommitteeBody,
                f"membership of {code}",
                body_id=self._ids[code],
                weight=Decimal(weight),
                since_on=LONG_AGO,
            )
            for code, weight in self._model.weights.items()
        ]

    def _seats(self) -> list[Any]:
        kinds = (
            ("Chair", "VOTING", "committee_chair"),
            ("Member", "VOTING", "committee_member"),
            ("Observer", "IN_ATTENDANCE", "committee_observer"),
        )
        return [
            self._row(
                tables.Seat,
                role,
                title=title,
                vote=vote,
                role=role,
                minimum=0,
                maximum=None,
                drawn_from="the bodies",
                stands_for=SeatStandsFor.CONSTITUENCY,
            )
            for title, vote, role in kinds
        ]

    def _people(self) -> list[Any]:
        rows = []
        for who, person in PEOPLE.items():
            role = f"committee_{person.role}"
            account, given = _account(
                self._founded.world.tenant, self._founded.prefix + who, role, self._ids["committee"], self._now
            )
            self._ids[who] = account.id
            rows += [account, given]
            if person.is_appointed:
                rows.append(self._appointment(who, person, role, given.id))
        return rows

    def _appointment(self, who: str, person: Person, role: str, assignment: UUID) -> Any:
        return self._row(
            tables.Appointment,
            f"appointment of {who}",
            seat_id=self._ids[role],
            subject_id=self._ids[who],
            name=who,
            body_id=self._ids[person.body] if person.body else None,
            begins_on=LONG_AGO,
            appointed_by="the bodies",
            assignment_id=assignment,
            public_at=self._now,
        )

    def _meeting(self, key: str) -> list[Any]:
        meeting = self._model.meetings[key]
        before = meeting.starts_at - timedelta(days=10)
        told = None if meeting.status == "PLANNED" else before
        ended = meeting.starts_at + timedelta(hours=1) if meeting.status == "HELD" else None
        rows = [
            self._row(
                tables.Meeting,
                key,
                status=meeting.status,
                title=key,
                held_on=meeting.day,
                starts_at=meeting.starts_at,
                minutes_allotted=120,
                venue="Town hall",
                is_public=meeting.public,
                notice_given_at=told,
                public_at=told if meeting.public else None,
                agenda_published_at=before if meeting.status in ("AGENDA_PUBLISHED", "HELD") else None,
                opened_at=meeting.starts_at if ended else None,
                formal_part_closed_at=ended,
                closed_at=ended,
            )
        ]
        rows += [self._item(at, name) for at, name in enumerate(self._model.items) if self._is_of(name, key)]
        for who, there in meeting.places.items():
            rows += self._attendance(key, who, meeting.starts_at - timedelta(hours=1), ended, there.present)
        return rows + (self._minutes(key, ended) if meeting.minutes and ended else [])

    def _is_of(self, item: str, meeting: str) -> bool:
        return self._model.items[item].meeting == meeting

    def _item(self, position: int, key: str) -> Any:
        item = self._model.items[key]
        return self._row(
            tables.AgendaItem,
            key,
            meeting_id=self._ids[item.meeting],
            section=AgendaSection.DISCUSSION,
            position=position,
            number=str(position),
            title=key,
            owner="Chair",
            action=AgendaAction.DECISION,
            format=AgendaFormat.VERBAL,
            matter=item.matter,
            is_private=item.private,
        )

    def _attendance(self, key: str, who: str, at: datetime, until: datetime | None, present: bool) -> list[Any]:
        row = self._row(
            tables.Attendance,
            f"{who} at {key}",
            meeting_id=self._ids[key],
            appointment_id=self._ids[f"appointment of {who}"],
            is_present=present,
        )
        span = tables.AttendanceSpan(tenant_id=row.tenant_id, attendance_id=row.id, arrived_at=at, left_at=until)
        return [row, span]

    def _minutes(self, key: str, at: datetime) -> list[Any]:
        name = f"minutes of {key}"
        minutes = self._row(
            tables.Minutes, name, meeting_id=self._ids[key], status="CIRCULATED", drafted_at=at, circulated_at=at
        )
        entry = self._row(
            tables.MinutesEntry,
            f"entry of {key}",
            minutes_id=minutes.id,
            position=1,
            heading="Attendance",
            text="The chair.",
        )
        return [minutes, entry]

    def _register(self) -> list[Any]:
        entry = self._row(
            tables.CommitteeDelegation,
            "register",
            position=1,
            workstream="Primary care",
            rationale="Common plans.",
            impact="One offer to all.",
            proposed_by=UUID(int=0),
            proposed_at=self._now,
            public_at=self._now,
        )
        rows = [entry]
        for position, (key, limit) in enumerate(self._model.funds.items(), 1):
            rows.append(
                self._row(
                    tables.DelegationItem,
                    key,
                    delegation_id=entry.id,
                    position=position,
                    matter="SERVICE_MODELS" if limit is None else "USE_OF_FUNDS",
                    text=key,
                    fund=None if limit is None else "Transformation",
                    limit_amount=limit,
                    proposed_at=self._now,
                    public_at=self._now,
                )
            )
        return rows + [self._adoption(key) for key in self._model.adoptions]

    def _adoption(self, key: str) -> Any:
        adoption = self._model.adoptions[key]
        return self._row(
            tables.DelegationAdoption,
            key,
            item_id=self._ids[adoption.item],
            body_id=self._ids[adoption.body],
            reference="17/42",
            decided_on=LONG_AGO,
            begins_on=adoption.begins,
            ends_on=adoption.ends,
            adopted_by=UUID(int=0),
            adopted_at=self._now,
            public_at=self._now,
        )
