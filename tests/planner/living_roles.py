"""A tenant in which people came and went: organizations, roles in all states, invitations and emergencies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from tests.authorization.listing import role_assignments

from almoner.authorization.break_glass import break_glass, review_break_glass
from almoner.authorization.delegate import delegate_role
from almoner.authorization.invitations import invite, take_up_invitation, withdraw_invitation
from almoner.authorization.roles import assign_role, end_role_assignment
from almoner.organizations.close_organization import close_organization
from almoner.organizations.create_organization import create_organization

ADMIN = "program_administrator"


async def live_with_roles(tenant: Any) -> None:
    """Make some of each; nobody whose role tests rely on gets or loses one."""
    clock, nobody = tenant.house.clock, tenant.identities["nobody"].subject_id
    places = [
        await tenant.do(ADMIN, create_organization, kind=kind, code=code, name=name)
        for kind, code, name in (
            ("ACO", "A0001", "Ω „quoted“ \\ Care"),
            ("RBHA", "NARBHA", "same name"),
            ("ACO", "A0002", "same name"),
            ("ACO", "gone", "Gone"),
        )
    ]

    async def give(role: str, **more: Any) -> Any:
        return await tenant.do(ADMIN, assign_role, nobody, role, reason="for „tests“", **more)

    await give("aco_executive", at=places[0])
    await give("cms_liaison", at=places[3])
    await give("reviewer", valid_from=clock() + timedelta(days=30), valid_until=clock() + timedelta(days=60))
    ended = await give("rbha_submitter", at=places[1])
    await tenant.do(ADMIN, end_role_assignment, ended.id, reason="left")
    own = (await tenant.do(ADMIN, role_assignments, subject_id=tenant.identities["actuary"].subject_id))[0]
    tomorrow = clock() + timedelta(days=1)
    lent = await tenant.do("actuary", delegate_role, own.id, nobody, valid_until=tomorrow, reason="on leave")
    await tenant.do("actuary", end_role_assignment, lent.id, reason="back again")
    await _invitations(tenant, places, tomorrow)
    await tenant.do(ADMIN, close_organization, places[3].id, reason="gone")
    await _emergencies(tenant)


async def _invitations(tenant: Any, places: Any, tomorrow: Any) -> None:
    nobody = tenant.identities["nobody"].subject_id
    made = [
        await tenant.do(ADMIN, invite, f"{name}@aco.example", role, reason="new", expires_at=tomorrow, at=place)
        for name, role, place in (
            ("ben", "cms_liaison", places[0]),
            ("cy", "it_contact_primary", places[0]),
            ("cy", "quality_contact", places[2]),
            ("di", "reviewer", None),
        )
    ]
    await tenant.do(ADMIN, withdraw_invitation, made[0].id)
    await tenant.do("nobody", take_up_invitation, made[1].id, nobody, at=places[0])
    await _change(tenant, "update almoner.invitation set expires_at = now() - interval '1 day' where id = :id", made[2])


async def _emergencies(tenant: Any) -> None:
    """One that was reviewed, and one whose role has run out and that waits for its review."""
    for reviewed in (True, False):
        soon = tenant.house.clock() + timedelta(hours=1)
        opened = await tenant.do("actuary", break_glass, ADMIN, reason="nobody else is there", until_at=soon)
        if reviewed:
            await tenant.do(ADMIN, review_break_glass, opened.id, justified=False, finding="I was there")
    past = "now() - interval '1 hour'"
    await _change(tenant, f"update almoner.break_glass set until_at = {past} where id = :id", opened)
    run_out = f"set valid_from = {past} - interval '1 hour', valid_until = {past}"
    of_it = "id = (select assignment_id from almoner.break_glass where id = :id)"
    await _change(tenant, f"update almoner.role_assignment {run_out} where {of_it}", opened)


async def _change(tenant: Any, statement: str, row: Any) -> None:
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        await session.execute(text(statement), {"id": row.id})
