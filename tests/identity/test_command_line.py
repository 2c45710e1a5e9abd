"""What the operator does about accounts at the command line."""

from __future__ import annotations

from datetime import date

import pytest

from almoner.cli.local import due_accounts, in_tenant, reset
from almoner.core.errors import NotFound
from almoner.identity.account_tokens import set_password

pytestmark = pytest.mark.anyio
ADDRESS = "actuary@agency.example"


async def test_the_operator_resets_a_password(tenant):
    house = tenant.house
    token = await in_tenant(house, tenant.code, lambda scope: reset(scope, email=ADDRESS, reason="locked out"))
    await set_password(house, token, "an entirely new one", request_id="test")
    assert (await house.sign_in(tenant=tenant.code, email=ADDRESS, password="an entirely new one")).text
    with pytest.raises(NotFound):
        await in_tenant(house, tenant.code, lambda scope: reset(scope, email="integrator", reason="r"))


async def test_the_operator_sees_who_is_due(tenant, time):
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        assert await due_accounts(scope, days=30) == []
    time.now = time.now.replace(year=9999, month=12, day=15, hour=19)
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        (first, *rest) = await due_accounts(scope, days=16)
    assert len(rest) == 3
    assert first == {"email": ADDRESS, "name": "actuary", "recertifyBy": str(date(9999, 12, 31))}
