"""What somebody unknown sees of a tenant, and what the platform's own processes stand on."""

from __future__ import annotations

import pytest
from sqlmodel import select
from tests.authorization.listing import PUBLIC

from almoner.authorization.document import Change, Role
from almoner.authorization.permissions import Permission
from almoner.authorization.stored import write_version
from almoner.rates.tables import RateDevelopment

pytestmark = pytest.mark.anyio


async def test_somebody_unknown_sees_what_is_published_and_may_nothing_else(tenant):
    async def make(scope):
        for name, published in (("draft", None), ("published", scope.now())):
            scope.session.add(
                RateDevelopment(
                    tenant_id=tenant.id,
                    name=name,
                    submitted_by=scope.viewer.subject_id,
                    submitted_at=scope.now(),
                    published_at=published,
                )
            )

    await tenant.do("actuary", make)
    async with tenant.house.public_scope(tenant.id, "test") as scope:
        visible = scope.rows(Permission.RATE_DEVELOPMENT_VIEW, RateDevelopment)
        assert list((await scope.session.execute(select(RateDevelopment.name).where(visible))).scalars()) == [
            "published"
        ]
        assert sorted(permission for permission in Permission if scope.allows(permission)) == PUBLIC
        assert scope.viewer.kind == "public"


async def test_the_platforms_own_processes_name_the_tenants_version(tenant):
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        await write_version(scope, 1, [Change("add", Role("clerk", "tenant", "x"))], reason="x")
    async with tenant.house.worker_scope(tenant.id, tenant.identities["actuary"].subject_id, "test") as scope:
        assert scope.viewer.policy_version.endswith("+1")
        assert scope.viewer.roles == {"worker"}
