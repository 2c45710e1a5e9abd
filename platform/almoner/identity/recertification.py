"""Yearly recertification: somebody who knows says once a year that an account is still needed.

The certifying agency recertifies its user ids every year (the ESM guide, Appendix A); so do we.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import col, select

from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope
from almoner.identity.tables import Account
from almoner.tenancy.read import local_today


def a_year_after(day: date) -> date:
    """The same day of the next year; the last of February after a leap day."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


async def recertify_account(scope: TenantScope, account_id: UUID) -> Account:
    """Say that an account is still needed: it can sign in for another year from today.

    Raises:
        NotFound: there is none for which the viewer holds `account:view`.
        Denied: the viewer lacks `account:recertify` for it, being neither an administrator nor its sponsor.
        Conflict: it is the viewer's own account.
    """
    account = await scope.get(Account, account_id, "account:view", lock=True)
    scope.require("account:recertify", account)
    if account.id == scope.viewer.subject_id:
        raise Conflict("Somebody else must recertify your account.", code="OWN_ACCOUNT")
    account.recertify_by = a_year_after(await local_today(scope))
    scope.record("account.recertified", account, until=str(account.recertify_by))
    return account


async def accounts_due(scope: TenantScope, *, within: timedelta = timedelta(days=30)) -> Sequence[Account]:
    """The accounts that the viewer may recertify and whose last day comes within that time or has passed, by that day.

    Disabled accounts are not among them.

    Raises:
        Denied: the viewer lacks `account:recertify`.
    """
    scope.require("account:recertify")
    query = (
        select(Account)
        .where(
            scope.rows("account:recertify", Account),
            col(Account.disabled_at).is_(None),
            col(Account.recertify_by) <= await local_today(scope) + within,
        )
        .order_by(col(Account.recertify_by), col(Account.email))
    )
    return (await scope.session.execute(query)).scalars().all()
