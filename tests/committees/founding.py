"""Committees made by the verbs, as an administrator would: `Founder`. Not a test."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from almoner.authorization.roles import assign_role
from almoner.committees.appoint import NewAppointment, appoint
from almoner.committees.bodies import admit_body
from almoner.committees.create_committee import create_committee
from almoner.committees.read import today
from almoner.committees.seats import NewSeat, add_seat
from almoner.committees.tables import Appointment, Committee, Seat
from almoner.committees.words import CommitteeKind, SeatRole, SeatStandsFor, SeatVote
from almoner.core.errors import AlmonerError
from almoner.identity.tables import Account
from almoner.identity.tokens import Identity
from almoner.organizations.create_organization import create_organization
from almoner.organizations.tables import Organization

ADMIN = "program_administrator"
#: A day on which terms of tests begin, long past.
BEGIN = date(2017, 1, 1)


@dataclass
class Founder:
    """Works as the program administrator of a tenant."""

    tenant: Any

    async def do(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        return await self.tenant.do(ADMIN, verb, *args, **kwargs)

    async def today(self, days: int = 0) -> date:
        """The tenant's day, or one so many days later."""
        found: date = await self.do(today)
        return found + timedelta(days=days)

    async def committee(self, code: str = "JC", kind: CommitteeKind = CommitteeKind.BOARD, **more: Any) -> Committee:
        given = {"name": f"The {code}", "can_decide": True, "is_public": True, **more}
        made: Committee = await self.do(create_committee, kind=kind, code=code, **given)
        return made

    async def organization(self, code: str, kind: str = "BODY") -> Organization:
        made: Organization = await self.do(create_organization, kind=kind, code=code, name=f"The {code}")
        return made

    async def bodies(self, committee: Committee, count: int) -> list[UUID]:
        """So many bodies of a committee, each with an officer: `officer1` … in the tenant's identities."""
        made = []
        for n in range(1, count + 1):
            body = await self.organization(f"{committee.id.hex[-6:]}-{n}")
            await self.do(admit_body, committee.id, body_id=body.id, weight="1", since_on=BEGIN)
            await self.person(f"officer{n}")
            subject = self.tenant.identities[f"officer{n}"].subject_id
            await self.do(assign_role, subject, "body_officer", reason="test", at=body)
            made.append(body.id)
        return made

    async def seat(self, committee: Committee, title: str = "Member", **more: Any) -> Seat:
        given = {
            "minimum": 0,
            "maximum": None,
            "vote": SeatVote.VOTING,
            "drawn_from": "anywhere",
            "stands_for": SeatStandsFor.WHOLE,
            "role": SeatRole.MEMBER,
            **more,
        }
        made: Seat = await self.do(add_seat, committee.id, NewSeat(title=title, **given))
        return made

    async def person(self, name: str) -> UUID:
        """The account of somebody, who is made if there is none of that name."""
        if name not in self.tenant.identities:
            async with self.tenant.house.operator_scope(self.tenant.id, "test-setup") as scope:
                account = Account(
                    tenant_id=self.tenant.id,
                    email=f"{name}@agency.example",
                    name=name,
                    recertify_by=date(9999, 12, 31),
                )
                scope.session.add(account)
                self.tenant.identities[name] = Identity(self.tenant.id, account.id, "account")
        subject: UUID = self.tenant.identities[name].subject_id
        return subject

    async def sit(
        self, seat: Seat, who: str, begins_on: date = BEGIN, ends_on: date | None = None, **more: Any
    ) -> Appointment:
        """Appoint somebody."""
        given = {"name": who, "appointed_by": "the bodies", **more}
        new = NewAppointment(subject_id=await self.person(who), begins_on=begins_on, ends_on=ends_on, **given)
        made: Appointment = await self.do(appoint, seat.id, new)
        return made


async def refused(attempt: Awaitable[Any]) -> list[str]:
    """The codes of what keeps something from being done, each with a sentence."""
    with pytest.raises(AlmonerError) as caught:
        await attempt
    assert all(problem.message.endswith(".") for problem in caught.value.problems)
    return [problem.code for problem in caught.value.problems]
